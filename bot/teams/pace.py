"""How fast Teams lets a bot post into one conversation, so that it is not refused there."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

# Of Teams' documentation, for one bot in one conversation: so many calls within so many seconds.
LIMITS = ((7, 1.0), (8, 2.0), (60, 30.0), (1_800, 3_600.0))
LONGEST_S = LIMITS[-1][1]
MOST_KEPT = 2_000  # conversations; those longest without a call are forgotten. Teams takes 50 calls a second of a bot, over all of them


class Pace:
    """Notes the calls of this process. Another replica has its own, so that Teams may still refuse one. Safe to share between threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._calls: dict[str, deque[float]] = {}  # by conversation, the one called last at the end

    def claim(self, conversation: str) -> float:
        """Returns 0 and counts a call that may be made now, else how many seconds to wait before one is claimed again."""
        with self._lock:
            now = self._clock()
            calls = self._calls.pop(conversation, None) or deque(maxlen=LIMITS[-1][0])
            self._calls[conversation] = calls
            while len(self._calls) > MOST_KEPT:
                del self._calls[next(iter(self._calls))]
            while calls and now - calls[0] >= LONGEST_S:
                calls.popleft()
            wait_s = max(
                (calls[-most] + within_s - now for most, within_s in LIMITS if len(calls) >= most), default=0.0
            )
            if wait_s > 0:
                return wait_s
            calls.append(now)
            return 0.0
