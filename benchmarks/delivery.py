"""Notices a second, from the outbox to an emulated Slack that answers in 50 ms.

10,000 events for 100 channels, each a message of its own, with neither Slack's pace nor digests; Slack and every replica are
processes of their own. The last table is what channels get: Slack's pace of a message a second, and digests.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from rich.table import Table

from benchmarks.kit import Effort, Watched, line, process, send_line, spread, table
from bot.core.metrics import Metrics
from bot.core.notice_kinds import FLAGS
from lab.slack import SlackLab
from store.database import Store, migrate_store, open_store
from store.outbox import NewDelivery
from tests.conftest import STORE_KEY
from tests.delivery.stored_deliveries import NOON, deliveries, slack_chat
from tests.postgres import postgres_server

CHANNELS = 100
ANSWER_S = 0.05
SINGLY = 1_000_000
EVENTS, QUICK_EVENTS, DIGESTED_EVENTS = 10_000, 1_000, 2_000
PACE_S, DIGEST_OVER = 1.0, 5


def slack() -> None:
    """Runs as a process and prints its address."""
    with SlackLab() as lab:
        for number in range(CHANNELS):
            lab.add_channel(f"C0BENCH{number}", f"bench-{number}")
        lab.fault("chat.postMessage", delay_s=ANSWER_S, times=None)
        sys.stdout.write(f"{lab.api_url}\n")
        sys.stdout.flush()
        threading.Event().wait()


def replica(url: str, api_url: str, digest_over: str, pace_s: str) -> None:
    """Runs as a process: prints that it is ready, begins at the first line of its input, and delivers until it is killed."""
    with open_store(url, keys=[STORE_KEY], max_connections=8) as store:
        chat, limits = slack_chat(store, api_url), {"digest_over": int(digest_over), "pace_s": float(pace_s)}
        delivery = deliveries(store, chat, Metrics(), **limits)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        delivery.start()
        threading.Event().wait()


def fill_outbox(store: Store, events: int) -> None:
    """Enqueues the events for one channel each, spread evenly over all channels."""
    workspace = store.workspaces.add(
        customer=1,
        team_id="T0ACME",
        team_name="Acme",
        bot_user_id="U0BOT",
        bot_token="xoxb-lab-acme",  # noqa: S106  # the lab's
        signing_secret="lab-signing-secret",  # noqa: S106
    )
    places = [store.channels.add(workspace=workspace.id, channel_id=f"C0BENCH{n}").id for n in range(CHANNELS)]
    for start in range(0, events, 500):
        with store.transaction():
            for number in range(start, min(start + 500, events)):
                store.outbox.add(
                    key=f"bench:{number}",
                    kind="numbered",
                    flag=FLAGS[0],
                    customer=1,
                    happened_at=NOON,
                    data={"number": number},
                    deliveries=[NewDelivery(channel=places[number % CHANNELS])],
                )


@dataclass(frozen=True, slots=True)
class Run:
    """The measurements of one run. `rates` are deliveries a second, one for each part of the run; CPU is in ms for each delivery."""

    rates: Sequence[float]
    replica_ms: float
    slack_ms: float


def run(url: str, events: int, parts: int, replicas: int, digest_over: int, pace_s: float) -> Run:
    with ExitStack() as stack:
        lab = stack.enter_context(process("benchmarks.delivery", "slack"))
        words = ("replica", url, line(lab), str(digest_over), str(pace_s))
        store = stack.enter_context(open_store(url, keys=[STORE_KEY]))
        fill_outbox(store, events)
        started = [stack.enter_context(process("benchmarks.delivery", *words)) for _ in range(replicas)]
        for each in started:
            line(each)
        slack_cpu, cpus = Watched(lab.pid), [Watched(each.pid) for each in started]
        slack_s, replica_s = slack_cpu.cpu_s(), sum(each.cpu_s() for each in cpus)
        for each in started:
            send_line(each, "go")
        rates = list(_rates(store, events, parts))
        replica_s, slack_s = sum(each.cpu_s() for each in cpus) - replica_s, slack_cpu.cpu_s() - slack_s
        assert len(store.outbox.list("sent", limit=events + 1)) == events
        return Run(rates, 1000 * replica_s / events, 1000 * slack_s / events)


def _rates(store: Store, events: int, parts: int) -> Iterator[float]:
    """Returns the rate of each of so many equal parts, as they are settled."""
    left, since = events, time.monotonic()
    for part in range(1, parts + 1):
        upto = events - events * part // parts
        while (waiting := store.outbox.depth().waiting) > upto:
            time.sleep(0.05)
        now = time.monotonic()
        yield (left - waiting) / (now - since)
        left, since = waiting, now


@contextmanager
def stores() -> Iterator[Iterator[tuple[str, int, str]]]:
    """Yields the configurations: a name, the number of replicas, and the URL of an empty store."""
    with postgres_server() as server, tempfile.TemporaryDirectory(prefix="webnet-bot-") as folder:

        def each() -> Iterator[tuple[str, int, str]]:
            for name, replicas in (("SQLite", 1), ("PostgreSQL", 1), ("PostgreSQL", 2)):
                url = f"sqlite:///{folder}/store.db" if name == "SQLite" else server.url(server.create())
                migrate_store(url)
                yield name, replicas, url

        yield each()


def measured(effort: Effort) -> Iterable[Table]:
    events = effort.scaled(EVENTS, QUICK_EVENTS)
    made = table(
        f"Notices: {events:,} for {CHANNELS} channels, a message each, to a Slack that answers in {ANSWER_S * 1000:.0f} ms, "
        f"no limits; {effort.rounds} parts of a run",
        "",
        "deliveries/s",
        "goal",
        "CPU of the replicas, ms each",
        "CPU of the emulated Slack, ms each",
    )
    alone = 0.0
    with stores() as found:
        for name, replicas, url in found:
            seen = run(url, events, effort.rounds, replicas, SINGLY, 0.0)
            goal = "≥ 300" if replicas == 1 else f"≥ {1.6 * alone:,.0f} (1.6 × one)"
            alone = statistics.median(seen.rates)
            made.add_row(
                f"{name}, {replicas} replica{'s' if replicas > 1 else ''}",
                spread(seen.rates, ",.0f"),
                goal,
                f"{seen.replica_ms:.2f}",
                f"{seen.slack_ms:.2f}",
            )
    yield made
    if not effort.quick:
        yield _as_channels_get_it(DIGESTED_EVENTS)


def _as_channels_get_it(events: int) -> Table:
    made = table(f"{events:,}, as digests over {DIGEST_OVER}, a message a second in a channel", "", "deliveries/s")
    with stores() as found:
        for name, replicas, url in found:
            seen = run(url, events, 1, replicas, DIGEST_OVER, PACE_S)
            made.add_row(f"{name}, {replicas} replica{'s' if replicas > 1 else ''}", spread(seen.rates, ",.0f"))
    return made


if __name__ == "__main__":
    {"slack": slack, "replica": replica}[sys.argv[1]](*sys.argv[2:])
