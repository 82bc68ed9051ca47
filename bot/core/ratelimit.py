"""Limits how often one requester may ask."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable

WINDOW_S = 60.0


class RateLimit:
    """Allows so many requests in any minute, or another window, per key. The count is kept in this process only, so that with n
    replicas a requester has up to n times as many, unless `share` says how many there are."""

    def __init__(self, most: int, monotonic: Callable[[], float], *, window_s: float = WINDOW_S) -> None:
        self._most = most
        self._monotonic = monotonic
        self._window_s = window_s
        self._lock = threading.Lock()
        self._asked: dict[Hashable, deque[float]] = {}

    def wait_s(self, key: Hashable, share: int = 1) -> float:
        """Returns 0 and counts the request, or returns the seconds until the next one will be allowed. Of `share` processes each
        may do its part of the requests."""
        now = self._monotonic()
        with self._lock:
            asked = self._asked.setdefault(key, deque())
            while asked and asked[0] <= now - self._window_s:
                asked.popleft()
            if len(asked) >= max(1, self._most // share):
                return asked[0] + self._window_s - now
            asked.append(now)
            if len(self._asked) > 10_000:
                self._forget_idle(now)
            return 0.0

    def _forget_idle(self, now: float) -> None:
        self._asked = {key: asked for key, asked in self._asked.items() if asked and asked[-1] > now - self._window_s}
