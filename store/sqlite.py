"""SQLite as it is run: one file in WAL mode, which many threads read and one at a time writes."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from pathlib import Path

from playhouse.pool import PooledSqliteDatabase

from store.errors import StoreBusy, StoreError, StoreUrlError

OLDEST = (3, 35)
BUSY_S = 10  # how long a writer waits for another one


def prepare_file(path: Path) -> None:
    """Makes the file, which only its owner can read, and turns WAL on for good. Raises StoreUrlError and StoreBusy: here alone
    two processes that start together meet a lock that the busy timeout does not cover."""
    require_version(sqlite3.sqlite_version_info)
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreUrlError(
            f"The store {path} cannot be opened: {error.strerror}; check store.url and the folder."
        ) from None
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
    deadline = time.monotonic() + BUSY_S
    with contextlib.closing(connection):
        while not _wal_is_on(connection):
            if time.monotonic() > deadline:
                raise StoreBusy(f"The store {path} is locked by another program for too long: try again.")
            time.sleep(0.02)


def require_version(version: tuple[int, ...]) -> None:
    """Raises StoreError for a library that cannot drop a column, which migrations need."""
    if version < OLDEST:
        oldest, found = (".".join(map(str, each)) for each in (OLDEST, version))
        raise StoreError(f"This Python has SQLite {found}; {oldest} or newer is needed. Or use PostgreSQL.")


def pool(path: Path, *, max_connections: int, wait_s: float) -> PooledSqliteDatabase:
    """Returns connections to a file that is prepared; a thread waits `wait_s` for one."""
    return PooledSqliteDatabase(
        str(path),
        max_connections=max_connections,
        timeout=wait_s,
        check_same_thread=False,
        lock_type="IMMEDIATE",
        pragmas={
            "busy_timeout": BUSY_S * 1000,
            "synchronous": "full",
            "foreign_keys": "on",
            "secure_delete": "on",  # what is removed is overwritten, without a VACUUM that stops every writer
        },
    )


def _wal_is_on(connection: sqlite3.Connection) -> bool:
    try:
        return bool(connection.execute("PRAGMA journal_mode = wal").fetchone() == ("wal",))
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            return False
        raise
