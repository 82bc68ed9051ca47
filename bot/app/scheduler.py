"""What runs when, beside the commands. A task that fails is logged and tried again at its next turn."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from bot.core.errors import BotError
from store.errors import StoreError

log = logging.getLogger(__name__)

HURRIED_EVERY_S = 1.0
NEVER_DAYS = 36_500


class Scheduler:
    def __init__(self, threads: int = 8) -> None:
        self._tasks: dict[str, _Task] = {}
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={
                "default": {"type": "threadpool", "max_workers": threads},
                "alone": {"type": "threadpool", "max_workers": 2},
            },
            # One late run instead of several, and never two at once.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def every(
        self, seconds: float, name: str, task: Callable[[], object], *, at_once: bool = True, alone: bool = False
    ) -> None:
        """The time between two turns varies a little, so that several replicas do not move in step. `alone` runs
        beside the others, in threads that no slow task keeps busy."""
        first = datetime.now(UTC) if at_once else datetime.now(UTC) + timedelta(seconds=seconds)
        self._tasks[name] = _Task(_guarded(name, task), "alone" if alone else "default")
        self._scheduler.add_job(
            self._tasks[name].turn,
            "interval",
            seconds=seconds,
            jitter=seconds * 0.1,
            id=name,
            name=name,
            next_run_time=first,
            executor=self._tasks[name].executor,
        )
        # Rests until it is hurried. A job of APScheduler's that ends is removed, which a stop at that moment makes a fault.
        self._scheduler.add_job(
            self._tasks[name].hurried_turn,
            "interval",
            days=NEVER_DAYS,
            id=_hurried(name),
            name=_hurried(name),
            next_run_time=None,
            executor=self._tasks[name].executor,
        )

    def hurry(self, name: str) -> None:
        """Gives the task of this name a turn beside its regular ones: now, or once a turn that is under way has ended, but
        at most one a second, however often it is asked for. What is asked for meanwhile is not lost."""
        wait_s = self._tasks[name].hurried()
        if wait_s is not None:
            due = datetime.now(UTC) + timedelta(seconds=wait_s)
            with suppress(JobLookupError):  # stopped meanwhile
                self._scheduler.modify_job(_hurried(name), next_run_time=due)

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        """Waits for what is running. APScheduler's own waiting holds a lock that a task needs to hurry another one."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        for task in self._tasks.values():
            task.end()


def _hurried(name: str) -> str:
    return f"{name}, hurried"


class _Task:
    """One turn at a time; of the hurried ones at most one waits."""

    def __init__(self, run: Callable[[], None], executor: str) -> None:
        self._run = run
        self.executor = executor
        self._turn = threading.Lock()
        self._lock = threading.Lock()
        self._asked = False
        self._next = float("-inf")  # when a hurried turn may begin, by the monotonic clock
        self._ended = False

    def turn(self) -> None:
        if self._turn.acquire(blocking=False):  # else a hurried turn is under way, which is as good
            try:
                if not self._ended:
                    self._run()
            finally:
                self._turn.release()

    def end(self) -> None:
        """Waits for the turn that is under way; there is none afterwards."""
        with self._turn:
            self._ended = True

    def hurried(self) -> float | None:
        """Seconds until a hurried turn may begin; None if one is to come already."""
        with self._lock:
            if self._asked:
                return None
            self._asked = True
            return max(0.0, self._next - time.monotonic())

    def hurried_turn(self) -> None:
        with self._turn:
            with self._lock:
                self._asked = False
                self._next = time.monotonic() + HURRIED_EVERY_S
            if not self._ended:
                self._run()


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
