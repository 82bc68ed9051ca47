"""Says which events snoozes and unreachable devices hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.events import Event
from bot.core.holding import Hold
from bot.core.routing import Destination
from bot.core.snoozes import devices_of, holding, look
from bot.snoozes import ends
from bot.webnet.job_kinds import BACKUP
from store.database import Store
from store.reachability import HELD_FOR, Reachability
from store.snoozes import Snooze

UNREACHABLE_FOR = timedelta(hours=24)  # at most, since it was found; then its failed backups come all the same
TOGETHER = timedelta(seconds=1)  # what resolves a fault is held so long, to come in one message with what was held


class BySnooze:
    """Reads the snoozes once, so that one of these is made for each transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rows = store.snoozes
        self._open = {snooze.id: snooze for snooze in self._rows.open()}

    def watch(self, event: Event, now: datetime) -> None:
        """Lets the snoozes see an event, whether or not a channel wants it: it may end them."""
        for snooze in [each for each in self._open.values() if each.customer == event.customer]:
            self._open[snooze.id] = self._after(snooze, event, now)

    def until(self, event: Event, channel: Destination, now: datetime) -> Hold | None:
        here = (each for each in self._open.values() if each.customer == event.customer and each.until > now)
        snooze = holding(event, (each for each in here if each.channel in (None, channel.id)))
        return Hold(snooze.until, snooze.held_for) if snooze else None

    def _after(self, snooze: Snooze, event: Event, now: datetime) -> Snooze:
        seen = look(snooze, event)
        changed = replace(snooze, rank=seen.rank, faults=seen.faults)
        if seen.why == "severity":
            ends.by_itself(self._store, snooze, seen.why)
            return replace(changed, until=now)
        if seen.why == "resolved":
            return self._rows.shorten(changed, now + TOGETHER, seen.why)
        if changed != snooze:
            self._rows.note(changed)
        return changed


class ByReachability:
    """Holds the failed backups of devices that a job found unreachable, until one of them answers."""

    def __init__(self, rows: Reachability) -> None:
        self._rows = rows

    def until(self, event: Event, _: Destination, now: datetime) -> Hold | None:
        if event.facts.job_type != BACKUP.type or event.facts.outcome not in ("failed", "partial"):
            return None
        devices = devices_of(event)
        found = self._rows.unreachable(event.customer, devices) if devices else []
        if not devices or len(found) < len(devices) or found[0].since + UNREACHABLE_FOR <= now:
            return None
        return Hold(found[0].since + UNREACHABLE_FOR, f"{HELD_FOR}{found[0].device}")
