"""Breaks deliveries in full, for `make faults`: kills with many seeds, a channel that is held up for long, a flood."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.settings.table import Notifications
from store.database import Store, migrate_store, open_store
from tests.conftest import STORE_KEY
from tests.delivery.delivery_rig import delivery_rig
from tests.delivery.held_kills import HELD_POINT, held_kills
from tests.delivery.kills import POINTS, kill_rig, kills, stop_beyond_its_lease
from tests.e2e.rig import wait_until
from tests.postgres import PostgresServer, postgres_server

SEEDS = 10
EVENTS = 500
SINGLY = 1_000
FLOOD = 5_000
HELD_UP_S = 30
PAUSE_S = Notifications().digest_pause_s


@dataclass(frozen=True)
class Finding:
    what: str
    measured: str
    right: bool


@contextmanager
def a_store(server: PostgresServer | None) -> Iterator[tuple[Store, str, Path]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="webnet-bot-")))
        url = server.url(server.create()) if server else f"sqlite:///{folder}/store.db"
        migrate_store(url)
        yield stack.enter_context(open_store(url, keys=[STORE_KEY])), url, folder


def killed(seed: int) -> Iterator[Finding]:
    """Enqueues 500 events for one channel with each seed and kills at each of six points, in an order that the seed gives."""
    with postgres_server() as server:
        for name, where, replicas in (("SQLite", None, 1), ("PostgreSQL", server, 1), ("PostgreSQL", server, 2)):
            lost = again = number = 0
            worst = 0.0
            for number_of_seed in range(SEEDS):
                with a_store(where) as (store, url, folder), kill_rig(store, url, folder, EVENTS, SINGLY) as at:
                    count = kills(at, seed + number_of_seed, replicas=replicas)
                lost, again, number = lost + count.lost, again + count.again, number + count.kills
                worst = max(worst, count.again / count.kills)
            what = f"kill -9 at {len(POINTS)} points, {SEEDS} × {EVENTS} events, {name}, {replicas} at a time"
            measured = f"{number} kills, {lost} lost, {again} delivered again, at worst {worst:.2f} per kill"
            yield Finding(what, measured, not lost and worst <= 1)
        with a_store(server) as (store, url, folder), kill_rig(store, url, folder, EVENTS, SINGLY) as at:
            count = stop_beyond_its_lease(at)
            late = at.said("was settled too late")
        measured = f"{late} late settlement refused, {count.lost} lost, {count.again} delivered again"
        yield Finding(
            "SIGSTOP beyond the lease, then SIGCONT", measured, bool(late) and not count.lost and count.again <= 1
        )


def killed_release(seed: int) -> Iterator[Finding]:
    """Kills at each of six points while notices are released that were held, in an order that the seed gives."""
    with postgres_server() as server:
        for name, where, replicas in (("SQLite", None, 1), ("PostgreSQL", server, 1), ("PostgreSQL", server, 2)):
            counts = []
            for number_of_seed in range(SEEDS):
                with a_store(where) as (store, url, folder), kill_rig(store, url, folder, 0, SINGLY) as at:
                    counts.append(held_kills(at, seed + number_of_seed, replicas=replicas))
            number, lost, again = (
                sum(column) for column in zip(*((c.kills, c.lost, c.again) for c in counts), strict=True)
            )
            worst = max(count.again / count.kills for count in counts)
            what = f"kill -9 during the release of held notices, {len(HELD_POINT)} points, {SEEDS} times, {name}, {replicas} at a time"
            measured = f"{number} kills, {lost} lost, {again} messages repeated, at worst {worst:.2f} per kill"
            yield Finding(what, measured, not lost and worst <= 1)


def held_up() -> Iterator[Finding]:
    """Has one channel respond 429 for long, while another is delivered to."""
    with a_store(None) as (store, _, _), delivery_rig(store, pace_s=0.05) as at:
        at.slack.rate_limit("chat.postMessage", "C0ALERTS", seconds=HELD_UP_S, times=None)
        at.enqueue(range(200), "C0ALERTS", "C0NOC")
        at.until_delivered(range(200), "C0NOC", 60)
        others_s = max(call.at for call in at.slack.calls) - min(call.at for call in at.slack.calls)
        at.until_delivered(range(200), "C0ALERTS", 2 * HELD_UP_S)
        calls = [call for call in at.slack.calls if call.args.get("channel") == "C0ALERTS"]
        early = sum(call.status == 429 for call in calls) - 1  # the first one said when to come back
        twice = len(at.twice())
    measured = f"{early} early calls, 0 lost, {twice} twice; the other channel had all within {others_s:.1f} s"
    yield Finding(f"429 on one of two channels for {HELD_UP_S} s", measured, not early and not twice)


def flood() -> Iterator[Finding]:
    """Delivers 5,000 events to one channel at Slack's own pace, with the pauses after its digests."""
    with a_store(None) as (store, _, _), delivery_rig(store, pace_s=1.0, digest_pause_s=PAUSE_S) as at:
        at.slack.rates.enforced = True
        started = time.monotonic()
        at.enqueue(range(FLOOD))
        wait_until(lambda: store.outbox.depth().waiting == 0, "the flood's end", 180)
        took_s = time.monotonic() - started
        times = [call.at for call in at.slack.calls]
        most = max(sum(begin <= at_ < begin + 60 for at_ in times) for begin in times)
        delivered, refused = at.delivered(), len(at.slack.refused)
    measured = f"{len(times)} posts in {took_s:.0f} s, {most} in a minute; {len(set(delivered)):,} delivered, {len(delivered) - len(set(delivered))} twice"
    right = most <= 60 and sorted(delivered) == list(range(FLOOD)) and not refused
    yield Finding(f"{FLOOD:,} events for one channel at once", measured, right)
