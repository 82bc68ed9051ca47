"""Threads that write to SQLite at the same time share a commit, and nothing else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from peewee import IntegrityError, SqliteDatabase

from store.errors import StoreBusy
from store.writers import Writers


class Bench:
    """A table of unique numbers, and the statements of the connections that write to it."""

    def __init__(self, path: Path, wait_s: float = 10.0) -> None:
        self.peewee = SqliteDatabase(path, check_same_thread=False, pragmas={"journal_mode": "wal"})
        self.writers = Writers(self.peewee, wait_s=wait_s, busy="busy")
        self.said: list[str] = []
        self.asked = 0
        self.sql("CREATE TABLE numbers (number INTEGER PRIMARY KEY)")

    def sql(self, text: str, *values: object) -> Any:
        return self.peewee.execute_sql(text, values)

    def add(self, number: int) -> int:
        return int(self.sql("INSERT INTO numbers VALUES (?)", number).rowcount)

    def numbers(self) -> list[int]:
        return [number for (number,) in self.sql("SELECT number FROM numbers ORDER BY number")]

    def write(self, statement: Callable[[], Any]) -> Any:
        """Writes in a thread of its own, whose statements are recorded."""
        with self.peewee.connection_context():
            self.peewee.connection().set_trace_callback(self.said.append)
            self.asked += 1
            return self.writers.write(statement)

    @contextmanager
    def held(self, threads: ThreadPoolExecutor) -> Iterator[Callable[[Callable[[], Any]], Future[Any]]]:
        """Keeps one write under way; those that are handed in meanwhile wait for it."""
        begun, go_on, handed = threading.Event(), threading.Event(), list[Future[Any]]()

        def slow() -> None:
            begun.set()
            go_on.wait(10)

        def hand_in(statement: Callable[[], Any]) -> Future[Any]:
            handed.append(threads.submit(self.write, statement))
            return handed[-1]

        first = threads.submit(self.write, slow)
        assert begun.wait(10)
        self.said.clear()
        yield hand_in
        while self.asked < 1 + len(handed):
            time.sleep(0.01)
        time.sleep(0.2)  # from there to the turn that they wait for
        go_on.set()
        first.result(10)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(20) as pool:
        yield pool


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "store.db")


def test_what_waits_is_written_with_one_commit(bench: Bench, threads: ThreadPoolExecutor) -> None:
    with bench.held(threads) as hand_in:
        waiting = [hand_in(lambda number=number: bench.add(number)) for number in range(12)]
    assert [each.result(10) for each in waiting] == [1] * 12
    assert bench.numbers() == list(range(12))
    assert bench.said.count("COMMIT") == 1


def test_one_alone_is_written_as_it_is(bench: Bench) -> None:
    assert bench.write(lambda: bench.add(1)) == 1
    assert not any(said.startswith(("BEGIN", "COMMIT")) for said in bench.said)


def test_what_fails_fails_alone(bench: Bench, threads: ThreadPoolExecutor) -> None:
    bench.add(5)
    with bench.held(threads) as hand_in:
        twice, too_large, *good = [hand_in(lambda number=number: bench.add(number)) for number in (5, 2**63, 6, 7, 8)]
    with pytest.raises(IntegrityError):
        twice.result(10)
    with pytest.raises(OverflowError):
        too_large.result(10)
    assert [each.result(10) for each in good] == [1, 1, 1]
    assert bench.numbers() == [5, 6, 7, 8]


def test_a_transaction_that_ended_is_said_to_all_of_it(bench: Bench, threads: ThreadPoolExecutor) -> None:
    """Fails as SQLite does on a full disk."""

    def end_it() -> None:
        bench.sql("ROLLBACK")
        raise OSError("the disk is full")

    with bench.held(threads) as hand_in:
        waiting = [hand_in(statement) for statement in (lambda: bench.add(1), end_it, lambda: bench.add(2))]
    for each in waiting:
        with pytest.raises(Exception, match=r"disk is full|no transaction"):
            each.result(10)
    assert bench.numbers() == []
    assert bench.write(lambda: bench.add(3)) == 1


def test_a_writer_that_waits_too_long_fails_and_has_written_nothing(
    tmp_path: Path, threads: ThreadPoolExecutor
) -> None:
    bench = Bench(tmp_path / "store.db", wait_s=0.1)
    with bench.writers.exclusive():
        late = [threads.submit(bench.write, lambda number=number: bench.add(number)) for number in range(5)]
        for each in late:
            with pytest.raises(StoreBusy):
                each.result(10)
    assert bench.numbers() == []
    assert bench.write(lambda: bench.add(9)) == 1


def test_many_threads_for_a_while_lose_nothing(bench: Bench, threads: ThreadPoolExecutor) -> None:
    def some(first: int) -> list[int]:
        return [bench.write(lambda number=number: bench.add(number)) for number in range(first, first + 50)]

    written = [threads.submit(some, first) for first in range(0, 1_000, 50)]
    assert [each.result(60) for each in written] == [[1] * 50] * 20
    assert bench.numbers() == list(range(1_000))
    assert bench.said.count("COMMIT") < 1_000
