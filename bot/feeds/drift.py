"""The feed of drift: a config that differs from the one before, and the alerts that WebNet raises about such a change."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.configs.diff import Diff, diff
from bot.configs.drift_alerts import EVER
from bot.configs.sections import lines_of
from bot.core.errors import BotError, WebNetBroken, WebNetMissing
from bot.core.events import Event
from bot.core.notice_kinds import DRIFT
from bot.core.text import cut
from bot.feeds.enqueue import Telling
from bot.feeds.new_rows import Newest
from bot.feeds.poller import Turn
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
    """Events of configs that changed. Both texts are redacted whole, as a pair, before they are compared."""

    def __init__(self, webnet: WebNet, redactor: Redactor) -> None:
        self._webnet = webnet
        self._redactor = redactor

    def event(self, older: Snapshot, newer: Snapshot) -> Event | None:
        """None for a device of no customer. Whose it is, WebNet says now. Raises WebNetError."""
        try:
            device = self._webnet.device(newer.device)
        except WebNetMissing:
            return None
        if device.customer is None:
            return None
        old, new = self._redactor.pair(older.text, newer.text)
        found = diff(lines_of(old), lines_of(new))
        values: dict[str, Any] = {
            "device": device.id,
            "hostname": cut(device.hostname, MOST_OF_A_NAME),
            "before": older.id,
            "snapshot": newer.id,
            "added": found.added,
            "removed": found.removed,
            "magnitude": magnitude(found.added + found.removed),
            "lines": list(_excerpt(found)),
            "alert": None,
        }
        key = f"drift:{device.id}:{newer.id}"
        return Event(key, "drift", DRIFT.flag, device.customer, newer.created_at, values)


class DriftTaker:
    """Takes new snapshots from the follower."""

    def __init__(self, changes: Changes, telling: Telling) -> None:
        self._changes = changes
        self._telling = telling

    def take(self, snapshot: Snapshot, previous: Snapshot | None) -> Callable[[], object] | None:
        if previous is None or previous.hash == snapshot.hash:
            return None
        event = self._changes.event(previous, snapshot)
        return None if event is None else lambda: self._telling.tell([event])


@dataclass(frozen=True, slots=True)
class _Told:
    alert: Alert
    event: Event


class AlertFeed:
    """An alert says neither whose it is nor on which device: it belongs to the device whose own list of drifts holds its
    record. The host name only says which devices to ask."""

    def __init__(
        self, webnet: WebNet, store: Store, redactor: Redactor, changes: Changes, telling: Telling,
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._webnet = webnet
        self._store = store
        self._redactor = redactor
        self._changes = changes
        self._telling = telling
        self._now = now
        self._newest = Newest(NAME, webnet.alerts_page, webnet.alert, store, now)

    def read(self, turn: Turn) -> None:
        waiting = self._store.missing.all(NAME)
        news = self._newest.look(turn.go_on)
        told: list[_Told] = []
        later: list[Gap] = []
        parked: list[Alert] = []
        for alert in news.rows:
            turn.go_on()
            event = self._readable(alert)
            if event is not None:
                told.append(_Told(alert, event))
            elif gap := self._newest.later(alert.id, waiting):  # the copy of the devices may not have it yet
                later.append(gap)
            else:
                parked.append(alert)
        if not news.nothing:
            with turn.writing():
                self._newest.keep(news)
                self._store.missing.put(NAME, later)
                for one in told:
                    self._tell(one)
                self._park(parked)

    def _readable(self, alert: Alert) -> Event | None:
        """One alert over which this stumbles must not keep the others."""
        try:
            return self._event(alert)
        except Passing:
            raise
        except WebNetBroken as error:
            log.warning("what drift alert %d is about cannot be read: %s", alert.id, error.words)
        except (BotError, StoreError):
            raise
        except Exception:
            log.exception("drift alert %d cannot be told", alert.id)
        return None

    def _event(self, alert: Alert) -> Event | None:
        """None where no device has it."""
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

    def _tell(self, told: _Told) -> None:
        """Joins the notice of the same change, where nobody was told of that yet."""
        event = told.event
        joined = self._join(event)
        if joined is None:
            self._telling.tell([event])
            # On PostgreSQL another process may have noted the change meanwhile: then nothing was added.
            joined = self._join(event)
        if joined is False:
            happened_at = told.alert.detected_at or self._now()
            self._telling.tell([replace(event, key=f"drift:alert:{told.alert.id}", happened_at=happened_at)])

    def _join(self, event: Event) -> bool | None:
        return self._store.outbox.amend(event.key, {"alert": event.data["alert"]})

    def _park(self, alerts: list[Alert]) -> None:
        if not alerts:
            return
        log.warning("drift alerts that belong to no device are told to nobody: %s", [alert.id for alert in alerts])
        before = self._store.cursors.get(PARKED)
        self._store.cursors.put(PARKED, str(int(before.value if before else 0) + len(alerts)))


def magnitude(lines: int) -> str:
    """In WebNet's words, and with its limits."""
    if not lines:
        return "No changes"
    return "Minor changes" if lines < 10 else "Moderate changes" if lines < 50 else "Major changes"


def _excerpt(found: Diff) -> Iterator[str]:
    """The first lines of the first places."""
    left, room = MOST_LINES, MOST_CHARACTERS
    for hunk in found.hunks:
        lines = [f"@@ {hunk.section}".rstrip(), *(f"{line.sign} {line.text}" for line in hunk.lines)]
        for line in lines:
            shown = cut(line.rstrip(), WIDTH)
            left, room = left - 1, room - len(shown) - 1
            if left < 0 or room < 0:
                return
            yield shown
