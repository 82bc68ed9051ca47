"""How far WebNet's snapshots were followed. Ids rise, but have gaps, and a lower one may appear later (bot/gaps.py). Every id
up to the head that is not missing is never looked at again."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Self

from bot.gaps import LOOK_FOR, Gaps, Patience, due
from store.config_progress import FOLLOWED
from store.database import Store
from store.missing import Gap

FEED = "snapshots"
PATIENCE = Patience(first=timedelta(seconds=10), longest=timedelta(minutes=5), most=20_000)


class Position:
    """The highest id that was read, and the missing ones below. Writes join the transaction around the call; if that does not
    commit, the position has to be loaded again."""

    def __init__(self, store: Store, head: int, since: datetime, missing: dict[int, Gap]) -> None:
        """`since` is when following began, by WebNet's clock."""
        self._store = store
        self._gaps = Gaps(store, FEED, PATIENCE)
        self.head = head
        self.since = since
        self.missing = missing

    @classmethod
    def load(cls, store: Store) -> Self | None:
        cursor = store.cursors.get(FOLLOWED)
        if cursor is None:
            return None
        value = json.loads(cursor.value)
        return cls(store, value["head"], datetime.fromisoformat(value["since"]), Gaps(store, FEED, PATIENCE).all())

    def is_new(self, id: int) -> bool:
        return id > self.head or id in self.missing

    def skipped(self, low: int, high: int) -> bool:
        """Says whether an id between these two may still appear."""
        return high > max(self.head, low) + 1 or any(low < number < high for number in self.missing)

    def is_history(self, created_at: datetime) -> bool:
        """Says whether a snapshot was made before following began."""
        return datetime.fromtimestamp(0, UTC) < created_at < self.since - LOOK_FOR

    def save(self) -> None:
        """Writes the position; the time of this write says when somebody last looked."""
        self._store.cursors.put(FOLLOWED, json.dumps({"head": self.head, "since": self.since.isoformat()}))

    def found(self, id: int, now: datetime) -> None:
        if id in self.missing:
            self.drop([id])
        elif id > self.head:
            self.miss(range(self.head + 1, id), now)
            self.head = id
        self.save()

    def skip(self, to: int, now: datetime) -> None:
        """Moves the head to `to` and notes all ids up to it as missing, since a higher one exists."""
        self.miss(range(self.head + 1, to + 1), now)
        self.head = to
        self.save()

    def miss(self, ids: range, now: datetime) -> None:
        """Notes ids as missing that have just been asked for."""
        self._put(self._gaps.opened(ids, now))

    def due(self, now: datetime, most: int) -> list[Gap]:
        """Returns the missing ids to ask for again, those that have been due for longest first."""
        return due(self.missing.values(), now)[:most]

    def postpone(self, gaps: Collection[Gap], now: datetime) -> None:
        """Sets the next look for ids that are missing still. The longer an id is missing the more seldom it is looked for, and
        once more when its time is over."""
        self._put([self._gaps.again(gap, now) for gap in gaps])

    def drop(self, ids: Collection[int]) -> None:
        self._gaps.drop(ids)
        for number in ids:
            self.missing.pop(number, None)

    def _put(self, gaps: Collection[Gap]) -> None:
        self._gaps.put(gaps)
        self.missing |= {gap.id: gap for gap in gaps}
