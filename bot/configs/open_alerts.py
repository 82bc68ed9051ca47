"""The drift alerts of one customer that are open. WebNet lists those of all customers together and cannot filter, and an alert
names no device but only a host name: it belongs to the device whose own list of drifts holds its record."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.core.errors import WebNetMissing
from bot.devices.directory import Directory
from bot.gaps import LOOK_FOR
from bot.webnet.client import WebNet
from bot.webnet.models import Alert, Drift
from bot.webnet.resting import Resting
from bot.webnet.target import Target
from store.errors import StoreError

EVER = 36_500  # days; WebNet's own default is 30
OPEN = "open"
COPY_S = 5.0  # for which one reading of the list serves all callers
MOST_PAGES = 4  # of fifty alerts, the newest first
MOST_ASKED = 10  # devices whose drifts are read for one list
MOST_KNOWN = 20_000  # alerts and devices of which it is known whether they belong together
REST = timedelta(minutes=1)  # at least, of a device whose drifts cannot be read
CURSOR = "drift:changed:"  # and then the customer: which of its alerts last came, was acknowledged or resolved


def drifts_of(webnet: WebNet, resting: Resting[int], device: int) -> list[Drift] | None:
    """Reads WebNet's records of how a device changed; none of one that is gone, None where they cannot be read. Raises WebNetError."""

    def read() -> list[Drift]:
        with suppress(WebNetMissing):
            return [drift for drift in webnet.drifts(device, EVER) if drift.device == device]
        return []

    return resting.attempt(webnet, device, f"the drifts of device {device}", read)


class Cursors(Protocol):
    def put(self, name: str, value: str) -> None: ...


def note_change(cursors: Cursors, customer: int, alert: int, how: str = OPEN) -> None:
    """Keeps that an alert of this customer came, or was changed through the bot, for whoever follows what is open."""
    cursors.put(f"{CURSOR}{customer}", f"{alert} {how}")


@dataclass(frozen=True, slots=True)
class OpenDrift:
    """Holds open alerts with their devices, the newest first. `complete` is False where there may be more."""

    alerts: tuple[tuple[Alert, Target], ...]
    complete: bool


class OpenAlerts:
    """Reads open alerts for all callers. Safe to share between threads: one of them reads at a time."""

    def __init__(
        self,
        webnet: WebNet,
        directory: Directory,
        cursors: Cursors,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._webnet = webnet
        self._directory = directory
        self._cursors = cursors
        self._monotonic = monotonic
        self._resting = Resting[int](now, REST, LOOK_FOR)  # devices whose drifts cannot be read
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._alerts: tuple[Alert, ...] = ()
        self._whole = True
        self._belongs: dict[tuple[int, int], bool] = {}  # by the ids of a drift and of a device

    def changed(self, customer: int, alert: int, how: str) -> None:
        """Notes that a caller changed an alert, of which the copy would still say that it is open. Raises nothing: WebNet has
        done what was asked for."""
        self._read_at = float("-inf")
        with suppress(StoreError):
            note_change(self._cursors, customer, alert, how)

    def of(self, customer: int) -> OpenDrift:
        """Returns the open alerts among WebNet's newest that are this customer's. Raises WebNetError.

        It may ask for the drifts of some devices, and leaves out the alerts of others, of which it is then not known whose they
        are. What was found once is kept.
        """
        with self._lock:
            self._read()
            asked: list[int] = []
            found, complete = list[tuple[Alert, Target]](), self._whole
            names: dict[str, tuple[Target, ...]] = {}
            for alert in self._alerts:
                name = alert.hostname.casefold()
                if name not in names:
                    names[name] = self._directory.named(customer, alert.hostname)
                for target in names[name]:
                    belongs = self._belongs_to(alert.drift, target.id, asked)
                    complete = complete and belongs is not None
                    if belongs:
                        found.append((alert, target))
                        break
            return OpenDrift(tuple(found), complete)

    def _read(self) -> None:
        if self._monotonic() - self._read_at < COPY_S:
            return
        began, number, pages, alerts = self._monotonic(), 1, 1, dict[int, Alert]()
        while number <= min(pages, MOST_PAGES):
            pages, rows = self._webnet.alerts_page(number)
            alerts.update((alert.id, alert) for alert in rows if alert.status == OPEN)
            number += 1
        self._alerts = tuple(alert for _, alert in sorted(alerts.items(), reverse=True))
        self._whole, self._read_at = pages <= MOST_PAGES, began

    def _belongs_to(self, drift: int, device: int, asked: list[int]) -> bool | None:
        """Says whether a device has this record of a drift; None where that is not known now."""
        known = (drift, device) in self._belongs or device in self._resting.now()
        if not known and len(asked) < MOST_ASKED:
            asked.append(device)
            self._ask(drift, device)
        return self._belongs.get((drift, device))

    def _ask(self, drift: int, device: int) -> None:
        drifts = drifts_of(self._webnet, self._resting, device)
        if drifts is None:
            return
        if len(self._belongs) > MOST_KNOWN:
            self._belongs.clear()
        self._belongs[drift, device] = False
        self._belongs.update(((one.id, device), True) for one in drifts)
