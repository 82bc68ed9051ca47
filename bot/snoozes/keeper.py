"""Ends snoozes, and lets go what they and unreachable devices hold."""

from __future__ import annotations

import logging
from datetime import timedelta

from bot.snoozes import ends
from store.database import Store

log = logging.getLogger(__name__)

AGAIN = timedelta(hours=1)  # how long what has ended is looked at: an event may have been routed just before the end


class SnoozeKeeper:
    """May run in any number of processes: what one has ended another leaves alone."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def tick(self) -> None:
        snoozes, now = self._store.snoozes, self._store.database.now()
        for snooze in snoozes.over():
            ends.by_itself(self._store, snooze, "time")
        for snooze in snoozes.open():
            if snooze.device is not None and self._store.directory.get(snooze.customer, snooze.device) is None:
                log.info("the snooze of %s ends: it is gone, or belongs to another customer", snooze.name)
                ends.by_itself(self._store, snooze, "gone")
        for snooze in snoozes.ended(now - AGAIN):
            self._store.held.look_again(held_for=snooze.held_for)
