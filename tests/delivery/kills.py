"""Kills processes that deliver, each at a chosen point, and counts what arrived: `make test` in short, `make faults` in full."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from bot.core.notice_kinds import BY_RANK
from lab.slack import SlackLab, plain
from store.database import Store
from store.models import LaneRow
from store.outbox import NewDelivery
from tests.conftest import STORE_KEY
from tests.delivery.delivery_process import CURSOR
from tests.delivery.stored_deliveries import NOON, NUMBER
from tests.e2e.rig import add_people, wait_until

ROOT = Path(__file__).parents[2]
POINTS = ("fetched", "committed", "claimed", "sent", "answered", "settled")
CHANNEL = "C0ALERTS"
LEASE_S = 3.0


@dataclass(frozen=True)
class Count:
    """`again` is how many messages repeated an event that had arrived before."""

    kills: int
    lost: int
    again: int


@dataclass
class KillRig:
    """Holds one channel, and the processes that deliver to it."""

    slack: SlackLab
    store: Store
    url: str
    folder: Path
    last: int
    digest_over: int
    lease_s: float = LEASE_S
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    started: int = 0

    def start_process(self) -> subprocess.Popen[bytes]:
        words = [self.url, STORE_KEY, self.slack.api_url, str(self.last), str(self.digest_over), str(self.lease_s)]
        self.started += 1
        with (self.folder / f"process-{self.started}.log").open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.delivery.delivery_process", *words],
                cwd=ROOT,
                stdout=output,
                stderr=output,
            )
        self.processes.append(process)
        return process

    def add(self, numbers: range, **held: Any) -> None:
        """Enqueues a notice for each number, all at once."""
        (channel,) = self.store.channels.list()
        with self.store.transaction():
            for number in numbers:
                self.store.outbox.add(
                    key=f"number:{number}",
                    kind="numbered",
                    flag=BY_RANK[0],
                    customer=1,
                    happened_at=NOON,
                    data={"number": number},
                    deliveries=[NewDelivery(channel=channel.id, **held)],
                    facts={"opens": [f"number:{number}"]},
                )

    def kill(self) -> None:
        """Kills all processes, since any may be the one that has come to the point."""
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()
        self.processes.clear()

    def fed(self) -> int:
        cursor = self.store.cursors.get(CURSOR)
        return int(cursor.value) if cursor else 0

    def posted(self) -> int:
        return len(self.slack.messages(CHANNEL))

    def changed(self) -> int:
        return sum(len(message.history) for message in self.slack.messages(CHANNEL))

    def said(self, words: str) -> int:
        """Returns how often these words stand in the logs of the processes."""
        return sum(log.read_text().count(words) for log in self.folder.glob("process-*.log"))

    def sent(self) -> int:
        return len(self.store.outbox.list("sent", limit=10_000))

    def delivered(self) -> Counter[int]:
        return Counter(
            int(number) for message in self.slack.messages(CHANNEL) for number in NUMBER.findall(plain(message))
        )

    def repeated(self) -> int:
        """Counts the messages that show what an earlier one shows."""
        shown: set[str] = set()
        number = 0
        for message in self.slack.messages(CHANNEL):
            now = set(NUMBER.findall(plain(message)))
            number += not shown.isdisjoint(now)
            shown |= now
        return number

    def count(self, kills: int) -> Count:
        """Waits until everything was delivered, and counts."""
        wait_until(lambda: self.fed() == self.last and self.store.outbox.depth().waiting == 0, "the end", 240)
        delivered = self.delivered()
        lost = sum(number not in delivered for number in range(self.last))
        return Count(kills, lost, delivered.total() - len(delivered))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keeps the store from accepting a settlement and, on SQLite, anything else."""
        with self.store.transaction():
            self.store.database.run(LaneRow.update(failures=LaneRow.failures))
            yield


@contextmanager
def kill_rig(store: Store, url: str, folder: Path, last: int, digest_over: int) -> Iterator[KillRig]:
    add_people(store)
    store.channels.add(workspace=store.workspaces.list()[0].id, channel_id=CHANNEL)
    with SlackLab() as slack:
        made = KillRig(slack, store, url, folder, last, digest_over)
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
    """Kills while a post is under way that Slack will not accept."""
    trouble = at.slack.fault("chat.postMessage", status=503, delay_s=0.5, times=None)
    wait_until(lambda: trouble.used, "a post")
    at.kill()
    trouble.times = 0


def _sent(at: KillRig) -> None:
    trouble = at.slack.fault("chat.postMessage", silent=True, times=None)
    wait_until(lambda: trouble.used, "a post")
    at.kill()
    trouble.times = 0


def _answered(at: KillRig) -> None:
    _unsettled(at, "chat.postMessage", at.posted)


def _unsettled(at: KillRig, method: str, done: Callable[[], int], numbers: range = range(0)) -> None:
    """Kills when Slack has responded and the store cannot accept that; `numbers` are enqueued before."""
    trouble = at.slack.fault(method, delay_s=0.5, times=None)
    at.add(numbers)
    wait_until(lambda: trouble.used, f"a call of {method}")
    before = done()
    with at.held():
        wait_until(lambda: done() > before, f"an answer to {method}")
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


def _changing(at: KillRig, numbers: range) -> None:
    """Kills while a change that shows these numbers is under way, which Slack will not accept."""
    trouble = at.slack.fault("chat.update", status=503, delay_s=0.5, times=None)
    at.add(numbers)
    wait_until(lambda: trouble.used, "a change")
    at.kill()
    trouble.times = 0


def _changed(at: KillRig, numbers: range) -> None:
    _unsettled(at, "chat.update", at.changed, numbers)


def kills_in_a_burst(at: KillRig, *, replicas: int = 1, batch: int = 20) -> Count:
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
    return Count(len(points), sum(not delivered[each] for each in range(at.last)), max(delivered.values()) - 1)


def stop_beyond_its_lease(at: KillRig) -> Count:
    """Sends SIGSTOP while a post is under way, until another replica has claimed the lane; then SIGCONT."""
    slow = at.start_process()
    trouble = at.slack.fault("chat.postMessage", delay_s=0.5, times=None)
    wait_until(lambda: trouble.used, "a post")
    os.kill(slow.pid, signal.SIGSTOP)
    trouble.times = 0
    at.start_process()
    sent = at.sent()
    wait_until(lambda: at.sent() > sent + 3, "another replica to go on")
    os.kill(slow.pid, signal.SIGCONT)
    return at.count(kills=0)
