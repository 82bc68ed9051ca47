"""Reads the drift alerts of one customer. An alert names neither customer nor device, only a host name, and names repeat
across customers: it belongs to the device whose own list of drifts holds its record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.configs.open_alerts import EVER, OpenAlerts, OpenDrift
from bot.core.commands import Caller
from bot.core.errors import NotFound, WebNetMissing
from bot.devices.directory import Directory
from bot.webnet.client import WebNet
from bot.webnet.models import Alert
from bot.webnet.target import Target


@dataclass(frozen=True, slots=True)
class Alerts:
    """Reads, acknowledges and resolves the drift alerts of one customer for one caller."""

    customer: int
    caller: Caller
    _webnet: WebNet
    _directory: Directory
    _open: OpenAlerts
    _acknowledged_by: Callable[[int, int, int], str]
    _require_approval: Callable[[str], None]

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

    def open(self) -> OpenDrift:
        """Returns those that are open among WebNet's newest. Raises WebNetError."""
        return self._open.of(self.customer)

    def acknowledged_by(self, alert: Alert, target: Target) -> str:
        """Names who acknowledged it. Where WebNet has the bot's own account, the audit log knows for whom that was."""
        by = alert.acknowledged_by
        own = by and by == self._webnet.me().username
        return (self._acknowledged_by(self.customer, target.id, alert.id) if own else "") or by

    def acknowledge(self, alert: Alert) -> Alert:
        """Returns the alert as WebNet has it now, unless a second person has to approve first: then raises what asks for that."""
        self._require_approval("ack")
        changed = self._webnet.acknowledge_alert(alert.id, self.caller) or alert
        self._open.changed(self.customer, alert.id, "acknowledged")
        return changed

    def resolve(self, alert: Alert, notes: str) -> Alert:
        """Does so as `acknowledge` does."""
        self._require_approval("resolve")
        changed = self._webnet.resolve_alert(alert.id, notes, self.caller) or alert
        self._open.changed(self.customer, alert.id, "resolved")
        return changed
