"""Queries whose SQL is written once: for those that run again and again, since Peewee takes several times as long to write a
query as a database takes to answer it. PostgreSQL plans them once, too.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import SQL, Value, fn

from store.engine import Database
from store.fields import microseconds


@dataclass(frozen=True, slots=True)
class _Slot:
    name: str
    many: bool = False


def slot(name: str) -> Any:
    """Stands in a query for the value that each run gives by this name, as the database takes it."""
    return Value(_Slot(name), converter=False)


def among(database: Database, column: Any, name: str) -> Any:
    """That the column is one of the integers which each run gives by this name: one SQL text, however many they are."""
    many = _Slot(name, many=True)
    if database.is_postgres:
        return column == fn.ANY(Value(many, converter=False).cast("bigint[]"))
    return column.in_(SQL("(SELECT value FROM json_each(?))", [many]))


def now_us(database: Database) -> Any:
    """`Database.now_us`, of each run."""
    return database.now_us() if database.is_postgres else slot("now_us")


class Prepared:
    """`query` has `slot`s. What is read is as the database gives it: times are microseconds, truth may be 0 or 1."""

    def __init__(self, database: Database, query: Any) -> None:
        self._database = database
        self._query = query
        self._written: tuple[str, Sequence[Any]] | None = None

    def run(self, **values: Any) -> int:
        """The number of rows that were changed."""
        with self._database.connection():
            return int(self._execute(values).rowcount)

    def rows(self, **values: Any) -> list[dict[str, Any]]:
        with self._database.connection():
            cursor = self._execute(values)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def _execute(self, values: dict[str, Any]) -> Any:
        peewee = self._database.peewee
        if self._written is None:
            self._written = peewee.get_sql_context().sql(self._query).query()
        text, parameters = self._written
        given = {"now_us": microseconds(self._database.clock()), **values}
        return peewee.execute_sql(text, [self._given(parameter, given) for parameter in parameters])

    def _given(self, parameter: Any, values: dict[str, Any]) -> Any:
        if not isinstance(parameter, _Slot):
            return parameter
        value = values[parameter.name]
        return self._integers(value) if parameter.many else value

    def _integers(self, value: Collection[int]) -> Any:
        return list(value) if self._database.is_postgres else json.dumps(list(value))
