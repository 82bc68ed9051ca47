"""Lets notices go that were held, once nothing holds them any longer, and holds those that were late for quiet hours."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from bot.channels import Channel, Channels
from bot.core.holding import Hold, Holders
from bot.stored_events import event_of
from store.claims import ClaimedDelivery
from store.held import Held

log = logging.getLogger(__name__)

EVERY_S = 5.0  # between two looks at what is held; so much later than its time something may be sent


class Release:
    """Has `tick`, which the scheduler calls every EVERY_S. Any number of processes do this side by side."""

    def __init__(
        self,
        held: Held,
        channels: Channels,
        holders: Holders,
        released: Callable[[], object],
    ) -> None:
        """`released` is called when deliveries are due that were held."""
        self._held = held
        self._channels = channels
        self._holders = holders
        self._released = released

    def tick(self) -> None:
        """Raises StoreError."""
        due, waiting = self._held.due(), self._held.waiting()
        if not due and not waiting:
            return
        channels, holders, now = self._channels.routed().by_id, self._holders.read(), self._held.now()
        for each in due:
            if self._held.release(each, partial(self._hold, holders, channels.get(each))):
                self._released()
        for each in waiting:
            if (channel := channels.get(each)) and channel.quiet and channel.quiet.ends_at(now):
                self._held.hold_back(each, partial(self._hold, holders, channel))

    def _hold(self, holders: Holders, channel: Channel | None, delivery: ClaimedDelivery, now: datetime) -> Hold | None:
        """One delivery that cannot be looked at is sent: it must keep the others of its channel no longer."""
        try:
            return holders.until(event_of(delivery), channel, now) if channel else None
        except Exception:
            log.exception("%s is held no longer: what held it cannot be asked", delivery.key)
            return None
