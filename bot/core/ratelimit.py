"""Limits how often one requester may ask."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable

WINDOW_S = 60.0


class RateLimit:
    """Allows so many requests in any minute per key. The count is kept in this process only, so that with n replicas a
    requester has up to n times as many."""

    def __init__(self, per_minute: int, monotonic: Callable[[], float]) -> None:
        self._per_minute = per_minute
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._asked: dict[Hashable, deque[float]] = {}

    def wait_s(self, key: Hashable) -> float:
        """Returns 0 and counts the request, or returns the seconds until the next one will be allowed."""
        now = self._monotonic()
        with self._lock:
            asked = self._asked.setdefault(key, deque())
            while asked and asked[0] <= now - WINDOW_S:
                asked.popleft()
            if len(asked) >= self._per_minute:
                return asked[0] + WINDOW_S - now
            asked.append(now)
            if len(self._asked) > 10_000:
                self._forget_idle(now)
            return 0.0

    def _forget_idle(self, now: float) -> None:
        self._asked = {key: asked for key, asked in self._asked.items() if asked and asked[-1] > now - WINDOW_S}
