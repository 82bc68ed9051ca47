"""How the calls of the Bot Connector went that this process made, from memory alone."""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.core.errors import ChatError

THROTTLED_S = 60.0  # after which Teams is believed to take messages as they come again


class Calls:
    """Notes the last call. What Teams refused for good it answered; what it only put off it throttled. Safe to share between threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: tuple[float, str] | None = None  # when it ended, and what was wrong
        self._throttled_at = float("-inf")

    def went(self) -> None:
        self._last = self._clock(), ""

    def failed(self, error: ChatError) -> None:
        self._last = self._clock(), "" if error.kind in {"permanent", "content"} else error.words

    def were_throttled(self) -> None:
        self._throttled_at = self._clock()

    @property
    def throttled(self) -> bool:
        return self._clock() - self._throttled_at < THROTTLED_S

    @property
    def last(self) -> tuple[float, str] | None:
        """How many seconds ago the last call ended, and a sentence about what was wrong with it, empty if Teams answered; None before
        the first."""
        last = self._last
        return None if last is None else (self._clock() - last[0], last[1])
