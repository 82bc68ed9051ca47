"""Lets the threads of this process write to SQLite one after the other, with one commit for what they write at the same time.

SQLite itself lets writers sleep for up to 0.1 s and try again, so that most of the time nobody writes; and a commit with FULL
takes many times as long as the statements in it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from store.errors import StoreBusy, StoreError


class _Write:
    """One statement and its result, or the error that it raised. `settled` is locked until the statement is done, or until this
    write `leads` and its thread is to write for all that wait."""

    __slots__ = ("error", "leads", "result", "settled", "statement")

    def __init__(self, statement: Callable[[], Any]) -> None:
        self.statement = statement
        self.result: Any = None
        self.error: Exception | None = StoreError("The store was not written to: what wrote was interrupted.")
        self.leads = False
        self.settled = threading.Lock()
        self.settled.acquire()

    def run(self) -> None:
        try:
            self.result, self.error = self.statement(), None
        except Exception as error:
            self.error = error


class Writers:
    """`peewee` is an SQLite database; a thread that calls has a connection."""

    def __init__(self, peewee: Any, *, wait_s: float, busy: str) -> None:
        """`busy` is the message of the StoreBusy that a thread gets after it has waited `wait_s` for the write lock."""
        self._peewee = peewee
        self._wait_s = wait_s
        self._busy = busy
        self._write_lock = threading.RLock()
        self._queue_lock = threading.Lock()
        self._waiting: list[_Write] = []
        self._led = False

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """Lets no other thread write meanwhile. Raises StoreBusy."""
        if not self._write_lock.acquire(timeout=self._wait_s):
            raise StoreBusy(self._busy)
        try:
            yield
        finally:
            self._write_lock.release()

    def write(self, statement: Callable[[], Any]) -> Any:
        """Returns what the statement returns, once it is committed. The thread that waits first gets the write lock and writes
        for all that wait by then. Raises what the statement raises, and StoreBusy."""
        write = _Write(statement)
        with self._queue_lock:
            self._waiting.append(write)
            write.leads = not self._led
            self._led = True
        if not write.leads:
            write.settled.acquire()  # for as long as the others need, who have time-outs
        if write.leads:
            self._lead()
        if write.error is not None:
            raise write.error
        return write.result

    def _lead(self) -> None:
        writes: list[_Write] = []
        try:
            with self.exclusive():
                writes = self._dequeue()
                if len(writes) == 1:
                    writes[0].run()
                else:
                    self._commit(writes)
        except StoreBusy as error:
            writes = self._dequeue()
            for write in writes:
                write.error = error
        finally:
            self._wake(writes or self._dequeue())

    def _dequeue(self) -> list[_Write]:
        with self._queue_lock:
            writes, self._waiting = self._waiting, []
            return writes

    def _wake(self, writes: Sequence[_Write]) -> None:
        """Wakes the threads whose outcome is known, and the one that leads next."""
        with self._queue_lock:
            self._led = bool(self._waiting)
            if self._waiting:
                self._waiting[0].leads = True
                self._waiting[0].settled.release()
        for write in writes:
            if not write.leads:
                write.settled.release()

    def _commit(self, writes: Sequence[_Write]) -> None:
        """Commits all at once. An error undoes its own statement alone; where SQLite ended the transaction, all have failed."""
        try:
            with self._peewee.atomic():
                for write in writes:
                    write.run()
                    if write.error and not self._peewee.connection().in_transaction:
                        raise write.error
        except Exception as error:
            for write in writes:
                write.error = error
