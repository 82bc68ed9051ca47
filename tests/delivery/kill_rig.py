"""Holds processes that deliver to chats, which are killed, and counts what arrived. Each chat, or several of them, has a rig of its own."""

from __future__ import annotations

import subprocess
import sys
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.core.notice_kinds import BY_RANK
from lab.faults import Fault
from store.database import Store
from store.models import LaneRow
from store.outbox import NewDelivery
from tests.conftest import STORE_KEY
from tests.delivery.delivery_process import CURSOR
from tests.delivery.stored_deliveries import NOON
from tests.e2e.rig import wait_until

ROOT = Path(__file__).parents[2]
LEASE_S = 3.0
Arrived = tuple[str, int]  # the id of a channel, and the number of an event that is shown there
Shown = tuple[str, set[int]]  # the id of a channel, and the numbers that one message there shows


@dataclass(frozen=True)
class Count:
    """`again` is how many messages repeated an event that had arrived before."""

    kills: int
    lost: int
    again: int


@dataclass
class KillRig(ABC):
    """`last` is how many events there are; each process enqueues those that are missing."""

    store: Store
    url: str
    folder: Path
    last: int
    digest_over: int
    lease_s: float = LEASE_S
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    started: int = 0

    @property
    @abstractmethod
    def addresses(self) -> list[str]:
        """Where the chats are, as a process takes it."""

    @abstractmethod
    def fault(self, **what: Any) -> Fault:
        """Makes posts to the chat fail; `what` is as in Fault."""

    @abstractmethod
    def posts(self) -> list[Shown]:
        """Returns the messages of each channel in their order."""

    @abstractmethod
    def expected(self) -> Counter[Arrived]:
        """Returns what is to arrive."""

    def start_process(self) -> subprocess.Popen[bytes]:
        words = [self.url, STORE_KEY, str(self.last), str(self.digest_over), str(self.lease_s), *self.addresses]
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
        """Enqueues a notice for each number, all at once, for the one channel that there is."""
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

    def said(self, words: str) -> int:
        """Returns how often these words stand in the logs of the processes."""
        return sum(log.read_text().count(words) for log in self.folder.glob("process-*.log"))

    def sent(self) -> int:
        return len(self.store.outbox.list("sent", limit=100_000))

    def posted(self) -> int:
        return len(self.posts())

    def delivered(self) -> Counter[Arrived]:
        return Counter((channel, number) for channel, numbers in self.posts() for number in numbers)

    def lost(self, delivered: Counter[Arrived]) -> int:
        return len(self.expected().keys() - delivered.keys())

    def repeated(self) -> Counter[str]:
        """Counts, by channel, the messages that show what an earlier one shows."""
        shown: set[Arrived] = set()
        again = Counter[str]()
        for channel, numbers in self.posts():
            now = {(channel, number) for number in numbers}
            again[channel] += not shown.isdisjoint(now)
            shown |= now
        return again

    def until_settled(self, timeout: float = 240.0) -> None:
        """Waits until everything was enqueued, and delivered or parked."""

        def settled() -> bool:
            return self.fed() == self.last and self.store.outbox.depth().waiting == 0

        wait_until(settled, "the end", timeout)

    def count(self, kills: int) -> Count:
        """Waits until everything was delivered, and counts."""
        self.until_settled()
        delivered = self.delivered()
        return Count(kills, self.lost(delivered), delivered.total() - len(delivered))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keeps the store from accepting a settlement and, on SQLite, anything else."""
        with self.store.transaction():
            self.store.database.run(LaneRow.update(failures=LaneRow.failures))
            yield
