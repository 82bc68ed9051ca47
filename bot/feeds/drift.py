"""Follows drift: a config that differs from the one before, and the alerts that WebNet raises about such a change."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.configs.diff import Diff, diff
from bot.configs.follower import Previous
from bot.configs.keeper import Keeper
from bot.configs.open_alerts import note_change
from bot.configs.sections import lines_of
from bot.configs.volatile import Volatile
from bot.core.errors import BotError, WebNetMissing
from bot.core.events import Event
from bot.core.line_patterns import LinePattern
from bot.core.notice_kinds import DRIFT
from bot.core.text import cut
from bot.feeds.drift_records import DriftRecords, Unreadable
from bot.feeds.enqueue import Enqueuer
from bot.feeds.facts import KnownDevices, of_alert, of_change
from bot.feeds.new_rows import REST, NewRows
from bot.feeds.poller import Poll
from bot.feeds.resolved import ResolvedAlerts
from bot.gaps import LOOK_FOR
from bot.redaction.redactor import Redactor
from bot.webnet.client import WebNet
from bot.webnet.models import Alert, Snapshot
from bot.webnet.responses import FAULTS_OF_ONE
from bot.webnet.resting import Resting
from store.config_changes import ConfigChanges
from store.database import Store
from store.deploys import Deploys
from store.device_changes import Change, DeviceChanges
from store.errors import StoreError
from store.missing import Gap

log = logging.getLogger(__name__)

NAME = "drift"
PARKED = "feed:drift:parked"  # cursor: how many alerts belong to no device
MOST_LINES, MOST_CHARACTERS, WIDTH = 30, 2_500, 160
MOST_OF_A_NAME, MOST_OF_A_MESSAGE = 100, 300


class Changes:
    """Makes events of configs that changed. Both texts are redacted whole, as a pair, before they are compared."""

    def __init__(
        self,
        webnet: WebNet,
        keeper: Keeper,
        deploys: Deploys,
        devices: KnownDevices,
        ignored: tuple[LinePattern, ...] = (),
    ) -> None:
        self._webnet = webnet
        self._devices = devices
        self._keeper = keeper
        self._ignored = ignored
        self._deploys = deploys

    def event(self, older: Previous, newer: Snapshot) -> Event | None:
        """Asks WebNet for the device's customer as it is now, and returns None where there is none, and where the two cannot be
        compared. Raises WebNetError."""
        try:
            device = self._webnet.device(newer.device)
        except WebNetMissing:
            return None
        if device.customer is None or (pair := self._keeper.pair(older, newer)) is None:
            return None
        found = diff(lines_of(pair[0]), lines_of(pair[1]), Volatile(self._ignored, device.platform))
        values: dict[str, Any] = {
            "device": device.id,
            "hostname": cut(device.hostname, MOST_OF_A_NAME),
            "before": older.id if isinstance(older, Snapshot) else older.snapshot,
            "snapshot": newer.id,
            "added": found.added,
            "removed": found.removed,
            "magnitude": magnitude(found.added + found.removed),
            "left_out": found.left_out,
            "salted": found.salted,
            "lines": list(_excerpt(found)),
            "alert": None,
            "deploy": self._deploy(newer, device.customer),
        }
        key = f"drift:{device.id}:{newer.id}"
        facts = of_change(self._devices.one(device.customer, device.id, device.hostname))
        return Event(key, "drift", DRIFT.flag, device.customer, newer.created_at, values, facts=facts)

    def _deploy(self, snapshot: Snapshot, customer: int) -> dict[str, Any] | None:
        """Returns the deploy whose backup made this snapshot: its number, and who approved it."""
        deploy = self._deploys.of_job(snapshot.job, customer) if snapshot.job else None
        return {"id": deploy.id, "approver": deploy.approver} if deploy else None


class SnapshotDrift:
    """Receives new snapshots from the follower, keeps whether their backups found a change, and enqueues the event of one."""

    def __init__(self, changes: Changes, kept: ConfigChanges, of_devices: DeviceChanges, enqueuer: Enqueuer) -> None:
        self._changes = changes
        self._kept = kept
        self._of_devices = of_devices
        self._enqueuer = enqueuer

    def receive(self, snapshot: Snapshot, previous: Previous | None) -> Callable[[], object] | None:
        """Returns what is to be called in the transaction that moves the follower on, or None if it is not known whether anything
        changed."""
        if previous is None:
            return None
        if previous.hash == snapshot.hash:
            return lambda: self._keep(snapshot, previous, None)
        event = self._changes.event(previous, snapshot)
        if event is None:
            return None
        drifted = event.data["added"] + event.data["removed"]  # without volatile lines
        return lambda: self._keep(snapshot, previous, event if drifted else None)

    def _keep(self, snapshot: Snapshot, previous: Previous, event: Event | None) -> None:
        if snapshot.job is not None:
            self._kept.put(snapshot.job, snapshot.device, changed=event is not None)
        if event is not None:
            self._of_devices.put(_change(event, previous.created_at))
            self._enqueuer.enqueue([event])


def _change(event: Event, before_at: datetime) -> Change:
    deploy = event.data["deploy"] or {"id": None, "approver": ""}
    return Change(
        snapshot=event.data["snapshot"],
        device=event.data["device"],
        customer=event.customer,
        added=event.data["added"],
        removed=event.data["removed"],
        before_at=before_at,
        changed_at=event.happened_at,
        deploy=deploy["id"],
        approver=deploy["approver"],
    )


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
        self._new_rows = NewRows(NAME, webnet, webnet.alerts_page, webnet.alert, store, now)
        self._resolved = ResolvedAlerts(webnet, store, enqueuer, now)
        self._resting = Resting[int](now, REST, LOOK_FOR)  # alerts about which something cannot be read
        self._records = DriftRecords(webnet, store.directory, now)

    def read(self, poll: Poll) -> None:
        waiting = self._store.missing.all(NAME)
        news = self._new_rows.look(poll.go_on)
        ready: list[_Alerted] = []
        later: list[Gap] = []
        parked: list[Alert] = []
        for alert in news.rows:
            poll.go_on()
            event = None if alert.id in self._resting.now() else self._readable(alert)
            broken = alert.id in self._resting.now()  # else the copy of the devices may not have it yet
            if event is not None:
                ready.append(_Alerted(alert, event))
            elif gap := self._new_rows.later(alert.id, waiting, broken=broken):
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
        self._resolved.look(poll)

    def _readable(self, alert: Alert) -> Event | None:
        """Returns None where the event cannot be made: one alert that fails must not hold up the others."""
        event = None
        try:
            event = self._event(alert)
            self._resting.read(alert.id)
        except Unreadable:
            self._resting.failed(alert.id)
        except FAULTS_OF_ONE as error:
            self._webnet.require_admin()
            log.warning("what drift alert %d is about cannot be read: %s", alert.id, error.words)
            self._resting.failed(alert.id)
        except (BotError, StoreError):
            raise
        except Exception:
            log.exception("no notice can be made of drift alert %d", alert.id)
        return event

    def _event(self, alert: Alert) -> Event | None:
        """Returns None where no device has this alert."""
        found = self._records.of(alert)
        if found is None:
            return None
        try:
            older, newer = self._webnet.snapshot(found.older), self._webnet.snapshot(found.newer)
        except WebNetMissing:
            return None
        if (older.device, newer.device) != (found.device, found.device):
            return None
        event = self._changes.event(older, newer)
        return event and replace(
            event, data={**event.data, "alert": self._words(alert)}, facts=of_alert(event.facts, alert)
        )

    def _words(self, alert: Alert) -> dict[str, Any]:
        return {
            "id": alert.id,
            "severity": cut(alert.severity, MOST_OF_A_NAME),
            "open": alert.status == "open",
            "message": cut(self._redactor.config(alert.message), MOST_OF_A_MESSAGE),
        }

    def _enqueue(self, alerted: _Alerted) -> None:
        """Adds the alert to the notice of its change if that waits still, which may be for more channels now, and else enqueues a
        notice that answers it."""
        event = alerted.event
        note_change(self._store.cursors, event.customer, alerted.alert.id)
        joined = self._join(event)
        if joined is not False:
            self._enqueuer.enqueue([event])
            # On PostgreSQL another process may have noted the change meanwhile: then nothing was added.
            joined = self._join(event)
        if joined is False:
            happened_at, key = alerted.alert.detected_at or self._now(), f"drift:alert:{alerted.alert.id}"
            data = {**event.data, "lines": []}  # the notice of the change has shown them
            self._enqueuer.enqueue([replace(event, key=key, happened_at=happened_at, data=data, answers=event.key)])

    def _join(self, event: Event) -> bool | None:
        return self._store.outbox.amend(event.key, {"alert": event.data["alert"]}, event.facts.json())

    def _park(self, alerts: list[Alert]) -> None:
        if not alerts:
            return
        ids = [alert.id for alert in alerts]
        log.warning(
            "nobody is notified of drift alerts that belong to no device, or to one that WebNet cannot show: %s", ids
        )
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
