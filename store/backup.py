"""Copies of an SQLite store, made while the bot runs. PostgreSQL has its own tools."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from store.database import open_store
from store.engine import Database, parse_url
from store.errors import BackupError
from store.lock import RunLock

RESTORED = (  # is said of requests and deploys: one that was performed since the backup was made must not be performed again
    "The store was restored from a backup, so what was decided meanwhile is not known. Look at `jobs` before you ask again."
)


def backup_store(url: str, target: Path) -> None:
    """Writes a whole copy to a new file that only its owner can read; the store may be in use. Raises BackupError."""
    source = _sqlite_path(url, "back it up with pg_dump")
    if not source.exists():
        raise BackupError(f"There is no store {source} to back up: check store.url.")
    try:
        os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise BackupError(f"{target} exists and is left alone: name a new file.") from None
    except OSError as error:
        raise BackupError(f"{target} cannot be written: {error.strerror}.") from None
    with contextlib.ExitStack() as undo:
        undo.callback(target.unlink, missing_ok=True)
        _copy(source, target)
        undo.pop_all()


def restore_store(url: str, source: Path, *, keys: Sequence[str]) -> None:
    """Replaces the store's content by a backup. Raises BackupError or another StoreError, and leaves the store as it was,
    while a bot runs on it, if the file is damaged or newer than this program, or if the keys do not open its secrets."""
    target = _sqlite_path(url, "restore it with pg_restore or psql")
    if not source.is_file():
        raise BackupError(f"There is no backup {source}: check the path.")
    with RunLock(url):
        copy = target.with_name(f"{target.name}.restoring")
        try:
            _copy(source, copy)
            with open_store(f"sqlite:///{copy}", keys=keys) as store:
                store.check_secrets()
                store.requests.void_open(RESTORED)
                store.sealed_texts.sweep(
                    store.sealed_texts.now()
                )  # so that no form that was sent meanwhile is sent again
                store.deploys.void_open(RESTORED)
            Database(parse_url(url), max_connections=1).close()
            _copy(copy, target)
        finally:
            for leftover in target.parent.glob(f"{copy.name}*"):
                leftover.unlink()


def _sqlite_path(url: str, instead: str) -> Path:
    path = parse_url(url).path
    if path is None:
        raise BackupError(f"This store is PostgreSQL: {instead}.")
    return path


def _copy(source: Path, target: Path) -> None:
    """Copies one consistent state while writers go on (SQLite's online backup). A reader of `target` sees all or nothing."""
    os.close(os.open(target, os.O_RDWR | os.O_CREAT, 0o600))
    try:
        with _opened(source) as old, _opened(target) as new:
            damage = old.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if damage != "ok":
                raise BackupError(f"{source} is damaged ({damage}): use another backup.")
            old.backup(new)
    except sqlite3.Error as error:
        raise BackupError(f"{source} cannot be copied to {target}: {error}.") from None


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, timeout=10, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = full")
        yield connection
    finally:
        connection.close()
