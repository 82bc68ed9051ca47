"""SQL that is written once, for what runs with every command or every few messages: Peewee takes several times as long to
write such a query as a database takes to answer it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from peewee import Field, Model

from store.fields import clean, microseconds

if TYPE_CHECKING:
    from store.engine import Database

POSTGRES_NOW_US = "(extract(epoch from clock_timestamp()) * 1000000)::bigint"
_EACH = re.compile(r"\bEACH \(((?::\w+::\w+(?:, )?)+)\)")
_TYPE, _MANY = re.compile(r"(::\w+)"), r"\1[]"
_AMONG = re.compile(r"\bIN :(\w+)(?:::(\w+))?")
_LOCKING = re.compile(r"\s+FOR UPDATE\b.*", re.DOTALL)
_VALUE = re.compile(r"(?<!:):(\w+)")


class Statement:
    """Literal SQL that `Database.run`, `rows` and `row` take beside Peewee's queries, together with its values.

    `:name` stands for a value of each run, which needs nothing that an earlier run left in the database's session. `:now_us` is
    the time that decides about leases. `IN :names` takes a list of any number of integers, `IN :names::text` one of texts. `EACH
    (:name::bigint, …)` stands for the values of all rows of `run_each`. `FOR UPDATE` comes last and is left out on SQLite, where
    a transaction locks the whole database.
    """

    def __init__(self, sql: str, *models: type[Model], postgres: str = "") -> None:
        """Columns that are named as a field of `models` are read as that field reads them, all others as they are. `postgres` is
        what PostgreSQL needs to be asked instead."""
        self._models = models
        self._reads_time = ":now_us" in sql
        self._names: list[str] | None = None
        self._readers: dict[str, Callable[[Any], Any]] = {}
        each = _EACH.sub(lambda match: f"VALUES ({_TYPE.sub('', match[1])})", sql)
        self._sqlite = _AMONG.sub(r"IN (SELECT value FROM json_each(:\1))", _LOCKING.sub("", each))
        each = _EACH.sub(lambda match: f"SELECT * FROM unnest({_TYPE.sub(_MANY, match[1])})", postgres or sql)
        among = _AMONG.sub(
            lambda match: f"= ANY(:{match[1]}::{match[2] or 'bigint'}[])", each.replace(":now_us", POSTGRES_NOW_US)
        )
        self._postgres = _VALUE.sub(r"%(\1)s", among).replace("s::bytea[]", "b::bytea[]")  # as they are, not as text

    def run(self, database: Database, values: Mapping[str, Any]) -> int:
        """Gives what the statement returns, such as the id of a new row, or else how many rows it changed."""
        cursor = self._cursor(database, values)
        return int(cursor.fetchall()[0][0] if cursor.description else cursor.rowcount)

    def rows(self, database: Database, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        cursor = self._cursor(database, values)
        if self._names is None:
            self._names = [name for name, *_ in cursor.description]
            self._readers = {name: read for name in self._names if (read := self._reader(name))}
        names, readers = self._names, self._readers.items()
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        for name, read in readers:
            for row in found:
                row[name] = read(row[name])
        return found

    def run_each(self, database: Database, rows: Iterable[Mapping[str, Any]]) -> int:
        """Runs a statement with EACH for these rows, within a transaction of the caller's: on PostgreSQL at once. Returns how many rows
        of the table it changed."""
        given = [{name: _stored(value) for name, value in row.items()} for row in rows]
        if given and database.is_postgres:
            columns = {name: _array([row[name] for row in given]) for name in given[0]}
            return int(database.peewee.execute_sql(self._postgres, columns).rowcount)
        return int(database.peewee.cursor().executemany(self._sqlite, given).rowcount) if given else 0

    def _reader(self, name: str) -> Callable[[Any], Any] | None:
        fields = (getattr(model, name, None) for model in self._models)
        return next((each.python_value for each in fields if isinstance(each, Field)), None)

    def _cursor(self, database: Database, values: Mapping[str, Any]) -> Any:
        if database.is_postgres:
            return database.peewee.execute_sql(
                self._postgres, {name: _array(_stored(each)) for name, each in values.items()}
            )
        given = {name: _stored_in_sqlite(each) for name, each in values.items()}
        if self._reads_time:
            given["now_us"] = microseconds(database.clock())
        return database.peewee.execute_sql(self._sqlite, given)


def _stored(value: Any) -> Any:
    """Does to a value what the models' fields do to it."""
    if isinstance(value, str):
        return clean(value)
    return microseconds(value) if isinstance(value, datetime) else value


def _array(value: Any) -> Any:
    """Writes integers as PostgreSQL does: the driver looks at each of them several times."""
    if isinstance(value, list) and {*map(type, value)} == {int}:
        return "{" + ",".join(map(str, value)) + "}"
    return value


def _stored_in_sqlite(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list) else _stored(value)
