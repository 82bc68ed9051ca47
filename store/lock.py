"""Lets only one `run` work on an SQLite file. PostgreSQL needs no such lock: its replicas share the work through leases."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from store.engine import StoreUrl, parse_url
from store.errors import StoreLocked, StoreUrlError


def lock_file(database: Path, purpose: str) -> Path:
    """Returns the path of a lock file, which is the same for every path that leads to the database."""
    database = database.resolve()
    return database.with_name(f"{database.name}.{purpose}-lock")


class RunLock:
    """A lock on a file beside the database. The kernel drops it when the process ends, however it ends; the file stays.

    Inside is the holder's process id, which means something only while the lock is held.
    """

    def __init__(self, url: str | StoreUrl) -> None:
        self._url = parse_url(url) if isinstance(url, str) else url
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Raises StoreLocked if another run has the store."""
        if self._url.path is None or self._descriptor is not None:
            return
        descriptor = _open(self._url.path)
        if not _lock(descriptor, tries=10):
            holder = _holder(descriptor)
            os.close(descriptor)
            raise StoreLocked(
                f"Another webnet-bot runs on the store {self._url.shown} (process {holder}): stop it first; "
                "several at once need a PostgreSQL store."
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def other_process(self) -> str | None:
        """Returns the process id of a run on this store, unless it is this very process."""
        if self._url.path is None or not lock_file(self._url.path, "run").exists():
            return None
        descriptor = _open(self._url.path)
        try:
            holder = None if _lock(descriptor) else _holder(descriptor)
        finally:
            os.close(descriptor)
        return None if holder == str(os.getpid()) else holder

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _open(database: Path) -> int:
    try:
        return os.open(lock_file(database, "run"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreUrlError(
            f"The store {database} cannot be locked: {error.strerror}; check store.url and the folder."
        ) from None


def _lock(descriptor: int, tries: int = 1) -> bool:
    """Tries again after a moment, because `other_process` holds the lock that long."""
    for left in reversed(range(tries)):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if left:
                time.sleep(0.03)
        else:
            return True
    return False


def _holder(descriptor: int) -> str:
    return os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
