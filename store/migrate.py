"""Brings a store to this program's schema: numbered files in migrations/, forward only, the same for both databases."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from playhouse.migrations import Migration, Runner

from store.engine import Database
from store.errors import PendingMigrations, SchemaTooNew
from store.lock import RunLock, lock_file

MIGRATIONS = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 0x7765626E6574  # "webnet"


def pending(database: Database, directory: Path = MIGRATIONS) -> list[str]:
    """Returns the names of migrations to apply. Raises SchemaTooNew for a store that a newer program migrated."""
    return [row.name for row in _status(database, directory) if not row.applied]


def migrate(database: Database, directory: Path = MIGRATIONS) -> list[str]:
    """Applies pending migrations and returns their names. Two programs may do this at the same time.

    Raises PendingMigrations if a running bot on this SQLite file still needs the older schema.
    """
    status = _status(database, directory)
    if all(row.applied for row in status):
        return []
    if any(row.applied for row in status):
        _require_nobody_running(database)
    with database.connection(), _alone(database):
        return list(_runner(database, directory).up())


def require_current(database: Database, directory: Path = MIGRATIONS, *, may_migrate: bool = True) -> None:
    """Migrates an SQLite store now. PostgreSQL is migrated by `db migrate` only, since other replicas may still run the older
    program. Raises PendingMigrations."""
    names = pending(database, directory)
    if names and (database.is_postgres or not may_migrate):
        raise PendingMigrations(
            f"The store {database.url.shown} is not at this program's schema ({', '.join(names)} pending): "
            "run `webnet-bot db migrate` first."
        )
    if names:
        migrate(database, directory)


def _runner(database: Database, directory: Path) -> Runner:
    return Runner(database.peewee, str(directory))


def _status(database: Database, directory: Path) -> list[Migration]:
    with database.connection():
        status: list[Migration] = _runner(database, directory).status()
    unknown = [row.name for row in status if row.path is None]
    if unknown:
        raise SchemaTooNew(
            f"The store {database.url.shown} was migrated by a newer webnet-bot ({unknown[-1]}): "
            "run that version, or restore a backup made before it."
        )
    return status


def _require_nobody_running(database: Database) -> None:
    other = RunLock(database.url).other_process()
    if other is not None:
        raise PendingMigrations(
            f"The store {database.url.shown} is in use by an older webnet-bot (process {other}): "
            "stop it and start this version, which brings the store up to date."
        )


@contextlib.contextmanager
def _alone(database: Database) -> Iterator[None]:
    if database.url.path is None:
        with database.transaction():  # whose end frees the lock: behind a pooler there is no session to hold one
            database.peewee.execute_sql("SELECT pg_advisory_xact_lock(%s)", (_ADVISORY_LOCK,))
            yield
        return
    descriptor = os.open(lock_file(database.url.path, "migrate"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
