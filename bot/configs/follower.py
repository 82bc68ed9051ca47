"""Follows WebNet's snapshots and hands each new one to whoever takes them, once. WebNet tells of none and lists none, so
every turn asks for the next few ids, and for some farther away in case ids were skipped."""

from __future__ import annotations

import dataclasses
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from bot.configs.follow_position import Trail
from bot.configs.history import Snapshots
from bot.configs.snapshot_fetch import Asker
from bot.configs.start_position import place
from bot.core.errors import BotError, Conflict, WebNetBroken, WebNetMissing
from bot.gaps import LOOK_FOR
from bot.webnet.client import WebNet
from bot.webnet.models import Snapshot
from bot.webnet.responses import Passing
from bot.webnet.transport import counted
from store.configs import FOLLOWED
from store.database import Store
from store.errors import StoreError
from store.leases import Lease

log = logging.getLogger(__name__)

Write = Callable[[], object]
Taker = Callable[[Snapshot, Snapshot | None], Write | None]
"""Is given a snapshot and the previous one of its device. It may read WebNet and take its time, and returns what it has to
write: that is called in the transaction in which the position moves, and must be quick. It may be asked again for one whose
transaction did not come about."""

LEASE = "snapshots"
LEASE_S = 60.0
PARALLEL = 8
NEAR = 4  # ids asked for in every turn
BATCH = 16  # where there is much that is new
FAR = 8  # ids farther away, each turn others of the next WIDE
WIDE = 1_200
AGAIN = 64  # missing ids asked for again in one turn
MOST_HINTS = 10_000
NEWEST = 20  # of a device that was backed up
HINT_FOR = timedelta(minutes=10)  # a device whose snapshot was taken so lately needs none
BROKEN_FOR = timedelta(days=1)  # before what WebNet cannot show is given up
TAKEN_OVER = "Another process follows the snapshots now."


