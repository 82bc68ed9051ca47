"""On SQLite the threads of this process write one after the other, and what they write at the same time has one commit.

SQLite itself lets writers sleep for up to 0.1 s and look again, so that most of the time nobody writes; and a commit with FULL
takes many times as long as what is in it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from store.errors import StoreBusy, StoreError


class _Write:
    """One statement, and what came of it: `error` until it is known. `told` is locked until it is done or `leads`."""

    __slots__ = ("error", "leads", "result", "statement", "told")

    def __init__(self, statement: Callable[[], Any]) -> None:
        self.statement = statement
        self.result: Any = None
        self.error: Exception | None = StoreError("The store was not written to: what wrote was interrupted.")
        self.leads = False
        self.told = threading.Lock()
        self.told.acquire()

    def run(self) -> None:
        try:
            self.result, self.error = self.statement(), None
        except Exception as error:
            self.error = error


class Writers:
    """`peewee` is an SQLite database; a thread that calls has a connection."""

    def __init__(self, peewee: Any, *, wait_s: float, busy: str) -> None:
        """`busy` is what is said to whoever has waited `wait_s` for a turn."""
        self._peewee = peewee
        self._wait_s = wait_s
        self._busy = busy
        self._turn = threading.RLock()
        self._changing = threading.Lock()
        self._waiting: list[_Write] = []
        self._led = False

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Nobody else writes meanwhile. Raises StoreBusy."""
        if not self._turn.acquire(timeout=self._wait_s):
            raise StoreBusy(self._busy)
        try:
            yield
        finally:
            self._turn.release()

    def write(self, statement: Callable[[], Any]) -> Any:
        """What the statement gives, once it is committed. The first that waits writes for all that wait when it has its turn,
        in its thread. Raises what the statement raises, and StoreBusy."""
        write = _Write(statement)
        with self._changing:
            self._waiting.append(write)
            write.leads = not self._led
            self._led = True
        if not write.leads:
            write.told.acquire()  # for as long as others take, who have time-outs
        if write.leads:
            self._lead()
        if write.error is not None:
            raise write.error
        return write.result

    def _lead(self) -> None:
        writes: list[_Write] = []
        try:
            with self.turn():
                writes = self._taken()
                if len(writes) == 1:
                    writes[0].run()
                else:
                    self._commit(writes)
        except StoreBusy as error:
            writes = self._taken()
            for write in writes:
                write.error = error
        finally:
            self._tell(writes or self._taken())

    def _taken(self) -> list[_Write]:
        with self._changing:
            writes, self._waiting = self._waiting, []
            return writes

    def _tell(self, writes: Sequence[_Write]) -> None:
        """Those whose outcome is known, and who is the next to lead."""
        with self._changing:
            self._led = bool(self._waiting)
            if self._waiting:
                self._waiting[0].leads = True
                self._waiting[0].told.release()
        for write in writes:
            if not write.leads:
                write.told.release()

    def _commit(self, writes: Sequence[_Write]) -> None:
        """An error undoes its own statement alone; only where SQLite has ended the transaction it is everybody's."""
        try:
            with self._peewee.atomic():
                for write in writes:
                    write.run()
                    if write.error and not self._peewee.connection().in_transaction:
                        raise write.error
        except Exception as error:
            for write in writes:
                write.error = error
