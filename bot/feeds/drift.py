"""Follows drift: a config that differs from the one before, and the alerts that WebNet raises about such a change."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.configs.diff import Diff, diff
from bot.configs.drift_alerts import EVER
from bot.configs.sections import lines_of
from bot.configs.volatile import Volatile
from bot.core.errors import BotError, WebNetBroken, WebNetMissing
from bot.core.events import Event
from bot.core.line_patterns import LinePattern
from bot.core.notice_kinds import DRIFT
from bot.core.text import cut
from bot.feeds.enqueue import Enqueuer
from bot.feeds.new_rows import NewRows
from bot.feeds.poller import Poll
from bot.redaction.redactor import Redactor
from bot.webnet.client import WebNet
from bot.webnet.models import Alert, Drift, Snapshot
from bot.webnet.responses import Passing
from store.database import Store
from store.errors import StoreError
from store.missing import Gap

log = logging.getLogger(__name__)

NAME = "drift"
PARKED = "feed:drift:parked"  # cursor: how many alerts belong to no device
MOST_LINES, MOST_CHARACTERS, WIDTH = 30, 2_500, 160
MOST_OF_A_NAME, MOST_OF_A_MESSAGE = 100, 300


class Changes:
    """Makes events of configs that changed. Both texts are redacted whole, as a pair, before they are compared."""

    def __init__(self, webnet: WebNet, redactor: Redactor, ignored: tuple[LinePattern, ...] = ()) -> None:
        self._webnet = webnet
        self._redactor = redactor
        self._ignored = ignored

    def event(self, older: Snapshot, newer: Snapshot) -> Event | None:
        """Asks WebNet for the device's customer as it is now, and returns None where there is none. Raises WebNetError."""
        try:
            device = self._webnet.device(newer.device)
        except WebNetMissing:
            return None
        if device.customer is None:
            return None
        old, new = self._redactor.pair(older.text, newer.text)
        found = diff(lines_of(old), lines_of(new), Volatile(self._ignored, device.platform))
        values: dict[str, Any] = {
            "device": device.id,
            "hostname": cut(device.hostname, MOST_OF_A_NAME),
            "before": older.id,
            "snapshot": newer.id,
            "added": found.added,
            "removed": found.removed,
            "magnitude": magnitude(found.added + found.removed),
            "left_out": found.left_out,
            "salted": found.salted,
            "lines": list(_excerpt(found)),
            "alert": None,
        }
        key = f"drift:{device.id}:{newer.id}"
        return Event(key, "drift", DRIFT.flag, device.customer, newer.created_at, values)


class SnapshotDrift:
    """Receives new snapshots from the follower and enqueues the event of a change."""

    def __init__(self, changes: Changes, enqueuer: Enqueuer) -> None:
        self._changes = changes
        self._enqueuer = enqueuer

    def receive(self, snapshot: Snapshot, previous: Snapshot | None) -> Callable[[], object] | None:
        """Returns what is to be called in the transaction that moves the follower on, or None if nothing changed."""
        if previous is None or previous.hash == snapshot.hash:
            return None
        event = self._changes.event(previous, snapshot)
        if event is None or not event.data["added"] + event.data["removed"]:
            return None  # a config that differs in volatile lines only did not drift
        return lambda: self._enqueuer.enqueue([event])


@dataclass(frozen=True, slots=True)
class _Alerted:
    alert: Alert
    event: Event


