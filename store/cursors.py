"""Cursors say, by name, how far a list was read or when a task was last done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from store.engine import Database
from store.models import CursorRow


@dataclass(frozen=True)
class Cursor:
    name: str
    value: str
    updated_at: datetime


class Cursors:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> Cursor | None:
        row = self._database.row(CursorRow.select().where(CursorRow.name == name))
        return None if row is None else Cursor(**row)

    def put(self, name: str, value: str) -> None:
        query = CursorRow.insert(name=name, value=value, updated_at=self._database.now_us()).on_conflict(
            conflict_target=[CursorRow.name], preserve=[CursorRow.value, CursorRow.updated_at]
        )
        self._database.run(query.as_rowcount())
