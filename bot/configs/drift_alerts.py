"""Reads the drift alerts of one customer. An alert names neither customer nor device, only a host name, and names repeat
across customers: it belongs to the device whose own list of drifts holds its record."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.errors import NotFound, WebNetMissing
from bot.devices.directory import Directory
from bot.webnet.client import Target, WebNet
from bot.webnet.models import Alert

EVER = 36_500  # days; WebNet's own default is 30


@dataclass(frozen=True, slots=True)
class Alerts:
    """Reads and acknowledges the drift alerts of one customer."""

    customer: int
    _webnet: WebNet
    _directory: Directory

    def get(self, number: int) -> tuple[Alert, Target]:
        """Reads the alert of this number and finds its device. Raises NotFound, alike if it is missing or another customer's."""
        missing = NotFound(f"There is no drift alert #{number} here.")
        try:
            alert = self._webnet.alert(number)
            for target in self._directory.named(self.customer, alert.hostname):
                if any(drift.id == alert.drift for drift in self._webnet.drifts(target.id, EVER)):
                    return alert, target
        except WebNetMissing:
            raise missing from None
        raise missing

    def acknowledge(self, alert: Alert) -> None:
        self._webnet.acknowledge_alert(alert.id)
