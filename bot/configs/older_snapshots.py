"""Reads what the configs were before. WebNet sends a device's snapshots all at once, so those before the newest are at hand when that
is read; but first every device's newest config is to be found."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from bot.configs.keeper import Keeper
from bot.webnet.client import WebNet
from bot.webnet.models import Snapshot
from bot.webnet.responses import FAULTS_OF_ONE
from bot.webnet.resting import Resting
from store.config_history import MOST
from store.configs import Due
from store.database import Store

log = logging.getLogger(__name__)

HELD = 64 << 20  # characters of texts that wait in memory; those that have no room there are read again
MOST_TEXT = 20 << 20  # characters of one device's older texts
WORK_S = 2.5  # of one call, so that it is a small part of the time between two
AT_ONCE = 50  # devices


class OlderSnapshots:
    def __init__(
        self, webnet: WebNet, store: Store, keeper: Keeper, history: timedelta, now: Callable[[], datetime]
    ) -> None:
        self._webnet = webnet
        self._store = store
        self._keeper = keeper
        self._history = history
        self._now = now
        self._resting = Resting[int](now)
        self._lock = threading.Lock()
        self._held: dict[int, tuple[int, list[Snapshot]]] = {}  # by device, its newest snapshot and those before
        self._characters = 0

    def hold(self, device: int, found: Sequence[Snapshot]) -> bool:
        """Takes all snapshots of a device, newest first, and says whether there are any to keep before the newest."""
        kept = list(self._kept(found[1:]))
        size = _characters(kept)
        with self._lock:
            self._release(device)
            if kept and self._characters + size <= HELD:
                self._held[device] = found[0].id, kept
                self._characters += size
        return bool(kept)

    def due(self, most: int) -> list[Due]:
        """Lists so many devices whose history is to be read now."""
        return self._store.configs.history_due(most, self._keeper.rules, self._resting.now())

    def fill(self, renew_lease: Callable[[], None], stopping: Callable[[], bool]) -> None:
        """Works for WORK_S on the devices whose history is due. `renew_lease` raises if another process has the lease by now."""
        until = time.monotonic() + WORK_S
        for each in self.due(AT_ONCE):
            if stopping() or time.monotonic() > until:
                return
            older = self._taken(each)
            if older is None:
                self._resting.failed(each.device)
                continue
            self._resting.read(each.device)
            rows = self._keeper.older(each.customer, older, self._now())
            with self._store.transaction():
                renew_lease()
                self._store.configs.put_older(each, rows)

    def _taken(self, due: Due) -> list[Snapshot] | None:
        """Returns the snapshots of a device beside the one that the copy has as its newest, None where they cannot be read."""
        with self._lock:
            newest, held = self._release(due.device)
        if newest == due.snapshot:
            return held
        try:
            found = self._webnet.snapshots(due.device, MOST)
        except FAULTS_OF_ONE as error:
            self._webnet.require_admin()
            log.warning("the history of device %d cannot be read: %s", due.device, error.words)
            return None
        return [one for one in (*found[:1], *self._kept(found[1:])) if one.id != due.snapshot]

    def _release(self, device: int) -> tuple[int, list[Snapshot]]:
        newest, held = self._held.pop(device, (0, []))
        self._characters -= _characters(held)
        return newest, held

    def _kept(self, older: Sequence[Snapshot]) -> Iterator[Snapshot]:
        since, room = self._now() - self._history, MOST_TEXT
        for snapshot in older:
            room -= len(snapshot.text)
            if snapshot.created_at < since or room < 0:
                return
            yield snapshot


def _characters(snapshots: Iterable[Snapshot]) -> int:
    return sum(len(snapshot.text) for snapshot in snapshots)
