"""Kills processes that deliver, each at a chosen point, and counts what was told: `make test` in short, `make faults` in full."""

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
from pathlib import Path

from lab.slack import SlackLab, plain
from store.database import Store
from store.models import LaneRow
from tests.conftest import STORE_KEY
from tests.delivery.delivery_process import CURSOR
from tests.delivery.stored_deliveries import NUMBER
from tests.e2e.rig import add_people, wait_until

ROOT = Path(__file__).parents[2]
POINTS = ("fetched", "committed", "claimed", "sent", "answered", "settled")
CHANNEL = "C0ALERTS"
LEASE_S = 3.0


@dataclass(frozen=True)
class Count:
    """`again` is how many times events were told that had been told before."""

    kills: int
    lost: int
    again: int


@dataclass
class Street:
    """One channel, and the processes that deliver to it."""

    slack: SlackLab
    store: Store
    url: str
    folder: Path
    last: int
    digest_over: int
    lease_s: float = LEASE_S
    couriers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    started: int = 0

    def hire(self) -> subprocess.Popen[bytes]:
        words = [self.url, STORE_KEY, self.slack.api_url, str(self.last), str(self.digest_over), str(self.lease_s)]
        self.started += 1
        with (self.folder / f"courier-{self.started}.log").open("wb") as output:
            courier = subprocess.Popen(
                [sys.executable, "-m", "tests.delivery.delivery_process", *words],
                cwd=ROOT,
                stdout=output,
                stderr=output,
            )
        self.couriers.append(courier)
        return courier

    def kill(self) -> None:
        """All of them, since any may be the one that has come to the point."""
        for courier in self.couriers:
            courier.kill()
        for courier in self.couriers:
            courier.wait()
        self.couriers.clear()

    def fed(self) -> int:
        cursor = self.store.cursors.get(CURSOR)
        return int(cursor.value) if cursor else 0

    def posted(self) -> int:
        return len(self.slack.messages(CHANNEL))

    def said(self, words: str) -> int:
        """How many lines of their logs hold this."""
        return sum(log.read_text().count(words) for log in self.folder.glob("courier-*.log"))

    def sent(self) -> int:
        return len(self.store.outbox.list("sent", limit=10_000))

    def told(self) -> Counter[int]:
        return Counter(
            int(number) for message in self.slack.messages(CHANNEL) for number in NUMBER.findall(plain(message))
        )

    def count(self, kills: int) -> Count:
        """Once everything was told."""
        wait_until(lambda: self.fed() == self.last and self.store.outbox.depth().waiting == 0, "the end", 240)
        told = self.told()
        lost = sum(number not in told for number in range(self.last))
        return Count(kills, lost, told.total() - len(told))

    @contextmanager
    def held(self) -> Iterator[None]:
        """The store takes no settlement and, on SQLite, nothing else."""
        with self.store.transaction():
            self.store.database.run(LaneRow.update(failures=LaneRow.failures))
            yield


@contextmanager
def street(store: Store, url: str, folder: Path, last: int, digest_over: int) -> Iterator[Street]:
    add_people(store)
    store.channels.add(workspace=store.workspaces.list()[0].id, channel_id=CHANNEL)
    with SlackLab() as slack:
        made = Street(slack, store, url, folder, last, digest_over)
        try:
            yield made
        finally:
            made.kill()


def _fetched(at: Street) -> None:
    """The feed has read, and begins to store it."""
    fetched = at.said("fetched")
    wait_until(lambda: at.said("fetched") > fetched or at.fed() == at.last, "something fetched")
    at.kill()


def _committed(at: Street) -> None:
    fed = at.fed()
    wait_until(lambda: at.fed() > fed or at.fed() == at.last, "something fed")
    at.kill()


def _claimed(at: Street) -> None:
    """The post is under way, and Slack will not take it."""
    trouble = at.slack.fault("chat.postMessage", status=503, delay_s=0.5, times=None)
    wait_until(lambda: trouble.used, "a post")
    at.kill()
    trouble.times = 0


def _sent(at: Street) -> None:
    trouble = at.slack.fault("chat.postMessage", silent=True, times=None)
    wait_until(lambda: trouble.used, "a post")
    at.kill()
    trouble.times = 0


def _answered(at: Street) -> None:
    """Slack has answered, and the store cannot take it."""
    trouble = at.slack.fault("chat.postMessage", delay_s=0.5, times=None)
    wait_until(lambda: trouble.used, "a post")
    posted = at.posted()
    with at.held():
        wait_until(lambda: at.posted() > posted, "a post")
        time.sleep(0.2)
        at.kill()
    trouble.times = 0


def _settled(at: Street) -> None:
    sent = at.sent()
    wait_until(lambda: at.sent() > sent, "a settlement")
    at.kill()


POINT: dict[str, Callable[[Street], None]] = {
    "fetched": _fetched,
    "committed": _committed,
    "claimed": _claimed,
    "sent": _sent,
    "answered": _answered,
    "settled": _settled,
}


def kills(at: Street, seed: int, *, replicas: int = 1, points: tuple[str, ...] = POINTS) -> Count:
    """Every point once, in an order of the seed's, then to the end."""
    order = list(points)
    random.Random(seed).shuffle(order)
    for point in order:
        for _ in range(replicas):
            at.hire()
        POINT[point](at)
    for _ in range(replicas):
        at.hire()
    return at.count(len(order))


def stop_beyond_its_lease(at: Street) -> Count:
    """SIGSTOP while a post is under way, until another replica has taken over; then SIGCONT."""
    slow = at.hire()
    trouble = at.slack.fault("chat.postMessage", delay_s=0.5, times=None)
    wait_until(lambda: trouble.used, "a post")
    os.kill(slow.pid, signal.SIGSTOP)
    trouble.times = 0
    at.hire()
    sent = at.sent()
    wait_until(lambda: at.sent() > sent + 3, "another replica to take over")
    os.kill(slow.pid, signal.SIGCONT)
    return at.count(kills=0)
