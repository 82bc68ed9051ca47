"""Ids that a list of WebNet skipped: a transaction that commits late brings a lower id than what was read already."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from peewee import ModelDelete

from store.engine import Database
from store.models import MissingId

_IN_ONE_QUERY = 500


@dataclass(frozen=True, slots=True)
class Gap:
    """A missing id, when it was first missed, and when it is to be looked for again."""

    id: int
    since: datetime
    due_at: datetime


class Missing:
    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, feed: str) -> dict[int, Gap]:
        query = MissingId.select(MissingId.id, MissingId.since, MissingId.due_at).where(MissingId.feed == feed)
        return {row["id"]: Gap(**row) for row in self._database.rows(query)}

    def put(self, feed: str, gaps: Collection[Gap]) -> None:
        """Adds gaps, or changes when they are due."""
        rows = [{"feed": feed, "id": gap.id, "since": gap.since, "due_at": gap.due_at} for gap in gaps]
        for start in range(0, len(rows), _IN_ONE_QUERY):
            query = MissingId.insert_many(rows[start : start + _IN_ONE_QUERY]).on_conflict(
                conflict_target=[MissingId.feed, MissingId.id], preserve=[MissingId.due_at]
            )
            self._database.run(query.as_rowcount())

    def drop(self, feed: str, ids: Collection[int]) -> None:
        """Removes gaps that were found or given up."""
        wanted = sorted(ids)
        for start in range(0, len(wanted), _IN_ONE_QUERY):
            part = wanted[start : start + _IN_ONE_QUERY]
            self._database.run(ModelDelete(MissingId).where((MissingId.feed == feed) & MissingId.id.in_(part)))
