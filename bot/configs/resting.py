"""Remembers which devices cannot be read, so that they keep no others back, and WebNet is not asked for them over and over."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

LEAST = timedelta(minutes=15)
MOST = timedelta(days=1)


class Resting:
    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._failed: dict[
            int, tuple[datetime, datetime]
        ] = {}  # by device, when it failed first, and until when it rests

    def failed(self, device: int) -> None:
        """Lets a device rest: each time as long as all times before, from LEAST to MOST."""
        now = self._now()
        with self._lock:
            since, _ = self._failed.get(device, (now, now))
            self._failed[device] = since, now + min(max(now - since, LEAST), MOST)

    def read(self, device: int) -> None:
        """Forgets that the device failed."""
        with self._lock:
            self._failed.pop(device, None)

    def devices(self) -> set[int]:
        """Returns those that rest now."""
        now = self._now()
        with self._lock:
            return {device for device, (_, until) in self._failed.items() if until > now}
