"""Keeps the redacted copy of every device's latest config: a first fill, and then what the follower hands over.

The fill is nothing but "read what is not there yet", so it goes on wherever it was interrupted, and serves new devices and
newer rules as well.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.configs.follower import Follower, Write
from bot.core.errors import BotError, Conflict, WebNetBroken, WebNetMissing
from bot.devices.directory import Directory
from bot.redaction.redactor import RULES_VERSION
from bot.webnet.client import WebNet
from bot.webnet.models import Snapshot
from bot.webnet.responses import Passing
from store.configs import Config, Progress
from store.database import Store
from store.fields import EPOCH
from store.leases import Lease

log = logging.getLogger(__name__)

LEASE = "configs"
LEASE_S = 60.0
PARALLEL = 8
AT_ONCE = 16  # rows in one transaction
REST = timedelta(minutes=15)  # before a device whose configs cannot be read is asked for again


@dataclass(frozen=True, slots=True)
class Filled:
    """`failed`: their configs cannot be read, or they are gone; they are tried again later."""

    read: int
    failed: int


class Copying:
    def __init__(
        self,
        webnet: WebNet,
        store: Store,
        directory: Directory,
        follower: Follower,
        redact: Callable[[str], str],
        instance: str,
        *,
        rules: int = RULES_VERSION,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`redact` is for whole configs; `rules` is the version of what it knows."""
        self._webnet = webnet
        self._store = store
        self._directory = directory
        self._follower = follower
        self._redact = redact
        self._instance = instance
        self._rules = rules
        self._now = now
        self._stopping = threading.Event()
        self._resting: dict[int, datetime] = {}

    def stop(self) -> None:
        """Ends a fill once what was asked for is there."""
        self._stopping.set()

    def progress(self, customer: int | None = None) -> Progress:
        return self._store.configs.progress(customer)

    def take(self, snapshot: Snapshot, _previous: Snapshot | None) -> Write | None:
        """For the follower. The device is read anew: a config must not be kept for a customer who no longer has it."""
        with suppress(WebNetMissing):
            device = self._webnet.device(snapshot.device)
            self._directory.put(device)
            if device.customer is not None:
                config = self._config(snapshot.device, device.customer, snapshot)
                return lambda: self._store.configs.put(config)
        return None

    def prepare(self) -> None:
        """What a fill needs: the list of devices, and where it begins to be followed what is new."""
        self._directory.sweep()
        if not self._follower.placed():
            self._follower.begin()

    def fill(self, told: Callable[[], object] = lambda: None, *, again: bool = False) -> Filled | None:
        """Reads every device that is not in the copy, or `again` every one; calls `told` from time to time.

        None where another process does it, or it is too early: before it is known from where on snapshots are followed, one
        that is made meanwhile would be in neither. Raises WebNetError where WebNet is away; what was read until then stays.
        """
        if not self._follower.placed():
            return None
        due = self._due(again=again)
        if not due:
            return Filled(0, 0)  # nearly always, and without a write
        lease = self._store.leases.acquire(LEASE, self._instance, LEASE_S)
        if lease is None:
            return None
        try:
            self._store.configs.drop_older(self._rules)
            return self._fill(lease, due, told)
        finally:
            self._store.leases.release(lease)

    def _due(self, *, again: bool) -> deque[tuple[int, int]]:
        if again:
            return deque(self._store.directory.ids())
        now = self._now()
        self._resting = {device: until for device, until in self._resting.items() if until > now}
        return deque(row for row in self._store.configs.unread(self._rules) if row[0] not in self._resting)

    def _fill(self, lease: Lease, due: deque[tuple[int, int]], told: Callable[[], object]) -> Filled:
        read = failed = 0
        with ThreadPoolExecutor(PARALLEL, "configs") as pool:
            for configs in _batches(self._read(pool, due)):
                good = [config for config in configs if config is not None]
                with self._store.transaction():
                    if not self._store.leases.renew(lease, LEASE_S):
                        raise Conflict("Another process reads the configs now.")
                    for config in good:
                        self._store.configs.put(config)
                read, failed = read + len(good), failed + len(configs) - len(good)
                told()
        return Filled(read, failed)

    def _read(self, pool: ThreadPoolExecutor, due: deque[tuple[int, int]]) -> Iterator[Config | None]:
        """Some are read ahead, and none is begun after a failure: what is under way is all that can be lost."""
        running: deque[Future[Config | None]] = deque()
        while (due and not self._stopping.is_set()) or running:
            while due and len(running) < 2 * PARALLEL and not self._stopping.is_set():
                running.append(pool.submit(self._one, *due.popleft()))
            try:
                yield running.popleft().result()
            except Exception:
                for future in running:
                    future.cancel()
                raise

    def _one(self, device: int, customer: int) -> Config | None:
        try:
            newest = self._webnet.snapshots(device, 1)
        except WebNetMissing:
            newest = None
        except Passing:
            raise
        except WebNetBroken as error:
            log.warning("the configs of device %d cannot be read: %s", device, error.words)
            newest = None
        if newest is None:
            self._resting[device] = self._now() + REST
            return None
        return self._config(device, customer, newest[0] if newest else None)

    def _config(self, device: int, customer: int, snapshot: Snapshot | None) -> Config:
        """Without a snapshot: the note that WebNet was asked and has none."""
        return Config(
            device=device,
            customer=customer,
            snapshot=snapshot.id if snapshot else 0,
            hash=snapshot.hash if snapshot else "",
            text=self._redact(snapshot.text) if snapshot else "",
            created_at=snapshot.created_at if snapshot else EPOCH,
            read_at=self._now(),
            rules=self._rules,
        )


def _batches(configs: Iterator[Config | None]) -> Iterator[list[Config | None]]:
    """What came before a failure is given first, and then the failure."""
    batch: list[Config | None] = []
    try:
        for config in configs:
            batch.append(config)
            if len(batch) == AT_ONCE:
                yield batch
                batch = []
    except BotError:
        yield batch
        raise
    yield batch
