"""Kills processes that deliver, each at a chosen point, and counts what arrived: `make test` in short, `make faults` in full."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bot.core.notice_kinds import BY_RANK
from lab.faults import Fault
from lab.slack import SlackLab, plain
from store.database import Store
from tests.delivery.kill_rig import Arrived, Count, KillRig, Shown
from tests.delivery.stored_deliveries import NUMBER
from tests.e2e.rig import add_people, wait_until

POINTS = ("fetched", "committed", "claimed", "sent", "answered", "settled")
CHANNEL = "C0ALERTS"


@dataclass(kw_only=True)
class SlackKillRig(KillRig):
    """Holds one channel of Slack."""

    slack: SlackLab

    @property
    def addresses(self) -> list[str]:
        return [self.slack.api_url]

    def fault(self, **what: Any) -> Fault:
        return self.slack.fault("chat.postMessage", **what)

    def posts(self) -> list[Shown]:
        return [
            (CHANNEL, {int(number) for number in NUMBER.findall(plain(message))})
            for message in self.slack.messages(CHANNEL)
        ]

    def expected(self) -> Counter[Arrived]:
        return Counter((CHANNEL, number) for number in range(self.last))

    def changed(self) -> int:
        return sum(len(message.history) for message in self.slack.messages(CHANNEL))


@contextmanager
def kill_rig(store: Store, url: str, folder: Path, last: int, digest_over: int) -> Iterator[SlackKillRig]:
    add_people(store)
    store.channels.add(workspace=store.workspaces.list()[0].id, channel_id=CHANNEL, flags=[BY_RANK[0]])
    with SlackLab() as slack:
        made = SlackKillRig(store, url, folder, last, digest_over, slack=slack)
        try:
            yield made
        finally:
            made.kill()


def _fetched(at: KillRig) -> None:
    """Kills when the feed has read something and begins to store it."""
    fetched = at.said("fetched")
    wait_until(lambda: at.said("fetched") > fetched or at.fed() == at.last, "something fetched")
    at.kill()


def _committed(at: KillRig) -> None:
    fed = at.fed()
    wait_until(lambda: at.fed() > fed or at.fed() == at.last, "something fed")
    at.kill()


def _claimed(at: KillRig) -> None:
    """Kills while a post is under way that the chat will not accept."""
    trouble = at.fault(status=503, delay_s=0.5, times=None)
    wait_until(lambda: trouble.used, "a post")
    at.kill()
    trouble.times = 0


def _sent(at: KillRig) -> None:
    trouble = at.fault(silent=True, times=None)
    wait_until(lambda: trouble.used, "a post")
    at.kill()
    trouble.times = 0


def _answered(at: KillRig) -> None:
    _unsettled(at, at.fault(delay_s=0.5, times=None), at.posted)


def _unsettled(at: KillRig, trouble: Fault, done: Callable[[], int]) -> None:
    """Kills when the chat has responded and the store cannot accept that; `trouble` makes it late."""
    wait_until(lambda: trouble.used, "a call")
    before = done()
    with at.held():
        wait_until(lambda: done() > before, "an answer")
        time.sleep(0.2)
        at.kill()
    trouble.times = 0


def _settled(at: KillRig) -> None:
    sent = at.sent()
    wait_until(lambda: at.sent() > sent, "a settlement")
    at.kill()


POINT: dict[str, Callable[[KillRig], None]] = {
    "fetched": _fetched,
    "committed": _committed,
    "claimed": _claimed,
    "sent": _sent,
    "answered": _answered,
    "settled": _settled,
}


def kills(at: KillRig, seed: int, *, replicas: int = 1, points: tuple[str, ...] = POINTS) -> Count:
    """Kills at every point once, in an order that `seed` gives, then delivers the rest."""
    order = list(points)
    random.Random(seed).shuffle(order)
    for point in order:
        for _ in range(replicas):
            at.start_process()
        POINT[point](at)
    for _ in range(replicas):
        at.start_process()
    return at.count(len(order))


def _changing(at: SlackKillRig, numbers: range) -> None:
    """Kills while a change that shows these numbers is under way, which Slack will not accept."""
    trouble = at.slack.fault("chat.update", status=503, delay_s=0.5, times=None)
    at.add(numbers)
    wait_until(lambda: trouble.used, "a change")
    at.kill()
    trouble.times = 0


def _changed(at: SlackKillRig, numbers: range) -> None:
    trouble = at.slack.fault("chat.update", delay_s=0.5, times=None)
    at.add(numbers)
    _unsettled(at, trouble, at.changed)


def kills_in_a_burst(at: SlackKillRig, *, replicas: int = 1, batch: int = 20) -> Count:
    """Kills while the message of a burst is changed, and right after that of another one was, then delivers the rest."""
    points = (_changing, _changed)
    for point in points:
        for _ in range(replicas):
            at.start_process()
        begins, at.last = at.last, at.last + 2 * batch
        at.add(range(begins, begins + batch))
        wait_until(partial(lambda sent: at.sent() >= sent, begins + batch), "the begin of a burst")
        point(at, range(begins + batch, at.last))
    for _ in range(replicas):
        at.start_process()
    wait_until(lambda: at.sent() == at.last, "the end", 240)
    delivered = at.delivered()
    return Count(len(points), at.lost(delivered), max(delivered.values()) - 1)


def stop_beyond_its_lease(at: KillRig) -> Count:
    """Sends SIGSTOP while a post is under way, until another replica has claimed the lane; then SIGCONT."""
    slow = at.start_process()
    trouble = at.fault(delay_s=0.5, times=None)
    wait_until(lambda: trouble.used, "a post")
    os.kill(slow.pid, signal.SIGSTOP)
    trouble.times = 0
    at.start_process()
    sent = at.sent()
    wait_until(lambda: at.sent() > sent + 3, "another replica to go on")
    os.kill(slow.pid, signal.SIGCONT)
    return at.count(kills=0)
