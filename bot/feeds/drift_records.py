"""Finds WebNet's record of the change that a drift alert is about: in the list of one of the devices that have its host name."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from bot.configs.open_alerts import EVER
from bot.core.errors import WebNetMissing
from bot.feeds.new_rows import REST
from bot.gaps import LOOK_FOR
from bot.resting import Resting
from bot.webnet.client import WebNet
from bot.webnet.models import Alert, Drift
from bot.webnet.responses import FAULTS_OF_ONE
from store.directory import Directory

log = logging.getLogger(__name__)


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
        try:
            drifts = self._webnet.drifts(device, EVER)
        except WebNetMissing:
            return []
        except FAULTS_OF_ONE as error:
            self._webnet.require_admin()
            log.warning("the drifts of device %d cannot be read: %s", device, error.words)
            self._resting.failed(device)
            return None
        self._resting.read(device)
        return [drift for drift in drifts if drift.device == device]
