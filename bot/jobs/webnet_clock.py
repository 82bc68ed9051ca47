"""Tells WebNet's time. WebNet names none of its own, as not every server sends a Date header, and what it stamps its jobs with
may be hours from the clock of this machine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.webnet.models import Job
from store.cursors import Cursors

NAME = "webnet:ahead"  # cursor: by how many seconds WebNet's clock is ahead of the bot's
CLOCKS_DIFFER = timedelta(seconds=60)  # by how much WebNet's clock may be off, at most, beyond what is known of it
STEADY = timedelta(seconds=30)  # a smaller difference comes from the time between two looks


class WebNetClock:
    """Adds to the bot's clock by how much WebNet's was ahead when last a job was seen that was new. All replicas know that."""

    def __init__(self, cursors: Cursors, now: Callable[[], datetime]) -> None:
        self._cursors = cursors
        self._now = now

    def now(self) -> datetime:
        return self._now() + self.ahead()

    def saw_new(self, job: Job) -> None:
        """Takes the time from a job that was asked for within the last seconds; belongs into a transaction."""
        if job.requested_at is not None:
            ahead = job.requested_at - self._now()
            if abs(ahead - self.ahead()) > STEADY:
                self._cursors.put(NAME, str(ahead.total_seconds()))

    def ahead(self) -> timedelta:
        """Returns by how much WebNet's clock is ahead of the bot's, as far as that is known."""
        cursor = self._cursors.get(NAME)
        return timedelta(seconds=float(cursor.value)) if cursor else timedelta(0)
