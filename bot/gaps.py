"""Ids that a list of WebNet skipped. An id is given when a transaction begins, but its row is seen when the transaction ends:
a lower id may appear after a higher one, so ids that are missing are looked for again for a while."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from store.database import Store
from store.missing import Gap

LOOK_FOR = timedelta(minutes=15)  # no transaction of WebNet stays open for longer
BROKEN_FOR = timedelta(days=1)  # before what WebNet has but cannot show is given up


@dataclass(frozen=True, slots=True)
class Patience:
    """How one list is searched for missing ids: `first` is the wait after an id was missed, `longest` the longest wait
    between two looks, and at most `most` ids of one jump are looked for, the highest. More belong to a sequence that was
    moved on, and no row ever appears there."""

    first: timedelta
    longest: timedelta
    most: int


class Gaps:
    """The missing ids of the list `feed`. Writing belongs into the transaction that moves the list's cursor."""

    def __init__(self, store: Store, feed: str, patience: Patience) -> None:
        self._missing = store.missing
        self._feed = feed
        self._patience = patience

    def all(self) -> dict[int, Gap]:
        return self._missing.all(self._feed)

    def put(self, gaps: Collection[Gap]) -> None:
        self._missing.put(self._feed, gaps)

    def drop(self, ids: Collection[int]) -> None:
        """Forgets ids that were found or given up."""
        self._missing.drop(self._feed, ids)

    def opened(self, ids: Sequence[int], now: datetime) -> list[Gap]:
        """Returns gaps for ids, by rising id, that were missed just now."""
        return [Gap(number, now, now + self._patience.first) for number in ids[-self._patience.most :]]

    def over(self, gap: Gap, now: datetime, *, broken: bool = False) -> bool:
        """Says whether the id has been looked for long enough, which is longer for a `broken` row, which WebNet cannot show."""
        return now - gap.since >= (BROKEN_FOR if broken else LOOK_FOR)

    def again(self, gap: Gap, now: datetime) -> Gap:
        """Returns the gap with the time of its next look. Each wait is as long as all before it, up to the longest, and one
        look falls on the end of LOOK_FOR."""
        wait = min(max(now - gap.since, self._patience.first), self._patience.longest)
        end = gap.since + LOOK_FOR
        return replace(gap, due_at=end if now < end < now + wait else now + wait)

    def soon(self, id: int, known: Gap | None, now: datetime) -> Gap | None:
        """Returns a gap that is due after the first wait, for a row that was seen but is of no use yet. None when the id has
        been looked for long enough; `known` is its gap, if there was one before."""
        gap = known or Gap(id, now, now)
        if self.over(gap, now):
            return None
        return replace(gap, due_at=min(now + self._patience.first, gap.since + LOOK_FOR))

    def broken(self, id: int, known: Gap | None, now: datetime) -> Gap | None:
        """Returns a gap like `again`, for a row that is of no use as long as WebNet cannot show what it is about. None when that
        has lasted for BROKEN_FOR."""
        gap = known or Gap(id, now, now)
        return None if self.over(gap, now, broken=True) else self.again(gap, now)


def due(gaps: Iterable[Gap], now: datetime) -> list[Gap]:
    """Returns those whose next look has come, the longest due first."""
    return sorted((gap for gap in gaps if gap.due_at <= now), key=lambda gap: (gap.due_at, gap.id))
