"""Pages through the jobs of one customer, newest first. WebNet cannot filter and its list holds the jobs of all customers,
so pages are read until enough jobs match, and never more than five for one request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.core.errors import WebNetMissing
from bot.webnet.models import Job

MOST_PAGES = 5
WANTED = 10

Fetch = Callable[[int], tuple[int, tuple[Job, ...]]]
Match = Callable[[Job], bool]


@dataclass(frozen=True, slots=True)
class Position:
    """Marks a place in the list: below the id `before`, or above the id `after`. `page` is where that job was last seen; new
    jobs only move it to later pages."""

    before: int | None = None
    after: int | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class Slice:
    """Holds up to ten jobs. `looked` rows were read for them, the oldest of which is from `looked_to`. `older` and `newer` say
    where to go on, if there is anything. `complete` is False if five pages were not enough to find ten."""

    jobs: tuple[Job, ...]
    looked: int
    looked_to: datetime | None
    older: Position | None
    newer: Position | None
    complete: bool


@dataclass(slots=True)
class _Reader:
    """Reads at most five different pages; `page` gives None behind the last page and once five were read."""

    fetch: Fetch
    pages: int = 1
    read: dict[int, tuple[Job, ...]] = field(default_factory=dict)

    def page(self, number: int) -> tuple[Job, ...] | None:
        if number in self.read:
            return self.read[number]
        if len(self.read) >= MOST_PAGES or number < 1 or (self.read and number > self.pages):
            return None
        try:
            self.pages, self.read[number] = self.fetch(number)
        except WebNetMissing:
            self.pages = number - 1  # the list is shorter than it was
            return None
        return self.read[number]


def look(fetch: Fetch, match: Match, position: Position, since: datetime | None = None) -> Slice:
    """Collects the jobs that match from `position` on; none that match were requested before `since`. `fetch(page)` returns how
    many pages there are, and the rows of that page by falling id, and may raise WebNetMissing behind the last page."""
    reader = _Reader(fetch)
    if reader.page(position.page) is None:
        position = replace(position, page=1)
    if position.after is not None:
        found = _newer(reader, match, position.after, position.page)
        if found is not None:
            return found
        position = Position()  # fewer than ten are newer: show the newest ten
    return _older(reader, match, position, since)


def _older(reader: _Reader, match: Match, position: Position, since: datetime | None) -> Slice:
    found: dict[int, tuple[Job, int]] = {}
    number, last = position.page, position.before
    while len(found) <= WANTED and (rows := reader.page(number)) is not None:
        for job in rows:
            if position.before is None or job.id < position.before:
                last = job.id
                if match(job):
                    found.setdefault(job.id, (job, number))
        number += 1
        if since and rows and all(job.requested_at and job.requested_at < since for job in rows):
            reader.pages = number - 1  # what is behind is older still
    shown = [pair for _, pair in sorted(found.items(), reverse=True)][:WANTED]
    more = len(found) > WANTED
    at_end = number > reader.pages
    older = None
    if more:
        older = Position(before=shown[-1][0].id, page=shown[-1][1])
    elif not at_end and last is not None:
        older = Position(before=last, page=number - 1)
    newer = Position(after=(shown[0][0].id if shown else position.before), page=position.page)
    return _slice(reader, shown, older, newer if position.before is not None else None, complete=more or at_end)


def _newer(reader: _Reader, match: Match, after: int, page: int) -> Slice | None:
    """Collects the ten nearest jobs above `after`; None if there are fewer."""
    number = page
    while (rows := reader.page(number)) and min(job.id for job in rows) > after and number < reader.pages:
        number += 1
    found: dict[int, tuple[Job, int]] = {}
    while len(found) < WANTED and (rows := reader.page(number)) is not None:
        for job in reversed(rows):
            if job.id > after and match(job):
                found.setdefault(job.id, (job, number))
        number -= 1
    if len(found) < WANTED and number < 1:
        return None
    shown = [pair for _, pair in sorted(found.items())][:WANTED][::-1]
    bottom = shown[-1] if shown else None
    lowest = min((job.id for rows in reader.read.values() for job in rows if job.id > after), default=after)
    highest = max((job.id for rows in reader.read.values() for job in rows), default=after)
    older = Position(before=bottom[0].id if bottom else lowest + 1, page=bottom[1] if bottom else page)
    complete = len(found) >= WANTED
    newer = Position(
        after=shown[0][0].id if complete else highest, page=shown[0][1] if complete else max(1, number + 1)
    )
    return _slice(reader, shown, older, newer, complete=complete)


def _slice(
    reader: _Reader, shown: list[tuple[Job, int]], older: Position | None, newer: Position | None, *, complete: bool
) -> Slice:
    rows = [job for page in reader.read.values() for job in page]
    times = [job.requested_at for job in rows if job.requested_at]
    return Slice(
        tuple(job for job, _ in shown), len({job.id for job in rows}), min(times, default=None), older, newer, complete
    )
