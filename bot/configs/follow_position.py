"""How far WebNet's snapshots were followed. Ids rise, but have gaps, and a lower one may appear later: a transaction took
it and commits late. All that is not missing up to the head is done with, for ever."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Self

from store.configs import FOLLOWED
from store.database import Store
from store.missing import Gap

FEED = "snapshots"
LATE = timedelta(minutes=15)  # how long a missing id may still appear
AGAIN_FIRST = timedelta(seconds=10)
AGAIN_LAST = timedelta(minutes=5)
MOST_MISSING = 20_000  # of one gap the highest: no transaction makes as many


class Trail:
    """What was written is in the store when the transaction around the call commits; if it does not, load anew."""

    def __init__(self, store: Store, head: int, since: datetime, missing: dict[int, Gap]) -> None:
        """`since`: when following began, by WebNet's clock."""
        self._store = store
        self.head = head
        self.since = since
        self.missing = missing

    @classmethod
    def load(cls, store: Store) -> Self | None:
        cursor = store.cursors.get(FOLLOWED)
        if cursor is None:
            return None
        value = json.loads(cursor.value)
        return cls(store, value["head"], datetime.fromisoformat(value["since"]), store.missing.all(FEED))

    def is_new(self, id: int) -> bool:
        return id > self.head or id in self.missing

    def skipped(self, low: int, high: int) -> bool:
        """Whether an id between these may still appear."""
        return high > max(self.head, low) + 1 or any(low < number < high for number in self.missing)

    def is_history(self, created_at: datetime) -> bool:
        """It was there before anybody followed."""
        return datetime.fromtimestamp(0, UTC) < created_at < self.since - LATE

    def save(self) -> None:
        """The time of this write says when somebody last looked."""
        self._store.cursors.put(FOLLOWED, json.dumps({"head": self.head, "since": self.since.isoformat()}))

    def found(self, id: int, now: datetime) -> None:
        if id in self.missing:
            self.given_up([id])
        elif id > self.head:
            self.miss(range(self.head + 1, id), now)
            self.head = id
        self.save()

    def skip(self, to: int, now: datetime) -> None:
        """Up to `to` there was nothing, though a higher one exists."""
        self.miss(range(self.head + 1, to + 1), now)
        self.head = to
        self.save()

    def miss(self, ids: range, now: datetime) -> None:
        """They have just been asked for."""
        gaps = {number: Gap(number, now, now + AGAIN_FIRST) for number in ids[-MOST_MISSING:]}
        self._store.missing.put(FEED, list(gaps.values()))
        self.missing |= gaps

    def due(self, now: datetime, most: int) -> list[Gap]:
        """Those to be asked for again, the longest due first."""
        waiting = (gap for gap in self.missing.values() if gap.due_at <= now)
        return sorted(waiting, key=lambda gap: (gap.due_at, gap.id))[:most]

    def still_missing(self, gaps: Collection[Gap], now: datetime) -> None:
        """The longer one is missing, the more seldom it is asked for, and once more when its time is over."""
        later = [Gap(gap.id, gap.since, _next(gap.since, now)) for gap in gaps]
        self._store.missing.put(FEED, later)
        self.missing |= {gap.id: gap for gap in later}

    def given_up(self, ids: Collection[int]) -> None:
        self._store.missing.drop(FEED, ids)
        for number in ids:
            self.missing.pop(number, None)


def _next(since: datetime, now: datetime) -> datetime:
    pause = min(max(now - since, AGAIN_FIRST), AGAIN_LAST)
    over = since + LATE
    return over if now < over < now + pause else now + pause
