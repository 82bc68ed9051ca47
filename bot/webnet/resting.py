"""Remembers which things of WebNet cannot be read, such as the configs of one device, so that they keep no others back, and WebNet is not
asked for them over and over."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from bot.webnet.client import WebNet
from bot.webnet.responses import FAULTS_OF_ONE

log = logging.getLogger(__name__)

LEAST = timedelta(minutes=15)
MOST = timedelta(days=1)

Key = TypeVar("Key", bound=Hashable)
T = TypeVar("T")


class Resting(Generic[Key]):
    """Safe to share between threads."""

    def __init__(self, now: Callable[[], datetime], least: timedelta = LEAST, most: timedelta = MOST) -> None:
        self._now = now
        self._least = least
        self._most = most
        self._lock = threading.Lock()
        self._failed: dict[Key, tuple[datetime, datetime]] = {}  # when it failed first, and until when it rests

    def attempt(self, webnet: WebNet, key: Key, what: str, read: Callable[[], T]) -> T | None:
        """Returns what `read` does; None where WebNet cannot show just this, which then rests. `what` names it in the log. Raises
        WebNetError if WebNet is away."""
        try:
            found = read()
        except FAULTS_OF_ONE as error:
            webnet.require_admin()
            log.warning("%s cannot be read: %s", what, error.words)
            self.failed(key)
            return None
        self.read(key)
        return found

    def failed(self, key: Key) -> timedelta:
        """Lets a thing rest, each time as long as all times before, from `least` to `most`, and returns for how long."""
        now = self._now()
        with self._lock:
            since, _ = self._failed.get(key, (now, now))
            rest = min(max(now - since, self._least), self._most)
            self._failed[key] = since, now + rest
        return rest

    def read(self, key: Key) -> None:
        """Forgets that it failed."""
        with self._lock:
            self._failed.pop(key, None)

    def now(self) -> set[Key]:
        """Returns those that rest now."""
        now = self._now()
        with self._lock:
            return {key for key, (_, until) in self._failed.items() if until > now}
