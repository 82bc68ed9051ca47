"""The pool of workers with its bounds, and the timers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest

from bot.work_pool import Taken, Timers, WorkPool


class Held:
    """Work that says when it has begun, and goes on when it is let."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.let = threading.Event()

    def __call__(self) -> None:
        self.begun.set()
        assert self.let.wait(10)


@pytest.fixture
def held() -> Iterator[Held]:
    work = Held()
    yield work
    work.let.set()


def busy_pool(held: Held, limit: int) -> WorkPool:
    """One worker, and it is busy."""
    pool = WorkPool("test", 1, limit)
    assert pool.offer(held) is Taken.yes
    assert held.begun.wait(10)
    return pool


def nothing() -> None:
    pass


def test_work_is_done_in_order_by_one_thread(held: Held) -> None:
    done: list[int] = []
    pool = busy_pool(held, 100)
    for number in range(50):
        pool.offer(lambda number=number: done.append(number))  # type: ignore[misc]
    held.let.set()
    assert pool.drain(10) == 0
    assert done == list(range(50))


def test_as_many_run_at_a_time_as_there_are_threads() -> None:
    pool = WorkPool("test", 3, 10)
    works = [Held() for _ in range(4)]
    for work in works:
        pool.offer(work)
    for work in works[:3]:
        assert work.begun.wait(10)
    assert not works[3].begun.is_set()
    works[0].let.set()
    assert works[3].begun.wait(10)
    for work in works:
        work.let.set()
    assert pool.drain(10) == 0


def test_a_full_queue_takes_nothing(held: Held) -> None:
    pool = busy_pool(held, 2)
    assert [pool.offer(nothing) for _ in range(3)] == [Taken.yes, Taken.yes, Taken.full]
    held.let.set()
    assert pool.drain(10) == 0


def test_one_share_takes_half_of_the_queue_at_most(held: Held) -> None:
    pool = busy_pool(held, 5)
    assert [pool.offer(nothing, share="a") for _ in range(3)] == [Taken.yes, Taken.yes, Taken.share_full]
    assert [pool.offer(nothing, share="b") for _ in range(3)] == [Taken.yes, Taken.yes, Taken.share_full]
    assert pool.offer(nothing) is Taken.yes
    assert pool.offer(nothing, share="c") is Taken.full
    held.let.set()
    assert pool.drain(10) == 0


def test_what_runs_does_not_count_for_the_share(held: Held) -> None:
    pool = WorkPool("test", 1, 2)
    pool.offer(held, share="a")
    assert held.begun.wait(10)
    assert pool.offer(nothing, share="a") is Taken.yes
    held.let.set()
    assert pool.drain(10) == 0


def test_one_share_holds_half_of_the_threads_at_most_and_the_others_go_on() -> None:
    pool = WorkPool("test", 4, 40)
    hanging = [Held() for _ in range(5)]
    for work in hanging:
        assert pool.offer(work, share="a") is Taken.yes
    for work in hanging[:2]:
        assert work.begun.wait(10)
    done = threading.Event()
    assert pool.offer(done.set, share="b") is Taken.yes
    assert done.wait(10)
    assert not [work for work in hanging[2:] if work.begun.is_set()]
    hanging[0].let.set()
    assert hanging[2].begun.wait(10)
    for work in hanging:
        work.let.set()
    assert pool.drain(10) == 0
    assert all(work.begun.is_set() for work in hanging)


def test_a_closed_pool_runs_what_waits_for_its_share() -> None:
    pool = WorkPool("test", 4, 40)
    done: list[int] = []
    for number in range(20):
        pool.offer(lambda number=number: done.append(number), share="a")  # type: ignore[misc]
    assert pool.drain(10) == 0
    assert sorted(done) == list(range(20))


def test_even_a_queue_of_one_has_a_share_of_one(held: Held) -> None:
    pool = busy_pool(held, 1)
    assert pool.offer(nothing, share="a") is Taken.yes
    held.let.set()
    assert pool.drain(10) == 0


def test_a_closed_pool_takes_nothing_and_does_what_it_took(held: Held) -> None:
    done: list[str] = []
    pool = busy_pool(held, 9)
    pool.offer(lambda: done.append("waiting"))
    pool.close()
    assert pool.offer(nothing) is Taken.closing
    held.let.set()
    assert pool.drain(10) == 0
    assert done == ["waiting"]


def test_a_drain_that_takes_too_long_counts_what_runs_and_gives_what_never_began(held: Held) -> None:
    said: list[str] = []
    pool = busy_pool(held, 9)
    pool.offer(nothing, share="a", instead=lambda: said.append("instead"))
    pool.offer(nothing)
    assert pool.drain(0.05) == 1
    for work in pool.abandon():
        work()
    assert said == ["instead"]
    held.let.set()
    assert pool.drain(10) == 0


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(1)])
def test_work_that_raises_ends_no_thread(error: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise error

    done: list[int] = []
    pool = WorkPool("test", 1, 9)
    with caplog.at_level(logging.ERROR):
        pool.offer(fail)
        pool.offer(lambda: done.append(1))
        assert pool.drain(10) == 0
    assert done == [1]
    assert [record.getMessage() for record in caplog.records] == ["a piece of work failed"]


def test_a_thousand_offers_from_many_threads_are_each_done_once_or_refused() -> None:
    pool = WorkPool("test", 4, 50)
    done: list[int] = []
    taken: list[int] = []

    def offer(start: int) -> None:
        for number in range(start, start + 250):
            if pool.offer(lambda number=number: done.append(number), share=start) is Taken.yes:  # type: ignore[misc]
                taken.append(number)  # noqa: PERF401

    threads = [threading.Thread(target=offer, args=(start,)) for start in range(0, 1_000, 250)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pool.drain(10) == 0
    assert sorted(done) == sorted(taken)


# -- timers


def test_timers_fire_in_the_order_in_which_they_are_due() -> None:
    timers, fired, last = Timers(), [], threading.Event()
    timers.after(0.10, last.set)
    timers.after(0.05, lambda: fired.append("second"))
    timers.after(0.0, lambda: fired.append("first"))
    assert last.wait(10)
    timers.close()
    assert fired == ["first", "second"]


def test_pending_timers_are_dropped_at_the_end() -> None:
    timers = Timers()
    fired: list[int] = []
    timers.after(60, lambda: fired.append(1))
    timers.close()
    assert fired == []


def test_a_timer_that_fails_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    timers, fired = Timers(), threading.Event()
    with caplog.at_level(logging.ERROR):
        timers.after(0.0, lambda: 1 / 0)
        timers.after(0.01, fired.set)
        assert fired.wait(10)
    timers.close()
    assert [record.getMessage() for record in caplog.records] == ["a timer failed"]


def test_work_begins_also_while_offers_are_refused_without_an_end(held: Held) -> None:
    pool = busy_pool(held, 2)
    done, over = threading.Event(), threading.Event()
    pool.offer(done.set)

    def flood() -> None:
        while not over.wait(0.001):
            pool.offer(nothing)

    flooding = threading.Thread(target=flood)
    flooding.start()
    held.let.set()
    try:
        assert done.wait(10)
    finally:
        over.set()
        flooding.join()
