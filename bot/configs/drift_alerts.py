"""Drift alerts of one customer. An alert says neither whose it is nor on which device, only a host name, and names repeat
across customers: it belongs to the device whose own list of drifts holds its record."""

from __future__ import annotations

from bot.core.errors import NotFound, WebNetMissing
from bot.devices.directory import Directory
from bot.webnet.client import Target, WebNet
from bot.webnet.models import Alert

EVER = 36_500  # days; WebNet's own default is 30


def of_customer(webnet: WebNet, directory: Directory, customer: int, alert_id: int) -> tuple[Alert, Target]:
    """The alert and its device; NotFound alike for one that is missing and one of another customer."""
    missing = NotFound(f"There is no drift alert #{alert_id} here.")
    try:
        alert = webnet.alert(alert_id)
        for target in directory.named(customer, alert.hostname):
            if any(drift.id == alert.drift for drift in webnet.drifts(target.id, EVER)):
                return alert, target
    except WebNetMissing:
        raise missing from None
    raise missing
