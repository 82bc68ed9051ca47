"""Keeps the redacted copy of every device's latest config: a first fill, and then what the follower hands over.

The fill is nothing but "read what is not there yet", so it goes on wherever it was interrupted, and serves new devices and
newer rules as well.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.configs.follower import Follower, Previous, Write
from bot.configs.keeper import Keeper
from bot.configs.older_snapshots import OlderSnapshots
from bot.core.errors import BotError, Conflict, WebNetMissing
from bot.devices.directory import Directory
from bot.webnet.client import WebNet
from bot.webnet.models import Snapshot
from bot.webnet.resting import Resting
from store.config_history import MOST
from store.config_progress import Progress
from store.configs import Config
from store.database import Store
from store.leases import Lease

log = logging.getLogger(__name__)

LEASE = "configs"
LEASE_S = 60.0
PARALLEL = 10
AT_ONCE = 16  # rows in one transaction
WORK_S = 2.5  # of every FILL_EVERY_S of configs_part.py: a quarter of a core at most
REST_OF_WORK = 3  # seconds of rest for each second of a core, where configs are only redacted again
PURGED_EVERY = timedelta(
    days=1
)  # what new configs drove out of the index, and not `tidy`, stays in the file for so long
HISTORY = timedelta(days=90)


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
        keeper: Keeper,
        instance: str,
        *,
        history: timedelta = HISTORY,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        rest: Callable[[float], object] | None = None,
    ) -> None:
        """`history` is how far what was before is kept. `rest` waits for so many seconds, or until the copying stops."""
        self._webnet = webnet
        self._store = store
        self._directory = directory
        self._follower = follower
        self._keeper = keeper
        self._instance = instance
        self._now = now
        self._history = history
        self._resting = Resting[int](now)
        self._older = OlderSnapshots(webnet, store, keeper, history, now)
        self._stopping = threading.Event()
        self._rest = rest or self._stopping.wait
        self._purged_at: datetime | None = None

    def stop(self) -> None:
        """Ends a fill once the requests under way have ended."""
        self._stopping.set()

    def progress(self, customer: int | None = None) -> Progress:
        return self._store.configs.progress(customer)

    def receive(self, snapshot: Snapshot, _previous: Previous | None) -> Write | None:
        """Receives a snapshot from the follower. Reads the device again, since a config must not be kept for a customer to whom
        the device no longer belongs. One that nobody has is read again when somebody has it."""
        try:
            device = self._webnet.device(snapshot.device)
        except WebNetMissing:
            self._webnet.require_admin()  # to another key everything is missing
            device = None
        if device is None or device.customer is None:
            self._directory.forget(snapshot.device)
            return None
        self._directory.put(device)
        config = self._keeper.row(snapshot.device, device.customer, snapshot, self._now())
        return lambda: self._store.configs.put(config)

    def prepare(self) -> None:
        """Reads the list of devices and finds where the follower begins; a fill needs both."""
        self._directory.sweep()
        if not self._follower.has_position():
            self._follower.find_position()

    def fill(self, progressed: Callable[[], object] = lambda: None, *, again: bool = False) -> Filled | None:
        """Reads every device that is not in the copy, or all if `again`, and calls `progressed` from time to time. Then it works for
        a while on what was before.

        Returns None while another process does it, and as long as the follower has no position: a snapshot that is made
        meanwhile would be seen by neither. Raises WebNetError if WebNet is away; what was read until then stays.
        """
        if not self._follower.has_position():
            return None
        configs = self._store.configs
        if not (self._due(again=again) or self._store.configs_of_before.waiting() or self._older.due(1)):
            return Filled(0, 0)  # nearly always, and without a write
        lease = self._store.leases.acquire(LEASE, self._instance, LEASE_S)
        if lease is None:
            return None
        try:
            configs.hide_older(self._keeper.rules)
            self._adopt(lease, progressed)
            due = self._due(again=again)  # now: another process may have read some, and what was adopted is there
            filled = self._fill(lease, due, progressed)
            self._older.fill(lambda: self._renew(lease), self._stopping.is_set)
            return filled
        finally:
            self._store.leases.release(lease)

    def tidy(self) -> None:
        """Removes what must not stay in the store: the lines of devices that are gone or moved, and history that is too old."""
        until, now = time.monotonic() + WORK_S, self._now()
        while self._store.configs.tidy(now - self._history, AT_ONCE):
            self._purged_at = None
            if time.monotonic() > until:
                return
        if self._purged_at is None or now - self._purged_at >= PURGED_EVERY:
            self._store.configs.purge()
            self._purged_at = now

    def _adopt(self, lease: Lease, progressed: Callable[[], object]) -> None:
        """Brings the copy of before into its new form."""
        while not self._stopping.is_set() and self._store.configs_of_before.adopt(self._keeper.rules, AT_ONCE):
            self._renew(lease)
            progressed()

    def _renew(self, lease: Lease) -> None:
        if not self._store.leases.renew(lease, LEASE_S):
            raise Conflict("Another process reads the configs now.")

    def _due(self, *, again: bool) -> deque[tuple[int, int]]:
        if again:
            return deque(self._store.directory.ids())
        resting = self._resting.now()
        return deque(row for row in self._store.configs.unread(self._keeper.rules) if row[0] not in resting)

    def _fill(self, lease: Lease, due: deque[tuple[int, int]], progressed: Callable[[], object]) -> Filled:
        read = failed = 0
        outdated = bool(due) and self._store.configs.outdated() > 0
        with ThreadPoolExecutor(PARALLEL, "configs") as pool:
            worked = time.process_time()
            for configs in _batches(self._read(pool, due)):
                good = [config for config in configs if config is not None]
                with self._store.transaction():
                    self._renew(lease)
                    self._store.configs.put_each([[config] for config in good])
                read, failed = read + len(good), failed + len(configs) - len(good)
                progressed()
                if outdated:
                    self._rest(REST_OF_WORK * (time.process_time() - worked))
                    worked, self._purged_at = time.process_time(), None
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
        what = f"the configs of device {device}"
        found = self._resting.attempt(self._webnet, device, what, lambda: self._webnet.snapshots(device, MOST))
        if found is None:
            return None
        due = self._older.hold(device, found)
        return self._keeper.row(device, customer, found[0] if found else None, self._now(), history_due=due)


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
