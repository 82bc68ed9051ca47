"""Finds the jobs that ended lately in a list that WebNet orders by the time of their end.

Jobs without an end come first in that list on PostgreSQL and last on SQLite, so the first that ended may stand on any
page. That page is found by galloping and halving, and remembered: while nothing changes, one request is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from bot.core.errors import WebNetMissing
from bot.webnet.models import Job

Fetch = Callable[[int], tuple[int, tuple[Job, ...]]]


class Ends:
    """Reads the list of ended jobs for one look. `fetch(number)` gives (number of pages, jobs by falling time of their end)."""

    def __init__(self, fetch: Fetch, hint: int) -> None:
        self._fetch = fetch
        self._pages = 1
        self._read: dict[int, tuple[Job, ...]] = {}
        self.page = max(1, hint)

    def newest_first(self, until: datetime) -> Iterator[tuple[Job, ...]]:
        """Yields the jobs that ended, a page at a time, down to the first that did not end after `until`. `page` is then the
        page where the newest one stood."""
        self.page = number = self._first_with_an_end()
        while number == self.page or number <= self._pages:
            rows = self._rows(number)
            ended = tuple(job for job in rows if job.finished_at)
            yield ended
            oldest = min((job.finished_at for job in ended if job.finished_at), default=None)
            if oldest is None or oldest <= until or not rows[-1].finished_at:
                return
            number += 1

    def without_end(self) -> Iterator[tuple[Job, ...]]:
        """Yields the jobs that have not ended, a page at a time: they stand together, at the beginning or the end of the list."""
        first = self._first_with_an_end()
        yield from (self._open(number) for number in range(1, first + 1))
        number = self._pages
        while number > first and (rows := self._open(number)):
            yield rows
            number -= 1

    def _first_with_an_end(self) -> int:
        """Returns the number of the first page with a job that has ended, or 1 if there is none."""
        number, step = self.page if self._rows(self.page) else 1, 1
        while self._has_end(number):
            if number == 1 or not self._rows(number)[0].finished_at:
                return number
            lower = max(1, number - step)
            if not self._has_end(lower):
                return self._between(lower, number)
            number, step = lower, step * 2
        while number < self._pages:
            higher = min(number + step, self._pages)
            if self._has_end(higher):
                return self._between(number, higher)
            number, step = higher, step * 2
        return 1

    def _between(self, without: int, with_end: int) -> int:
        while with_end - without > 1:
            middle = (without + with_end) // 2
            if self._has_end(middle):
                with_end = middle
            else:
                without = middle
        return with_end

    def _has_end(self, number: int) -> bool:
        return any(job.finished_at for job in self._rows(number))

    def _open(self, number: int) -> tuple[Job, ...]:
        return tuple(job for job in self._rows(number) if not job.finished_at)

    def _rows(self, number: int) -> tuple[Job, ...]:
        """Returns a page, which is empty behind the end of the list."""
        if number not in self._read:
            try:
                self._pages, self._read[number] = self._fetch(number)
            except WebNetMissing:
                self._read[number] = ()
        return self._read[number]
