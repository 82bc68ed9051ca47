"""Follows WebNet's snapshots and hands each new one to the listeners, once. WebNet announces none and lists none, so a look
asks for the next few ids, and for some farther away in case ids were skipped. Each costs WebNet a line in its log and a label in
its metrics, so there are few looks while no job that makes snapshots has ended."""

from __future__ import annotations

import dataclasses
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from bot.configs.follow_position import FEED, PATIENCE, Position
from bot.configs.history import Snapshots
from bot.configs.snapshot_fetch import SnapshotFetcher
from bot.configs.start_position import find_position
from bot.core.errors import BotError, Conflict, WebNetMissing
from bot.gaps import BROKEN_FOR, LOOK_FOR, Gaps, due
from bot.webnet.client import WebNet
from bot.webnet.models import Snapshot
from bot.webnet.responses import FAULTS_OF_ONE
from bot.webnet.transport import counted
from store.config_progress import FOLLOWED
from store.configs import Config
from store.database import Store
from store.errors import StoreError
from store.leases import Lease

log = logging.getLogger(__name__)

Write = Callable[[], object]
Previous = Snapshot | Config
Listener = Callable[[Snapshot, Previous | None], Write | None]
"""Receives a snapshot and the previous one of its device, or the copy of that where WebNet has deleted it. It may read WebNet,
however long that lasts, and returns what it has to write: that is called in the transaction in which the position moves, and
must be quick. It may receive a snapshot again whose transaction did not commit."""

LOOKS_EVERY = 6  # polls: how often `run` looks for new snapshots that no job has announced
LEASE = "snapshots"
LEASE_S = 60.0
PARALLEL = 8
NEAR = 4  # ids that every poll asks for
BATCH = 16  # ids in one request round, if many are new
FAR = 2  # ids farther away, each time others of the next WIDE
WIDE = 1_200
AGAIN = 64  # missing ids that one poll asks for again
MOST_HINTS = 10_000
NEWEST = 20  # snapshots of a device that was backed up
HINT_FOR = timedelta(minutes=10)  # a device whose snapshot was handed over so lately needs no hint


