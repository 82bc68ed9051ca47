"""Runs tasks at their intervals beside the commands. A task that fails is logged and tried again at its next run."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, EVENT_JOB_SUBMITTED, JobEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from bot.core.errors import BotError
from bot.heartbeats import Heartbeats
from store.errors import StoreError

log = logging.getLogger(__name__)

CLOCK_EVERY_S = 1.0
CLOCK_STEP_S = 3.0  # by which the wall clock moves against the monotonic one before it counts as set
HURRIED_EVERY_S = 1.0  # the shortest time between the beginnings of two hurried runs of one task


@dataclass(slots=True)
class _Task:
    run: Callable[[], None]
    asked: bool = False  # a run that begins later than now is wanted
    open: int = 0  # runs that APScheduler has submitted and not yet counted as ended
    hurried_from_s: float = float("-inf")  # when the next hurried run may begin, by the monotonic clock


class _Background(BackgroundScheduler):  # type: ignore[misc]  # it has no types
    """Beats whenever it looks for tasks that are due; one of them is due every few seconds."""

    def __init__(self, heartbeats: Heartbeats, **options: Any) -> None:
        self._heartbeats = heartbeats
        super().__init__(**options)

    def _process_jobs(self) -> Any:
        self._heartbeats.beat()
        return super()._process_jobs()


class Scheduler:
    """Runs each task at its interval and whenever it is hurried, never twice at once. APScheduler counts by the wall clock: one
    that is set back by an hour would leave every task waiting for as long. So a thread compares `wall` with `monotonic`, and
    after a step every task runs at once and at its interval from there."""

    def __init__(
        self,
        heartbeats: Heartbeats | None = None,
        threads: int = 8,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._heartbeats = heartbeats or Heartbeats()
        self._monotonic = monotonic
        self._wall = wall
        self._ended = threading.Event()
        self._clock = threading.Thread(target=self._watch_clock, name="clock", daemon=True)
        self._tasks: dict[str, _Task] = {}
        self._changed = threading.Condition()  # guards the fields of every task and the two below
        self._running = 0
        self._stopping = False
        self._scheduler = _Background(
            self._heartbeats,
            timezone=UTC,
            executors={"default": self._threads(threads, "task"), "alone": self._threads(2, "alone")},
            # One late run instead of several, and never two at once.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._scheduler.add_listener(self._counted, EVENT_JOB_SUBMITTED | EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)

    def _threads(self, number: int, name: str) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(number, {"thread_name_prefix": name, "initializer": self._heartbeats.must_live})

    def every(
        self, seconds: float, name: str, task: Callable[[], object], *, at_once: bool = True, alone: bool = False
    ) -> None:
        """Adds a task. The time between two runs varies by a tenth, so that several replicas do not move in step. `alone`
        gives the task threads that no slow task keeps busy."""
        found = self._tasks[name] = _Task(_guarded(name, task))
        first = datetime.now(UTC) if at_once else datetime.now(UTC) + timedelta(seconds=seconds)
        self._scheduler.add_job(
            self._run,
            "interval",
            args=(found,),
            seconds=seconds,
            jitter=seconds * 0.1,
            id=name,
            name=name,
            next_run_time=first,
            executor="alone" if alone else "default",
        )

    def hurry(self, name: str) -> None:
        """Runs the task of this name now, or once the run that is under way has ended, but at most once a second however often
        this is asked for. One more run begins after the last call. Raises KeyError for a task that is not there."""
        task = self._tasks[name]
        with self._changed:
            due = not task.asked and not task.open
            task.asked = True
        if due:
            self._move(name, task)

    def start(self) -> None:
        self._scheduler.start()
        self._clock.start()

    def stop(self) -> None:
        """Waits for the runs that are under way; none begins afterwards."""
        self._ended.set()
        with self._changed:
            self._stopping = True
        if self._scheduler.running:
            # To let APScheduler wait would keep a lock that a task needs to hurry another one.
            self._scheduler.shutdown(wait=False)
        with self._changed:
            self._changed.wait_for(lambda: not self._running)

    def _watch_clock(self) -> None:
        self._heartbeats.beat()
        ahead_s = self._wall() - self._monotonic()
        while not self._ended.wait(CLOCK_EVERY_S):
            self._heartbeats.beat()
            step_s = self._wall() - self._monotonic() - ahead_s
            ahead_s += step_s
            if abs(step_s) > CLOCK_STEP_S:
                log.warning("the clock was set by %+.0f s; every regular task runs now", step_s)
                for name, task in self._tasks.items():
                    self._move(name, task)

    def _run(self, task: _Task) -> None:
        with self._changed:
            if self._stopping:
                return
            if task.asked:
                task.asked = False
                task.hurried_from_s = self._monotonic() + HURRIED_EVERY_S
            self._running += 1
        try:
            task.run()
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def _counted(self, event: JobEvent) -> None:
        """Listens to APScheduler, which skips a run that comes while it counts another one of the task, and sets the time of the
        next run after it has submitted one. Only after both events of a run can that time be moved for good; for a short
        run they may come in either order."""
        task = self._tasks[event.job_id]
        with self._changed:
            task.open += 1 if event.code == EVENT_JOB_SUBMITTED else -1
            due = task.asked and not task.open
        if due:
            self._move(event.job_id, task)

    def _move(self, name: str, task: _Task) -> None:
        """Moves the next run to the first moment at which a hurried one may begin. Holds no lock of ours, since the listener may
        be called while APScheduler holds the one that this needs."""
        wait_s = max(0.0, task.hurried_from_s - self._monotonic())
        with suppress(JobLookupError):  # the scheduler was stopped meanwhile
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC) + timedelta(seconds=wait_s))


def _guarded(name: str, task: Callable[[], object]) -> Callable[[], None]:
    failing = False

    def run() -> None:
        nonlocal failing
        try:
            task()
        except (BotError, StoreError) as error:
            log.log(logging.DEBUG if failing else logging.WARNING, "%s failed: %s", name, error.words)
            failing = True
        except Exception:
            log.exception("%s failed", name)
            failing = True
        else:
            if failing:
                log.info("%s works again", name)
            failing = False

    return run
