"""Hurried tasks: they run at once, one at a time and at most once a second, and no hurry is lost."""

from __future__ import annotations

import itertools
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from bot.app.scheduler import CLOCK_EVERY_S, HURRIED_EVERY_S, Scheduler
from tests.e2e.rig import wait_until


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    found = Scheduler()
    yield found
    found.stop()


def test_a_hurried_task_runs_long_before_its_interval(scheduler: Scheduler) -> None:
    ran = threading.Event()
    scheduler.every(3600, "looking", ran.set, at_once=False)
    scheduler.start()
    scheduler.hurry("looking")
    assert ran.wait(10)


def test_a_flood_gives_at_most_one_run_a_second_and_the_last_is_not_lost(scheduler: Scheduler) -> None:
    runs: list[float] = []
    scheduler.every(3600, "looking", lambda: runs.append(time.monotonic()), at_once=False)
    scheduler.start()
    started = time.monotonic()
    while time.monotonic() < started + 1.2 * HURRIED_EVERY_S:
        scheduler.hurry("looking")
        time.sleep(0.001)
    last = time.monotonic()
    wait_until(lambda: runs and runs[-1] >= last, "a run after the last hurry")
    assert len(runs) <= 1 + (runs[-1] - started) / HURRIED_EVERY_S + 1


def test_a_hurry_during_a_run_gives_another_one_afterwards_and_never_two_at_once(scheduler: Scheduler) -> None:
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


@pytest.mark.parametrize("ends", ["well", "in an error"])
def test_a_hurry_during_a_run_does_not_wait_for_the_next_interval(scheduler: Scheduler, ends: str) -> None:
    begun, go_on, ran = threading.Event(), threading.Event(), []

    def run() -> None:
        ran.append(time.monotonic())
        begun.set()
        assert go_on.wait(10)
        if ends != "well":
            raise OSError("the second run makes up for it")

    scheduler.every(3600, "looking", run)
    scheduler.start()
    assert begun.wait(10)
    scheduler.hurry("looking")
    time.sleep(0.2)  # long enough for APScheduler to skip a run that came now
    ended = time.monotonic()
    go_on.set()
    wait_until(lambda: len(ran) == 2, "the second run")
    assert ran[1] - ended < HURRIED_EVERY_S


def test_no_hurry_of_thousands_is_lost() -> None:
    """Each run asks for the next and ends at once, and threads change often, so that the events of APScheduler come in either
    order. The clock lets no hurried run wait."""
    clock, ran, done, interval_s = (
        itertools.count(step=10.0),
        itertools.count(),
        threading.Event(),
        sys.getswitchinterval(),
    )
    scheduler = Scheduler(monotonic=lambda: next(clock))

    def run() -> None:
        if next(ran) < 2_000:
            scheduler.hurry("looking")
        else:
            done.set()

    scheduler.every(3600, "looking", run)
    sys.setswitchinterval(1e-6)
    try:
        scheduler.start()
        assert done.wait(60), f"the chain broke after {next(ran)} runs"
    finally:
        sys.setswitchinterval(interval_s)
        scheduler.stop()


def test_a_task_that_is_not_there_cannot_be_hurried(scheduler: Scheduler) -> None:
    with pytest.raises(KeyError):
        scheduler.hurry("nothing")


def test_a_hurry_after_the_stop_does_nothing(scheduler: Scheduler) -> None:
    ran = threading.Event()
    scheduler.every(3600, "looking", ran.set, at_once=False)
    scheduler.start()
    scheduler.stop()
    scheduler.hurry("looking")
    assert not ran.is_set()


def test_a_stop_waits_for_a_run_that_hurries_another_one_meanwhile() -> None:
    scheduler, begun, done = Scheduler(), threading.Event(), []

    def run() -> None:
        begun.set()
        while scheduler._scheduler.running:  # until the stop has begun
            time.sleep(0.001)
        scheduler.hurry("other")
        done.append("run")

    scheduler.every(3600, "run", run)
    scheduler.every(3600, "other", lambda: done.append("other"), at_once=False)
    scheduler.start()
    assert begun.wait(10)
    stopping = threading.Thread(target=scheduler.stop, daemon=True)
    stopping.start()
    stopping.join(30)
    assert not stopping.is_alive()
    assert done == ["run"]


@pytest.mark.parametrize("step_s", [-3600.0, 3600.0, -86_400.0])
def test_every_task_runs_at_once_after_the_clock_was_set(step_s: float, caplog: pytest.LogCaptureFixture) -> None:
    """APScheduler itself reads the real clock, so its next run stands an hour from now, as it would after a step back."""
    offset_s, ran = [0.0], threading.Event()
    scheduler = Scheduler(wall=lambda: time.time() + offset_s[0])
    scheduler.every(3600, "looking", ran.set, at_once=False)
    scheduler.start()
    assert not ran.wait(2 * CLOCK_EVERY_S)
    offset_s[0] = step_s
    assert ran.wait(10)
    scheduler.stop()
    assert [record.getMessage() for record in caplog.records if "clock" in record.getMessage()] == [
        f"the clock was set by {step_s:+.0f} s; every regular task runs now"
    ]