class Follower:
    """Follows the snapshots, in one of all processes at a time; any may do the next poll."""

    def __init__(
        self,
        webnet: WebNet,
        store: Store,
        instance: str,
        *,
        far: int = FAR,
        rest: timedelta = timedelta(0),
        hurry: Callable[[], object] = lambda: None,
        handed_over: Callable[[], object] = lambda: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`rest` is the time between two looks as long as nothing says that there may be a new snapshot. `hurry` is called when
        there may be one, and `handed_over` after a poll that handed one over."""
        self._webnet = webnet
        self._store = store
        self._instance = instance
        self._listeners: list[Listener] = []
        self._far_at_once = far
        self._rest = rest
        self._hurry = hurry
        self._handed_over = handed_over
        self._now = now
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._hinted: set[int] = set()
        self._handed_over_at: dict[int, datetime] = {}
        self._far_of, self._far = -1, 0

    def add(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def backed_up(self, devices: Iterable[int]) -> None:
        """Makes the next poll read the configs of these devices, whose backup has just ended, whatever the ids of their
        snapshots are, unless it comes across them anyway."""
        with self._lock:
            self._hinted.update(devices)
            while len(self._hinted) > MOST_HINTS:
                self._hinted.pop()
        self._hurry()

    def stop(self) -> None:
        """Ends a running poll before its next request."""
        self._stopping.set()

    def has_position(self) -> bool:
        """Says whether it is known from where on snapshots are followed. The first fill of the copy reads all before."""
        return self._store.cursors.get(FOLLOWED) is not None

    def find_position(self) -> bool:
        """Finds out from where on snapshots are followed, and hands over none. False while another process has the lease."""
        return self._under_lease(lambda _poll, _fetcher: None)

    def poll(self) -> bool:
        """Hands over what is new, unless it is time to rest. False while another process has the lease. Raises WebNetError;
        what was handed over until then stays so."""
        cursor = self._store.cursors.get(FOLLOWED)
        rests = cursor is not None and timedelta(0) <= self._now() - cursor.updated_at < self._rest
        if not rests or self._hinted:
            return self._under_lease(self._poll)
        gaps = Gaps(self._store, FEED, PATIENCE).all()
        return not due(gaps.values(), self._now()) or self._under_lease(lambda poll, _: poll.look_for_missing())

    def _under_lease(self, work: Callable[[_Poll, SnapshotFetcher], None]) -> bool:
        lease = self._store.leases.acquire(LEASE, self._instance, LEASE_S)
        if lease is None:
            return False
        try:
            with ThreadPoolExecutor(PARALLEL, "snapshots", counted.set, (counted.get(),)) as pool:
                fetcher = SnapshotFetcher(self._webnet, pool, self._stopping.is_set)
                work(_Poll(self._webnet, self._store, fetcher, lease, self._listeners, self._now), fetcher)
        except Conflict:
            if not self._stopping.is_set():
                raise
        finally:
            self._store.leases.release(lease)
        return True

    def _poll(self, poll: _Poll, fetcher: SnapshotFetcher) -> None:
        poll.look_for_missing()
        before = poll.position.head
        poll.walk({})
        self._read_hinted(poll, fetcher)
        if poll.position.head == before:
            held = fetcher.fetch(self._far_ids(before)).found
            if held:
                poll.walk({one.id: one for one in held})
        fetcher.require_readable()
        poll.save()
        if poll.handed_over_at:
            self._handed_over()

    def _read_hinted(self, poll: _Poll, fetcher: SnapshotFetcher) -> None:
        """Reads the devices that were backed up. Each stays on the list until it was read, since WebNet may be away."""
        self._handed_over_at |= poll.handed_over_at
        horizon = self._now() - HINT_FOR
        self._handed_over_at = {device: at for device, at in self._handed_over_at.items() if at > horizon}
        with self._lock:
            self._hinted -= self._handed_over_at.keys()
            hinted = sorted(self._hinted)
        for start in range(0, len(hinted), BATCH):
            some = hinted[start : start + BATCH]
            new = {one.id: one for one in fetcher.newest_of(some, NEWEST) if poll.position.is_new(one.id)}
            if new:
                poll.walk(new)
            with self._lock:
                self._hinted.difference_update(some)

    def _far_ids(self, head: int) -> range:
        if self._far_of != head or self._far >= WIDE:
            self._far_of, self._far = head, NEAR
        first = head + 1 + self._far
        self._far += self._far_at_once
        return range(first, first + self._far_at_once)


class _Poll:
    """One poll, under its lease."""

    def __init__(
        self, webnet: WebNet, store: Store, fetcher: SnapshotFetcher, lease: Lease, listeners: Sequence[Listener],
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._webnet = webnet
        self._snapshots = Snapshots(webnet)
        self._store = store
        self._fetcher = fetcher
        self._lease = lease
        self._listeners = listeners
        self._now = now
        self.handed_over_at: dict[int, datetime] = {}  # by device
        self.position = Position.load(store) or find_position(webnet, store, fetcher, self._renew_lease)

    def look_for_missing(self) -> None:
        """Asks again for ids that are missing below the head."""
        gaps = self.position.due(self._now(), AGAIN)
        if not gaps:
            return
        asked, now = self._fetcher.fetch(gap.id for gap in gaps), self._now()
        waited = {gap.id for gap in gaps if now - gap.since >= LOOK_FOR}
        broken = asked.broken.union(one.id for one in asked.found if not self._hand_over(one, waited=one.id in waited))
        found = {one.id for one in asked.found} - broken
        left = [gap for gap in gaps if gap.id not in found]
        over = [gap.id for gap in left if now - gap.since >= (BROKEN_FOR if gap.id in broken else LOOK_FOR)]
        if lost := broken.intersection(over):
            log.error("given up, as WebNet cannot show them: snapshots %s", sorted(lost))
        if over:
            self._webnet.require_admin()  # to another key everything is missing
        with self._store.transaction():
            self._renew_lease()
            self.position.drop(over)
            self.position.postpone([gap for gap in left if gap.id in self.position.missing], now)

    def walk(self, held: dict[int, Snapshot]) -> None:
        """Hands over what follows the head, and all up to the highest of `held`, which were read already."""
        for number in sorted(held.keys() & self.position.missing.keys()):
            self._hand_over(held.pop(number))
        target = max(held, default=0)
        asked, size = self.position.head, NEAR
        while size:
            ids = range(asked + 1, asked + 1 + size)
            asked = ids[-1]
            found = {one.id: one for one in self._fetcher.fetch(number for number in ids if number not in held).found}
            found |= {number: held.pop(number) for number in ids if number in held}
            for number in sorted(found):
                self._hand_over(found[number])
            if self.position.head < asked <= target:
                self._skip(asked)
            size = BATCH if self.position.head == asked else NEAR - min(NEAR, asked - self.position.head)

    def save(self) -> None:
        with self._store.transaction():
            self._renew_lease()
            self.position.save()

    def _skip(self, to: int) -> None:
        with self._store.transaction():
            self._renew_lease()
            self.position.skip(to, self._now())

    def _renew_lease(self) -> None:
        """Raises Conflict, which rolls the transaction back, if another process has the lease by now."""
        if not self._store.leases.renew(self._lease, LEASE_S):
            raise Conflict("Another process follows the snapshots now.")

    def _hand_over(self, snapshot: Snapshot, *, waited: bool = False) -> bool:
        """Hands a snapshot to the listeners and moves the position. False where WebNet cannot show now what they need: then its
        id counts as missing and is asked for again. One that has `waited` for that long enough goes without the one before."""
        try:
            history = self.position.is_history(snapshot.created_at)
            writes = [] if history else self._writes(snapshot, waited=waited)
        except FAULTS_OF_ONE as error:
            self._webnet.require_admin()
            log.info("snapshot %d of device %d is left for later: %s", snapshot.id, snapshot.device, error.words)
            self._skip(max(snapshot.id, self.position.head))
            return False
        with self._store.transaction():
            self._renew_lease()
            self.position.found(snapshot.id, self._now())
            for write in writes:
                _logging_failure(snapshot, partial(self._written, write))
        self.handed_over_at[snapshot.device] = self._now()
        return True

    def _writes(self, snapshot: Snapshot, *, waited: bool) -> list[Write]:
        previous = _logging_failure(snapshot, partial(self._previous, snapshot, waited=waited))
        writes = (_logging_failure(snapshot, partial(listener, snapshot, previous)) for listener in self._listeners)
        return [write for write in writes if write]

    def _written(self, write: Write) -> None:
        """Writes in a transaction inside the one around, so that a failure undoes this write and nothing else."""
        with self._store.transaction():
            write()

    def _previous(self, snapshot: Snapshot, *, waited: bool) -> Previous | None:
        """Returns the previous snapshot of the device. That is mostly the one of which the store has a copy, which saves reading
        the device's whole history; but one that lies between, and was missing when its id was asked for, may exist by now."""
        copy = self._store.configs.latest(snapshot.device)
        if copy and not (copy.snapshot and (copy.created_at, copy.snapshot) < snapshot.order):
            copy = None
        if copy is None or self.position.skipped(copy.snapshot, snapshot.id):
            return self._snapshots.before(snapshot, waited=waited) or copy
        if copy.hash == snapshot.hash:
            return dataclasses.replace(snapshot, id=copy.snapshot, created_at=copy.created_at, job=None, source="")
        try:
            return self._webnet.snapshot(copy.snapshot)
        except WebNetMissing:
            return copy


T = TypeVar("T")


def _logging_failure(snapshot: Snapshot, work: Callable[[], T]) -> T | None:
    """Logs a failure and returns None, since one snapshot that a listener cannot use must not hold up all others."""
    try:
        return work()
    except (BotError, StoreError):
        raise
    except Exception:
        log.exception("snapshot %d of device %d was not used", snapshot.id, snapshot.device)
    return None