class AlertFeed:
    """Follows WebNet's alerts. An alert names neither its customer nor its device: it belongs to the device whose own list
    of drifts holds its record. The host name only says which devices to ask for."""

    def __init__(
        self, webnet: WebNet, store: Store, redactor: Redactor, changes: Changes, enqueuer: Enqueuer,
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._webnet = webnet
        self._store = store
        self._redactor = redactor
        self._changes = changes
        self._enqueuer = enqueuer
        self._now = now
        self._new_rows = NewRows(NAME, webnet.alerts_page, webnet.alert, store, now)

    def read(self, poll: Poll) -> None:
        waiting = self._store.missing.all(NAME)
        news = self._new_rows.look(poll.go_on)
        ready: list[_Alerted] = []
        later: list[Gap] = []
        parked: list[Alert] = []
        for alert in news.rows:
            poll.go_on()
            event = self._readable(alert)
            if event is not None:
                ready.append(_Alerted(alert, event))
            elif gap := self._new_rows.later(alert.id, waiting):  # the copy of the devices may not have it yet
                later.append(gap)
            else:
                parked.append(alert)
        if not news.nothing:
            with poll.writing():
                self._new_rows.keep(news)
                self._store.missing.put(NAME, later)
                for one in ready:
                    self._enqueue(one)
                self._park(parked)

    def _readable(self, alert: Alert) -> Event | None:
        """Returns None where the event cannot be made: one alert that fails must not hold up the others."""
        try:
            return self._event(alert)
        except Passing:
            raise
        except WebNetBroken as error:
            log.warning("what drift alert %d is about cannot be read: %s", alert.id, error.words)
        except (BotError, StoreError):
            raise
        except Exception:
            log.exception("no notice can be made of drift alert %d", alert.id)
        return None

    def _event(self, alert: Alert) -> Event | None:
        """Returns None where no device has this alert."""
        found = next(self._owners(alert), None)
        if found is None:
            return None
        try:
            older, newer = self._webnet.snapshot(found.older), self._webnet.snapshot(found.newer)
        except WebNetMissing:
            return None
        if (older.device, newer.device) != (found.device, found.device):
            return None
        event = self._changes.event(older, newer)
        return event and replace(event, data={**event.data, "alert": self._words(alert)})

    def _owners(self, alert: Alert) -> Iterator[Drift]:
        for device in self._store.directory.named_anywhere(alert.hostname):
            try:
                drifts = self._webnet.drifts(device.id, EVER)
            except WebNetMissing:
                continue
            except Passing:
                raise
            except WebNetBroken:
                log.warning("the drifts of device %d cannot be read", device.id)
                continue
            yield from (drift for drift in drifts if drift.id == alert.drift and drift.device == device.id)

    def _words(self, alert: Alert) -> dict[str, Any]:
        return {
            "id": alert.id,
            "severity": cut(alert.severity, MOST_OF_A_NAME),
            "open": alert.status == "open",
            "message": cut(self._redactor.config(alert.message), MOST_OF_A_MESSAGE),
        }

    def _enqueue(self, alerted: _Alerted) -> None:
        """Adds the alert to the notice of its change if that waits still, and else enqueues a notice of its own."""
        event = alerted.event
        joined = self._join(event)
        if joined is None:
            self._enqueuer.enqueue([event])
            # On PostgreSQL another process may have noted the change meanwhile: then nothing was added.
            joined = self._join(event)
        if joined is False:
            happened_at = alerted.alert.detected_at or self._now()
            self._enqueuer.enqueue([replace(event, key=f"drift:alert:{alerted.alert.id}", happened_at=happened_at)])

    def _join(self, event: Event) -> bool | None:
        return self._store.outbox.amend(event.key, {"alert": event.data["alert"]})

    def _park(self, alerts: list[Alert]) -> None:
        if not alerts:
            return
        log.warning("nobody is notified of drift alerts that belong to no device: %s", [alert.id for alert in alerts])
        before = self._store.cursors.get(PARKED)
        self._store.cursors.put(PARKED, str(int(before.value if before else 0) + len(alerts)))


def magnitude(lines: int) -> str:
    """Says how much changed in WebNet's words and with WebNet's limits."""
    if not lines:
        return "No changes"
    return "Minor changes" if lines < 10 else "Moderate changes" if lines < 50 else "Major changes"


def _excerpt(found: Diff) -> Iterator[str]:
    """Yields the first lines of the diff, as many as a notice holds."""
    left, space = MOST_LINES, MOST_CHARACTERS
    for hunk in found.hunks:
        lines = [f"@@ {hunk.section}".rstrip(), *(f"{line.sign} {line.text}" for line in hunk.lines)]
        for line in lines:
            shown = cut(line.rstrip(), WIDTH)
            left, space = left - 1, space - len(shown) - 1
            if left < 0 or space < 0:
                return
            yield shown
