"""Reads what the configs were before. WebNet sends a device's snapshots all at once, so those before the newest are at hand when that
is read; but first every device's newest config is to be found."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from bot.configs.keeper import Keeper
from bot.core.errors import WebNetBroken, WebNetMissing
from bot.webnet.client import WebNet
from bot.webnet.models import Snapshot
from bot.webnet.responses import Passing
from store.config_history import MOST
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
        self._lock = threading.Lock()
        self._held: dict[int, list[Snapshot]] = {}
        self._characters = 0

    def hold(self, device: int, older: Sequence[Snapshot]) -> bool:
        """Takes a device's older snapshots, newest first, and says whether there are any to keep."""
        kept = list(self._kept(older))
        size = sum(len(snapshot.text) for snapshot in kept)
        with self._lock:
            if kept and device not in self._held and self._characters + size <= HELD:
                self._held[device] = kept
                self._characters += size
        return bool(kept)

    def fill(self, renew_lease: Callable[[], None], stopping: Callable[[], bool]) -> None:
        """Works for WORK_S on the devices whose history is due. `renew_lease` raises if another process has the lease by now."""
        until = time.monotonic() + WORK_S
        for device, customer in self._store.configs.history_due(AT_ONCE):
            if stopping() or time.monotonic() > until:
                return
            older = self._taken(device)
            rows = self._keeper.older(customer, older, self._now())
            with self._store.transaction():
                renew_lease()
                self._store.configs.put_older(customer, device, rows)

    def _taken(self, device: int) -> list[Snapshot]:
        with self._lock:
            held = self._held.pop(device, None)
            self._characters -= sum(len(snapshot.text) for snapshot in held or ())
        if held is not None:
            return held
        try:
            return list(self._kept(self._webnet.snapshots(device, MOST)[1:]))
        except WebNetMissing:
            return []
        except Passing:
            raise
        except WebNetBroken as error:
            log.warning("the history of device %d cannot be read: %s", device, error.words)
            return []

    def _kept(self, older: Sequence[Snapshot]) -> Iterator[Snapshot]:
        since, room = self._now() - self._history, MOST_TEXT
        for snapshot in older:
            room -= len(snapshot.text)
            if snapshot.created_at < since or room < 0:
                return
            yield snapshot
