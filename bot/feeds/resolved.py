"""Finds out which drift alerts were resolved: WebNet announces it nowhere, and anybody may do it there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from bot.core.events import Event, Facts
from bot.core.notice_kinds import DRIFT
from bot.feeds.enqueue import Enqueuer
from bot.feeds.facts import ALERT, RESOLVED, of_resolved
from bot.feeds.poller import Poll
from bot.webnet.client import WebNet
from bot.webnet.models import Alert
from bot.webnet.resting import Resting
from store.database import Store
from store.faults import OpenFault

MOST_ASKED = 5  # alerts at one look, each time the next ones


class ResolvedAlerts:
    def __init__(self, webnet: WebNet, store: Store, enqueuer: Enqueuer, now: Callable[[], datetime]) -> None:
        self._webnet = webnet
        self._store = store
        self._enqueuer = enqueuer
        self._now = now
        self._last = ""  # the fault that was asked about last
        self._resting = Resting[str](now)

    def look(self, poll: Poll) -> None:
        """Asks WebNet about a few of the alerts of which there is a notice, and enqueues the end of those that are resolved. Raises
        WebNetError and StoreError."""
        events = list(self._events(poll))
        if events:
            with poll.writing():
                self._enqueuer.enqueue(events)

    def _events(self, poll: Poll) -> Iterator[Event]:
        for fault in self._next():
            poll.go_on()
            read = partial(self._webnet.alert, int(fault.key.removeprefix(f"{ALERT}:")))
            alert = self._resting.attempt(self._webnet, fault.key, f"whether {fault.key} is resolved", read)
            if alert and alert.status == RESOLVED and (event := self._event(fault, alert)):
                yield event

    def _next(self) -> list[OpenFault]:
        resting = self._resting.now()
        faults = [fault for fault in self._store.faults.of_kind(ALERT) if fault.key not in resting]
        later = [fault for fault in faults if fault.key > self._last]
        asked = [*later, *faults][: min(MOST_ASKED, len(faults))]
        self._last = asked[-1].key if asked else ""
        return asked

    def _event(self, fault: OpenFault, alert: Alert) -> Event | None:
        opener = next(iter(self._store.past_events.named([fault.event], fault.customer)), None)
        if opener is None:
            return None
        values = {
            "device": opener.data["device"],
            "hostname": opener.data["hostname"],
            "alert": {"id": alert.id, "open": False},
        }
        facts = of_resolved(alert, Facts.of(opener.facts).devices)
        key = f"{fault.key}:{RESOLVED}"
        return Event(key, RESOLVED, DRIFT.flag, fault.customer, self._now(), values, facts=facts)
