"""Tasks out of turn: at once, one at a time, at most one a second, and none is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from bot.app.scheduler import HURRIED_EVERY_S, Scheduler
from tests.e2e.rig import wait_until


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    found = Scheduler()
    yield found
    found.stop()


def test_a_hurried_task_runs_long_before_its_turn(scheduler: Scheduler) -> None:
    ran = threading.Event()
    scheduler.every(3600, "looking", ran.set, at_once=False)
    scheduler.start()
    scheduler.hurry("looking")
    assert ran.wait(10)


def test_a_flood_gives_at_most_one_turn_a_second_and_the_last_is_not_lost(scheduler: Scheduler) -> None:
    turns: list[float] = []
    scheduler.every(3600, "looking", lambda: turns.append(time.monotonic()), at_once=False)
    scheduler.start()
    started = time.monotonic()
    while time.monotonic() < started + 1.2 * HURRIED_EVERY_S:
        scheduler.hurry("looking")
        time.sleep(0.001)
    last = time.monotonic()
    wait_until(lambda: turns and turns[-1] >= last, "a turn after the last hint")
    assert len(turns) <= 1 + (turns[-1] - started) / HURRIED_EVERY_S + 1


def test_a_hint_during_a_turn_gives_another_one_afterwards_and_never_two_at_once(scheduler: Scheduler) -> None:
    begun, go_on, together, most = threading.Semaphore(0), threading.Semaphore(0), [0], [0]

    def slow() -> None:
        together[0] += 1
        most[0] = max(most[0], together[0])
        begun.release()
        go_on.acquire()
        together[0] -= 1

    scheduler.every(3600, "looking", slow)
    scheduler.start()
    assert begun.acquire(timeout=10)
    for _ in range(100):
        scheduler.hurry("looking")
    go_on.release()
    assert begun.acquire(timeout=10)
    go_on.release()
    assert most == [1]


def test_a_task_that_is_not_there_cannot_be_hurried(scheduler: Scheduler) -> None:
    with pytest.raises(KeyError):
        scheduler.hurry("nothing")


def test_a_hint_after_the_stop_does_nothing(scheduler: Scheduler) -> None:
    ran = threading.Event()
    scheduler.every(3600, "looking", ran.set, at_once=False)
    scheduler.start()
    scheduler.stop()
    scheduler.hurry("looking")
    assert not ran.is_set()


def test_a_stop_waits_for_a_turn_that_hurries_another_one_meanwhile() -> None:
    scheduler, begun, done = Scheduler(), threading.Event(), []

    def turn() -> None:
        begun.set()
        while scheduler._scheduler.running:  # until the stop has begun
            time.sleep(0.001)
        scheduler.hurry("other")
        done.append("turn")

    scheduler.every(3600, "turn", turn)
    scheduler.every(3600, "other", lambda: done.append("other"), at_once=False)
    scheduler.start()
    assert begun.wait(10)
    stopping = threading.Thread(target=scheduler.stop, daemon=True)
    stopping.start()
    stopping.join(30)
    assert not stopping.is_alive()
    assert done == ["turn"]