class Follower:
    """One of all processes follows at a time; any may take the next turn."""

    def __init__(
        self,
        webnet: WebNet,
        store: Store,
        instance: str,
        *,
        far: int = FAR,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._webnet = webnet
        self._store = store
        self._instance = instance
        self._takers: list[Taker] = []
        self._far_at_once = far
        self._now = now
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._hinted: set[int] = set()
        self._taken_at: dict[int, datetime] = {}
        self._far_of, self._far = -1, 0

    def add(self, taker: Taker) -> None:
        self._takers.append(taker)

    def backed_up(self, devices: Iterable[int]) -> None:
        """A backup has just ended: the next turn reads their configs whatever their ids, unless it comes across them."""
        with self._lock:
            self._hinted.update(devices)
            while len(self._hinted) > MOST_HINTS:
                self._hinted.pop()

    def stop(self) -> None:
        """Ends a turn at its next request."""
        self._stopping.set()

    def placed(self) -> bool:
        """Whether it is known from where on snapshots are followed: all before are for the first copy to read."""
        return self._store.cursors.get(FOLLOWED) is not None

    def begin(self) -> bool:
        """Finds out from where on snapshots are followed, and hands over none. False where another process does it."""
        return self._alone(lambda _turn, _asker: None)

    def turn(self) -> bool:
        """False where another process does it. Raises WebNetError; what was handed over until then stays so."""
        return self._alone(self._take_turn)

    def _alone(self, work: Callable[[_Turn, Asker], None]) -> bool:
        lease = self._store.leases.acquire(LEASE, self._instance, LEASE_S)
        if lease is None:
            return False
        try:
            with ThreadPoolExecutor(PARALLEL, "snapshots", counted.set, (counted.get(),)) as pool:
                asker = Asker(self._webnet, pool, self._stopping.is_set)
                work(_Turn(self._webnet, self._store, asker, lease, self._takers, self._now), asker)
        except Conflict:
            if not self._stopping.is_set():
                raise
        finally:
            self._store.leases.release(lease)
        return True

    def _take_turn(self, turn: _Turn, asker: Asker) -> None:
        turn.ask_again()
        before = turn.trail.head
        turn.walk({})
        self._read_hinted(turn, asker)
        if turn.trail.head == before:
            held = asker.ask(self._far_ids(before)).found
            if held:
                turn.walk({one.id: one for one in held})
        asker.require_sense()
        turn.save()

    def _read_hinted(self, turn: _Turn, asker: Asker) -> None:
        """Each stays until it was read: WebNet may be away."""
        self._taken_at |= turn.taken_at
        horizon = self._now() - HINT_FOR
        self._taken_at = {device: at for device, at in self._taken_at.items() if at > horizon}
        with self._lock:
            self._hinted -= self._taken_at.keys()
            hinted = sorted(self._hinted)
        for start in range(0, len(hinted), BATCH):
            some = hinted[start : start + BATCH]
            new = {one.id: one for one in asker.of_devices(some, NEWEST) if turn.trail.is_new(one.id)}
            if new:
                turn.walk(new)
            with self._lock:
                self._hinted.difference_update(some)

    def _far_ids(self, head: int) -> range:
        if self._far_of != head or self._far >= WIDE:
            self._far_of, self._far = head, NEAR
        first = head + 1 + self._far
        self._far += self._far_at_once
        return range(first, first + self._far_at_once)


class _Turn:
    """What one turn does under its lease."""

    def __init__(
        self,
        webnet: WebNet,
        store: Store,
        asker: Asker,
        lease: Lease,
        takers: Sequence[Taker],
        now: Callable[[], datetime],
    ) -> None:
        self._webnet = webnet
        self._snapshots = Snapshots(webnet)
        self._store = store
        self._asker = asker
        self._lease = lease
        self._takers = takers
        self._now = now
        self.taken_at: dict[int, datetime] = {}  # by device
        self.trail = Trail.load(store) or place(webnet, store, asker, self._hold)

    def ask_again(self) -> None:
        """For what is missing below the head."""
        gaps = self.trail.due(self._now(), AGAIN)
        if not gaps:
            return
        asked = self._asker.ask(gap.id for gap in gaps)
        broken = asked.broken.union(one.id for one in asked.found if not self._take(one))
        found, now = {one.id for one in asked.found} - broken, self._now()
        left = [gap for gap in gaps if gap.id not in found]
        over = [gap.id for gap in left if now - gap.since >= (BROKEN_FOR if gap.id in broken else LOOK_FOR)]
        if lost := broken.intersection(over):
            log.error("given up, as WebNet cannot show them: snapshots %s", sorted(lost))
        if over:
            self._webnet.require_admin()  # to another key everything is missing
        with self._store.transaction():
            self._hold()
            self.trail.given_up(over)
            self.trail.still_missing([gap for gap in left if gap.id in self.trail.missing], now)

    def walk(self, held: dict[int, Snapshot]) -> None:
        """Takes what follows the head, and all up to the highest of `held`, which were read already."""
        for number in sorted(held.keys() & self.trail.missing.keys()):
            self._take(held.pop(number))
        target = max(held, default=0)
        asked, size = self.trail.head, NEAR
        while size:
            ids = range(asked + 1, asked + 1 + size)
            asked = ids[-1]
            found = {one.id: one for one in self._asker.ask(number for number in ids if number not in held).found}
            found |= {number: held.pop(number) for number in ids if number in held}
            for number in sorted(found):
                self._take(found[number])
            if self.trail.head < asked <= target:
                self._skip(asked)
            size = BATCH if self.trail.head == asked else NEAR - min(NEAR, asked - self.trail.head)

    def save(self) -> None:
        with self._store.transaction():
            self._hold()
            self.trail.save()

    def _skip(self, to: int) -> None:
        with self._store.transaction():
            self._hold()
            self.trail.skip(to, self._now())

    def _hold(self) -> None:
        """Raises Conflict, and so undoes the transaction, if the lease went to somebody else meanwhile."""
        if not self._store.leases.renew(self._lease, LEASE_S):
            raise Conflict(TAKEN_OVER)

    def _take(self, snapshot: Snapshot) -> bool:
        """False where WebNet cannot show now what is needed for it: it is asked for again, as one that is missing."""
        try:
            writes = [] if self.trail.is_history(snapshot.created_at) else self._writes(snapshot)
        except Passing:
            raise
        except WebNetBroken as error:
            log.info("snapshot %d of device %d is left for later: %s", snapshot.id, snapshot.device, error.words)
            self._skip(max(snapshot.id, self.trail.head))
            return False
        with self._store.transaction():
            self._hold()
            self.trail.found(snapshot.id, self._now())
            for write in writes:
                _unless_it_stumbles(snapshot, partial(self._written, write))
        self.taken_at[snapshot.device] = self._now()
        return True

    def _writes(self, snapshot: Snapshot) -> list[Write]:
        previous = _unless_it_stumbles(snapshot, lambda: self._previous(snapshot))
        taken = (_unless_it_stumbles(snapshot, partial(taker, snapshot, previous)) for taker in self._takers)
        return [write for write in taken if write]

    def _written(self, write: Write) -> None:
        """In a transaction of its own inside the one around: what fails is undone, and nothing else."""
        with self._store.transaction():
            write()

    def _previous(self, snapshot: Snapshot) -> Snapshot | None:
        """Mostly the one that the copy is of, which spares the device's whole history. One that lies between and was not
        there yet when its id was asked for may be there by now."""
        copy = self._store.configs.latest(snapshot.device)
        if copy is None or not copy.snapshot or (copy.created_at, copy.snapshot) >= snapshot.order:
            return self._snapshots.before(snapshot)
        if self.trail.skipped(copy.snapshot, snapshot.id):
            return self._snapshots.before(snapshot)
        if copy.hash == snapshot.hash:
            return dataclasses.replace(snapshot, id=copy.snapshot, created_at=copy.created_at, job=None, source="")
        try:
            return self._webnet.snapshot(copy.snapshot)
        except WebNetMissing:
            return self._snapshots.before(snapshot)


T = TypeVar("T")


def _unless_it_stumbles(snapshot: Snapshot, work: Callable[[], T | None]) -> T | None:
    """One snapshot over which somebody stumbles must not keep all others from everybody."""
    try:
        return work()
    except (BotError, StoreError):
        raise
    except Exception:
        log.exception("snapshot %d of device %d was not used", snapshot.id, snapshot.device)
    return None
