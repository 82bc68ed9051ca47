"""Queries that every command runs. Peewee takes several times as long to put one into SQL as the database takes to run it, so
that is done once for each kind of database, and the values come with each run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from peewee import Field, Value


@dataclass(frozen=True, slots=True)
class _Given:
    field: Field
    name: str

    def out_of(self, values: Mapping[str, Any]) -> Any:
        return self.field.db_value(values[self.name])


def given(field: Field, name: str = "") -> Any:
    """Stands in a query for the value that comes with each run, by the field's name or another."""
    return Value(_Given(field, name or field.name), converter=False)


class Statement:
    """What `Database.run`, `rows` and `row` take beside queries, together with its values. A select names fields alone;
    `new_id` is the field that an insert gives, instead of the number of rows."""

    def __init__(self, query: Any, *, new_id: Field | None = None) -> None:
        self._query = query
        self._new_id = new_id
        self._columns = [(field.name, field.python_value) for field in getattr(query, "selected_columns", ())]
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
