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
    """How many devices a fill has read, and how many `failed`: they are gone, or their configs cannot be read, and they are
    tried again later."""

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
        """`redact` is for whole configs; `rules` is the version of its rules."""
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
        """Ends a fill once the requests under way have ended."""
        self._stopping.set()

    def progress(self, customer: int | None = None) -> Progress:
        return self._store.configs.progress(customer)

    def receive(self, snapshot: Snapshot, _previous: Snapshot | None) -> Write | None:
        """Receives a snapshot from the follower. Reads the device again, since a config must not be kept for a customer to whom
        the device no longer belongs."""
        with suppress(WebNetMissing):
            device = self._webnet.device(snapshot.device)
            self._directory.put(device)
            if device.customer is not None:
                config = self._config(snapshot.device, device.customer, snapshot)
                return lambda: self._store.configs.put(config)
        return None

    def prepare(self) -> None:
        """Reads the list of devices and finds where the follower begins; a fill needs both."""
        self._directory.sweep()
        if not self._follower.has_position():
            self._follower.find_position()

    def fill(self, progressed: Callable[[], object] = lambda: None, *, again: bool = False) -> Filled | None:
        """Reads every device that is not in the copy, or all if `again`, and calls `progressed` from time to time.

        Returns None while another process does it, and as long as the follower has no position: a snapshot that is made
        meanwhile would be seen by neither. Raises WebNetError if WebNet is away; what was read until then stays.
        """
        if not self._follower.has_position():
            return None
        due = self._due(again=again)
        if not due:
            return Filled(0, 0)  # nearly always, and without a write
        lease = self._store.leases.acquire(LEASE, self._instance, LEASE_S)
        if lease is None:
            return None
        try:
            self._store.configs.drop_older(self._rules)
            return self._fill(lease, due, progressed)
        finally:
            self._store.leases.release(lease)

    def _due(self, *, again: bool) -> deque[tuple[int, int]]:
        if again:
            return deque(self._store.directory.ids())
        now = self._now()
        self._resting = {device: until for device, until in self._resting.items() if until > now}
        return deque(row for row in self._store.configs.unread(self._rules) if row[0] not in self._resting)

    def _fill(self, lease: Lease, due: deque[tuple[int, int]], progressed: Callable[[], object]) -> Filled:
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
                progressed()
        return Filled(read, failed)

    def _read(self, pool: ThreadPoolExecutor, due: deque[tuple[int, int]]) -> Iterator[Config | None]:
        """Reads some devices ahead and begins none after a failure, so that only requests under way are lost."""
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
        """Makes the row of a device. Without a snapshot it notes that WebNet has none."""
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
    """Groups configs. Those before a failure are yielded first, and then the failure is raised."""
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
