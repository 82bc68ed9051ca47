"""Whether the threads live without which the bot does nothing: each says so once, and a loop beats whenever it comes round."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

from bot.core.text import duration

BEAT_S = 1.0  # between two beats of an event loop
SILENT_S = 60.0  # longer than a loop needs to come round that waits for nobody
STORE_SILENT_S = 600.0  # and one that works with the store, which may be away, or on a disk that stalls
STOOD_STILL_S = 5.0  # without a look: the whole process was stopped meanwhile, and no loop could beat


class Heartbeats:
    """Counts by the monotonic clock. Safe to use from any thread."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._threads: set[threading.Thread] = set()
        self._beats: dict[
            threading.Thread, tuple[float, float]
        ] = {}  # when it was, and within what time the next one comes
        self._looked_at = self._since = monotonic()
        self._released = False

    def must_live(self) -> None:
        """Is called in a thread that must live until the bot stops, before it does anything else."""
        with self._lock:
            self._threads.add(threading.current_thread())

    def beat(self, within_s: float = SILENT_S) -> None:
        """Is called by a loop whenever it comes round, which it does every few seconds. It hangs if it does not come round again
        within `within_s`. Its thread must live, too."""
        with self._lock:
            self._beats[threading.current_thread()] = self._monotonic(), within_s

    def follow(self, loop: asyncio.AbstractEventLoop) -> None:
        """Beats for an event loop from now on. Is called on its thread."""
        self.beat()
        loop.call_later(BEAT_S, self.follow, loop)

    def release(self) -> None:
        """Lets every thread end from now on, since the bot stops."""
        self._released = True

    def look(self) -> str:
        """Says what is wrong, for whoever ends the process then; empty while all is well. Is called several times a second,
        by one thread, which is watched as well."""
        now = self._monotonic()
        if now - self._looked_at > STOOD_STILL_S:
            self._since = now
        self._looked_at = now
        self.beat()
        return " ".join(self.trouble().values())

    def ages_s(self) -> dict[str, float]:
        """Since when each loop has not come round, by the name of its thread."""
        now = self._monotonic()
        with self._lock:
            return {thread.name: now - at for thread, (at, _) in self._beats.items()}

    def trouble(self) -> dict[str, str]:
        """A sentence for each thread that has died or hangs, by its name."""
        if self._released:
            return {}
        now = self._monotonic()
        with self._lock:
            threads, beats = {*self._threads, *self._beats}, dict(self._beats)
        silent_s = {thread: (now - max(at, self._since), within_s) for thread, (at, within_s) in beats.items()}
        found = {
            thread.name: f"The loop {thread.name} has not come round for {duration(age_s)}."
            for thread, (age_s, within_s) in silent_s.items()
            if age_s > within_s
        }
        return found | {
            thread.name: f"The thread {thread.name} has died." for thread in threads if not thread.is_alive()
        }
