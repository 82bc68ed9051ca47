"""Cursors say, by name, how far a list was read or when a task was last done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from store.engine import Database
from store.models import CursorRow
from store.statements import Statement

_GET = Statement("SELECT name, value, updated_at FROM cursor WHERE name = :name", CursorRow)
_PUT = Statement("""
    INSERT INTO cursor (name, value, updated_at) VALUES (:name, :value, :now_us)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at""")


@dataclass(frozen=True)
class Cursor:
    name: str
    value: str
    updated_at: datetime


class Cursors:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> Cursor | None:
        row = self._database.row(_GET, name=name)
        return None if row is None else Cursor(**row)

    def put(self, name: str, value: str) -> None:
        self._database.run(_PUT, name=name, value=value)
