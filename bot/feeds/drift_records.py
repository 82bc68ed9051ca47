"""Finds WebNet's record of the change that a drift alert is about: in the list of one of the devices that have its host name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.configs.open_alerts import drifts_of
from bot.feeds.new_rows import REST
from bot.gaps import LOOK_FOR
from bot.webnet.client import WebNet
from bot.webnet.models import Alert, Drift
from bot.webnet.resting import Resting
from store.directory import Directory


class Unreadable(Exception):
    """Says that an alert may be one of a device whose list cannot be read now."""


class DriftRecords:
    def __init__(self, webnet: WebNet, directory: Directory, now: Callable[[], datetime]) -> None:
        self._webnet = webnet
        self._directory = directory
        self._resting = Resting[int](now, REST, LOOK_FOR)  # devices whose lists cannot be read

    def of(self, alert: Alert) -> Drift | None:
        """Returns None where no device has this alert. Raises Unreadable, and WebNetError if WebNet is away."""
        unreadable = False
        for device in self._directory.named_anywhere(alert.hostname):
            drifts = self._list(device.id)
            unreadable = unreadable or drifts is None
            if found := next((drift for drift in drifts or () if drift.id == alert.drift), None):
                return found
        if unreadable:
            raise Unreadable
        return None

    def _list(self, device: int) -> list[Drift] | None:
        """Returns the records of a device, None where they cannot be read."""
        if device in self._resting.now():
            return None
        return drifts_of(self._webnet, self._resting, device)
