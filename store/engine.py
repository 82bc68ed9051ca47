"""Opens one database by its URL, and runs queries there; sqlite.py and postgres.py hold how each is run.

A unit of work borrows a connection from a small pool. On SQLite that keeps files and their caches open without tying them to
threads. On PostgreSQL a connection that broke when the server restarted is replaced before it is lent, and work that was cut
off in the middle raises `StoreUnreachable` once.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import peewee
from peewee import SQL, Value
from playhouse.pool import MaxConnectionsExceeded

from store import postgres, sqlite
from store.errors import (
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreReadOnly,
    StoreUnreachable,
    StoreUnusable,
    StoreUrlError,
)
from store.fields import microseconds, moment
from store.statements import POSTGRES_NOW_US, Statement
from store.writers import Writers

Clock = Callable[[], datetime]

POOL_WAIT_S = 10  # how long a unit of work waits for a connection
QUERY_S = 10.0  # far above any query of ours: only behind a lock, or on a server in trouble, one lasts so long
_POSTGRES_NOW = SQL(POSTGRES_NOW_US)


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class StoreUrl:
    """A parsed `store.url`. `path` is set for SQLite, `conninfo` for PostgreSQL. `shown` holds no password."""

    shown: str
    path: Path | None = None
    conninfo: str = ""
    password: str = ""


def parse_url(url: str) -> StoreUrl:
    """Reads `sqlite:///relative`, `sqlite:////absolute`, `postgresql://user:password@host/db` or
    `postgresql:///db?host=/run/postgresql`. Raises StoreUrlError."""
    if url.startswith("sqlite:///"):
        path = url.removeprefix("sqlite:///")
        if not path or path.startswith(":memory:"):
            raise StoreUrlError("store.url needs a file, such as sqlite:///webnet-bot.db.")
        return StoreUrl(shown=url, path=Path(path))
    if url.startswith("postgresql://"):
        shown, password = postgres.read_url(url)
        return StoreUrl(shown=shown, conninfo=url, password=password)
    raise StoreUrlError("store.url must start with sqlite:/// or postgresql:// (see config.toml for examples).")


class Database:
    """Runs queries; the store's other classes are built on one of these. Every error that leaves it is a `StoreError`
    (`peewee.IntegrityError` excepted, which the caller turns into the words that fit)."""

    def __init__(
        self,
        url: StoreUrl,
        *,
        max_connections: int,
        wait_s: float = POOL_WAIT_S,
        query_s: float = QUERY_S,
        clock: Clock = utc_now,
    ) -> None:
        """`query_s` ends a query that takes longer, and a wait for a lock after half of it (PostgreSQL; 0: never)."""
        self.url = url
        self.clock = clock
        self.is_postgres = url.path is None
        self._closed = False
        self._writers: Writers | None = None
        if url.path is None:
            postgres.require_driver(url.conninfo)
            self.peewee: Any = postgres.Postgres(
                url.conninfo, query_s=query_s, max_connections=max_connections, timeout=wait_s
            )
        else:
            with self._translated_errors():
                sqlite.prepare_file(url.path)
            self.peewee = sqlite.pool(url.path, max_connections=max_connections, wait_s=wait_s)
            busy = f"The store {url.shown} is being written to for too long: try again."
            self._writers = Writers(self.peewee, wait_s=sqlite.BUSY_S, busy=busy)

    @contextlib.contextmanager
    def connection(self) -> Iterator[None]:
        """Holds one connection for a unit of work; units may be nested. Raises StoreError."""
        if self._closed:
            raise StoreError("The store is closed.")
        with self._translated_errors(), self.peewee.connection_context():
            yield

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Commits all that is done inside, or nothing. A transaction inside another one is part of it. On SQLite it holds the
        write lock from its beginning."""
        with self.connection(), self._writers.exclusive() if self._writers else nullcontext(), self.peewee.atomic():
            yield

    def run(self, query: Any, **values: Any) -> Any:
        """Returns the new id for an insert (or what `as_rowcount` says), the number of rows for an update or delete. `values`
        belong to a Statement."""

        def statement() -> Any:
            if isinstance(query, Statement):
                return query.run(self, values)
            return query.execute(self.peewee)

        with self.connection():
            if self._writers is None or self.peewee.in_transaction():
                return statement()
            return self._writers.write(statement)

    def rows(self, query: Any, **values: Any) -> list[dict[str, Any]]:
        with self.connection():
            if isinstance(query, Statement):
                return query.rows(self, values)
            return list(query.dicts().execute(self.peewee))

    def row(self, query: Any, **values: Any) -> dict[str, Any] | None:
        """Returns the first row that the query finds, or None."""
        found = self.rows(query if isinstance(query, Statement) else query.limit(1), **values)
        return found[0] if found else None

    def tuples(self, query: Any) -> list[tuple[Any, ...]]:
        with self.connection():
            return list(query.tuples().execute(self.peewee))

    def count(self, query: Any) -> int:
        return int(self.tuples(query)[0][0])

    def delete_in_batches(self, key: Any, old: Any, batch: int, *, by: Any = None) -> int:
        """Deletes the rows for which `old` holds, in short transactions: those with the first `batch` values of the column `key`, in
        the order of the column `by`, until there are fewer. Returns how many were deleted."""
        total, model = 0, key.model
        found = model.select(key).where(old).order_by(*(() if by is None else (by,))).limit(batch)
        while True:
            removed = int(self.run(model.delete().where(key.in_(found))))
            total += removed
            if removed < batch:
                return total

    def locked(self, query: Any, *, skip: bool = False, alone: bool = False) -> Any:
        """Keeps the rows of this select as they are until the transaction ends; SQLite's write lock does that anyway. `skip`
        leaves out rows that another transaction has locked, instead of waiting for them. Rows that refer to these may be added
        meanwhile, unless `alone`: whoever adds one may hold what this transaction locks next, and each would wait for the other."""
        if not self.is_postgres:
            return query
        return query.for_update("FOR UPDATE" if alone else "FOR NO KEY UPDATE", skip_locked=skip)

    def now_us(self) -> Any:
        """Returns the expression of the time that decides about leases, in microseconds: PostgreSQL's own, since the clocks of
        replicas may differ."""
        return _POSTGRES_NOW if self.is_postgres else Value(microseconds(self.clock()))

    def now(self) -> datetime:
        """Returns the time of `now_us`."""
        if not self.is_postgres:
            return self.clock()
        with self.connection():
            return moment(self.peewee.execute_sql(f"SELECT {POSTGRES_NOW_US}").fetchone()[0])

    def close(self) -> None:
        """Closes every connection, even those of other threads."""
        self._closed = True
        self.peewee.close_all()

    @contextlib.contextmanager
    def _translated_errors(self) -> Iterator[None]:
        """Turns errors of Peewee and the driver into the store's own. A cursor that is read late raises the driver's."""
        try:
            yield
        except peewee.IntegrityError:
            raise
        except MaxConnectionsExceeded:
            raise StoreBusy("All connections to the store are in use: try again in a moment.") from None
        except (peewee.PeeweeException, sqlite3.Error) as error:
            cause = _cause(error)
            raise cause if isinstance(cause, StoreError) else self._in_words(cause) from error
        except Exception as error:
            if type(error).__module__.partition(".")[0] == "psycopg":
                raise self._in_words(error) from error
            raise

    def _in_words(self, error: BaseException) -> StoreError:
        reason = " ".join(str(error).split())
        if self.is_postgres:
            return self._in_words_of_postgres(error, reason.replace(self.url.password or "\0", "…"))
        if "locked" in reason or "busy" in reason:
            return StoreBusy(f"The store {self.url.shown} is locked by another program for too long: try again.")
        if "not a database" in reason:
            return StoreUrlError(f"{self.url.path} is not an SQLite database: check store.url.")
        if found := next((found for words, found in _SQLITE_TROUBLE.items() if words in reason), None):
            return _unusable(found, self.url.shown)
        return StoreError(
            f"The store {self.url.shown} cannot be used: check the file, its folder and the disk ({reason})."
        )

    def _in_words_of_postgres(self, error: BaseException, reason: str) -> StoreError:
        if found := postgres.TROUBLE.get(getattr(_driver_error(error), "sqlstate", None) or ""):
            if found is StoreReadOnly:
                self.peewee.close_idle()  # their server is a standby now, too
            return _unusable(found, self.url.shown)
        if "FATAL:" in reason:
            return StoreUnreachable(f"The store {self.url.shown} refused the connection ({reason}).")
        lost = isinstance(error, peewee.OperationalError | peewee.InterfaceError)
        if lost or "OperationalError" in _ancestry(error):
            return StoreUnreachable(f"The store {self.url.shown} cannot be reached: is it running? ({reason})")
        return StoreError(f"The store {self.url.shown} refused a query ({reason}).")


_SQLITE_TROUBLE: dict[str, type[StoreUnusable]] = {
    "is full": StoreFull,
    "readonly": StoreReadOnly,
    "malformed": StoreDamaged,
}
_REMEDIES: dict[type[StoreUnusable], str] = {
    StoreBusy: "try again",
    StoreFull: "make room, and the bot goes on by itself",
    StoreReadOnly: "let the bot write there; after a failover it finds the new primary by itself",
    StoreDamaged: "stop the bot and put a backup back",
}


def _unusable(kind: type[StoreUnusable], shown: str) -> StoreUnusable:
    return kind(f"The store {shown} {kind.state}: {_REMEDIES[kind]}.")


def _cause(error: BaseException) -> BaseException:
    """Returns why SQLite ended a transaction by itself, which the roll-back that failed then hides, or else the error itself."""
    if "no transaction is active" in str(error) and error.__context__ is not None:
        return _cause(error.__context__)
    return error


def _driver_error(error: BaseException) -> BaseException:
    """Peewee's error hands the driver's on as its cause or its context."""
    return error.__cause__ or error.__context__ or error if isinstance(error, peewee.PeeweeException) else error


def _ancestry(error: BaseException) -> set[str]:
    return {kind.__name__ for kind in type(error).__mro__}
