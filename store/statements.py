"""Queries whose SQL is written once: for those that run again and again, since Peewee takes several times as long to write a
query as a database takes to answer it. The values come with each run; PostgreSQL plans such a query once, too."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from peewee import SQL, Field, Value, fn

from store.fields import microseconds

if TYPE_CHECKING:
    from store.engine import Database


@dataclass(frozen=True, slots=True)
class _Given:
    out_of: Callable[[Mapping[str, Any]], Any]
    """The values of a run to what the database takes."""


def _value(name: str, stored: Callable[[Any], Any]) -> _Given:
    return _Given(lambda values: stored(values[name]))


def given(field: Field, name: str = "") -> Any:
    """Stands in a query for the value that comes with each run, by the field's name or another."""
    return Value(_value(name or field.name, field.db_value), converter=False)


def number(name: str) -> Any:
    """The same for an integer of no field."""
    return Value(_value(name, int), converter=False)


def among(database: Database, column: Any, name: str) -> Any:
    """That the column is one of the integers which each run gives by this name: one SQL text, however many they are."""
    if database.is_postgres:
        return column == fn.ANY(Value(_value(name, list), converter=False).cast("bigint[]"))
    return column.in_(SQL("(SELECT value FROM json_each(?))", [_value(name, lambda ids: json.dumps(list(ids)))]))


def now_us(database: Database) -> Any:
    """`Database.now_us`, of each run."""
    if database.is_postgres:
        return database.now_us()
    return Value(_Given(lambda _: microseconds(database.clock())), converter=False)


class Statement:
    """What `Database.run`, `rows` and `row` take beside queries, together with its values. A select names fields, or gives
    what is none a name; `new_id` is the field that an insert gives, instead of the number of rows."""

    def __init__(self, query: Any, *, new_id: Field | None = None) -> None:
        self._query = query
        self._new_id = new_id
        self._columns = [_column(each) for each in getattr(query, "selected_columns", ())]
        self._sql: dict[bool, tuple[str, list[Any]]] = {}

    def run(self, peewee: Any, values: Mapping[str, Any], *, postgres: bool) -> int:
        """As `Database.run`."""
        cursor = self._cursor(peewee, values, postgres=postgres)
        if self._new_id is None:
            return int(cursor.rowcount)
        return int(cursor.fetchone()[0] if postgres else cursor.lastrowid)

    def rows(self, peewee: Any, values: Mapping[str, Any], *, postgres: bool) -> list[dict[str, Any]]:
        found = self._cursor(peewee, values, postgres=postgres).fetchall()
        return [{name: read(value) for (name, read), value in zip(self._columns, row, strict=True)} for row in found]

    def _cursor(self, peewee: Any, values: Mapping[str, Any], *, postgres: bool) -> Any:
        if postgres not in self._sql:
            query = self._query.returning(self._new_id) if postgres and self._new_id else self._query
            self._sql[postgres] = peewee.get_sql_context().sql(query).query()
        sql, parameters = self._sql[postgres]
        return peewee.execute_sql(sql, [p.out_of(values) if isinstance(p, _Given) else p for p in parameters])


def _column(selected: Any) -> tuple[str, Callable[[Any], Any]]:
    """Its name in a row, and what makes Python's value of the database's."""
    if isinstance(selected, Field):
        return selected.name, selected.python_value
    inner = getattr(selected, "node", None)
    return selected._alias, inner.python_value if isinstance(inner, Field) else _as_it_is  # noqa: SLF001  # Peewee has no other way


def _as_it_is(value: Any) -> Any:
    return value
