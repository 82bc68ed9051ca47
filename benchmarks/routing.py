"""What rules cost: 1,000 channels with 20 rules each, and events that ten of them want, beside flags alone.

Each event is routed and written with its deliveries as a feed does it, 50 events in a transaction. There are 100 customers with ten channels
each, all of which want the events of their customer, so that both ways write the same deliveries. The two write them one transaction after
the other, so that whatever else the machine does meets both. Routing alone is measured with all channels at one customer.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from rich.table import Table

from benchmarks.kit import Effort, spread, table
from bot.channels import Channels
from bot.core import rule_text
from bot.core.events import DeviceFacts, Event, Facts
from bot.core.holding import ByQuietHours, Holders
from bot.core.notice_kinds import JOB_FAILURE
from bot.core.routing import Routing
from bot.feeds.enqueue import Enqueuer
from store.database import Store, migrate_store, open_store
from tests.conftest import STORE_KEY
from tests.postgres import postgres_server

CHANNELS, RULES, WANTED = 1_000, 20, 10
EVENTS, QUICK_EVENTS, AT_ONCE = 10_000, 500, 50
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(slots=True)
class Spent:
    """Seconds by the clock, and those in which this process worked: so without the work of PostgreSQL and the wait for a disk."""

    wall_s: float = 0.0
    cpu_s: float = 0.0

    @contextmanager
    def adding(self) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall_s += time.perf_counter() - wall
        self.cpu_s += time.process_time() - cpu


def measured(effort: Effort) -> Iterator[Table]:
    events = effort.scaled(EVENTS, QUICK_EVENTS)
    rows, goals, alone_ms = [], [], 0.0
    for name in ("SQLite", "PostgreSQL"):
        with databases(name) as (by_flags, by_rules):
            flags, rules = side_by_side((by_flags, by_rules), events, effort.rounds)
            alone_ms = alone_ms or routed_ms(by_rules, events)
        for way, spent in (("flags", flags), ("rules", rules)):
            found = [[each.wall_s for each in spent], [each.cpu_s for each in spent]]
            in_ms = ([1000 * effort.rounds * each / events for each in seconds] for seconds in found)
            rows.append((f"{way}, {name}", *(spread(each, ".3f") for each in in_ms)))
        both = [*zip(flags, rules, strict=True)]
        wall, cpu = [two.wall_s / one.wall_s for one, two in both], [two.cpu_s / one.cpu_s for one, two in both]
        goals += [
            (f"routed and written on {name}, beside flags", f"{spread(wall)} ×", "≤ 1.5 ×"),
            (f"the bot's own work for that on {name}, beside flags", f"{spread(cpu)} ×", ""),
        ]
    goals.append(("routing alone, an event", f"{alone_ms:.3f} ms", "≤ 2 ms"))
    title = f"{events:,} events, {CHANNELS:,} channels with {RULES} rules: ms to route and write an event"
    yield table(title, "", "by the clock", "CPU of the bot", rows=rows)
    yield table("The goals of rules", "", "measured", "goal", rows=goals)


def event(number: int) -> Event:
    """Returns an event of the jobs' feed, about a device of one of the sites."""
    site = number % (CHANNELS // WANTED)
    device = DeviceFacts(number, f"rtr-s{site}-{number % 99}", f"s{site}", "cisco", "core")
    facts = Facts("job", "failed", "", "config_backup", 3, "oscar", (device,), f"backup:{number}")
    return Event(f"bench:{number}", "job", JOB_FAILURE.flag, site + 1, NOON, {"number": number}, facts=facts)


def rules_of(channel: int) -> str:
    """Returns the rules of a channel, the first of which fits the events of its site."""
    site = f"s{channel // WANTED}"
    lines = [f"kind:job outcome:failed,partial site:{site} then:send", "during:22:00-06:00 then:drop"]
    lines += [f"kind:job type:type_{number} site:{site} then:hold" for number in range(6)]
    lines += [
        f"kind:drift severity:critical device:rtr-{site}- then:urgent,mention:here",
        "requester:nobody then:drop,stop",
    ]
    lines += [
        f"site:{site} role:role_{number} vendor:arista then:mention:S0NOC" for number in range(RULES - len(lines))
    ]
    return rule_text.dump(map(rule_text.parse, lines))


def side_by_side(stores: tuple[Store, Store], events: int, parts: int) -> tuple[list[Spent], list[Spent]]:
    """Lets both write the same events, a transaction of one after one of the other, and either of them first every other time. Returns
    for each what the parts of the run took, once the rules of every customer are compiled."""
    enqueuers = [Enqueuer(store, Holders(ByQuietHours())) for store in stores]
    for store, enqueuer in zip(stores, enqueuers, strict=True):
        with store.transaction():
            enqueuer.enqueue(map(event, range(-(CHANNELS // WANTED), 0)))
    spent = [Spent() for _ in range(parts)], [Spent() for _ in range(parts)]
    for start in range(0, events, AT_ONCE):
        made = [event(number) for number in range(start, start + AT_ONCE)]
        for at in (0, 1) if start // AT_ONCE % 2 else (1, 0):
            with spent[at][start * parts // events].adding(), stores[at].transaction():
                enqueuers[at].enqueue(made)
    return spent


def routed_ms(store: Store, events: int) -> float:
    """Returns the milliseconds that it takes to route an event, once the rules are compiled."""
    routing = Routing(replace(each, customer=1) for each in Channels(store.channels).routed().channels)
    made = [replace(event(number), customer=1) for number in range(events)]
    assert all(len(routing.route(each)) == WANTED for each in made[:WANTED])
    began = time.perf_counter()
    for each in made:
        routing.route(each)
    return 1000 * (time.perf_counter() - began) / events


@contextmanager
def databases(name: str) -> Iterator[tuple[Store, Store]]:
    """Opens two stores of this kind with all channels: one by flags, one by rules."""
    with tempfile.TemporaryDirectory() as folder:
        if name == "SQLite":
            with (
                filled(f"sqlite:///{folder}/flags.db", ruled=False) as one,
                filled(f"sqlite:///{folder}/rules.db", ruled=True) as two,
            ):
                yield one, two
            return
        with postgres_server() as server:
            urls = [server.url(server.create()) for _ in range(2)]
            for url in urls:
                migrate_store(url)
            with filled(urls[0], ruled=False) as one, filled(urls[1], ruled=True) as two:
                yield one, two


@contextmanager
def filled(url: str, *, ruled: bool) -> Iterator[Store]:
    with open_store(url, keys=[STORE_KEY], clock=lambda: NOON) as store:
        with store.transaction():
            workspaces = [_workspace(store, number) for number in range(CHANNELS // WANTED)]
            for number in range(CHANNELS):
                asked = {"rules": rules_of(number)} if ruled else {"flags": [JOB_FAILURE.flag]}
                workspace = workspaces[number // WANTED]
                store.channels.add(workspace=workspace, channel_id=f"C0BENCH{number}", **asked)
        yield store


def _workspace(store: Store, number: int) -> int:
    return store.workspaces.add(
        customer=number + 1,
        team_id=f"T0BENCH{number}",
        team_name="Acme",
        bot_user_id="U0BOT",
        bot_token="xoxb-lab-acme",  # noqa: S106  # the lab's
        signing_secret="lab-signing-secret",  # noqa: S106
    ).id
