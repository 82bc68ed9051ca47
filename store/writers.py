"""On SQLite the threads of this process write one after the other, and what they write at the same time has one commit.

SQLite itself lets writers sleep for up to 0.1 s and look again, so that most of the time nobody writes; and a commit with FULL
takes many times as long as what is in it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from store.errors import StoreBusy, StoreError


def _cut_off() -> StoreError:
    return StoreError("The store was not written to: what wrote was interrupted.")


@dataclass(eq=False, slots=True)
class _Write:
    """One statement, and what came of it: `error` until it is known."""

    statement: Callable[[], Any]
    result: Any = None
    error: Exception | None = field(default_factory=_cut_off)
    done: bool = False

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
        """What the statement gives, once it is committed: by whoever has the next turn, in that thread, together with all
        that wait then. Raises what it raises, and StoreBusy."""
        write = _Write(statement)
        with self._changing:
            self._waiting.append(write)
        if not self._turn.acquire(timeout=self._wait_s):
            if self._withdrawn(write):
                raise StoreBusy(self._busy)
            self._turn.acquire()  # it is being written, and that has a time-out of its own
        try:
            if not write.done:
                self._commit_all()
        finally:
            self._turn.release()
        if write.error is not None:
            raise write.error
        return write.result

    def _withdrawn(self, write: _Write) -> bool:
        with self._changing:
            if write not in self._waiting:
                return False
            self._waiting.remove(write)
            return True

    def _commit_all(self) -> None:
        with self._changing:
            writes, self._waiting = self._waiting, []
        try:
            if len(writes) == 1:
                writes[0].run()
            else:
                self._commit(writes)
        finally:
            for write in writes:
                write.done = True

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
