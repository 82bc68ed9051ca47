"""What runs when, beside the commands. A task that fails is logged and tried again at its next turn."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from bot.core.errors import BotError
from store.errors import StoreError

log = logging.getLogger(__name__)


class Scheduler:
    def __init__(self, threads: int = 4) -> None:
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
        self._scheduler.add_job(
            _guarded(name, task),
            "interval",
            seconds=seconds,
            jitter=seconds * 0.1,
            id=name,
            name=name,
            next_run_time=first,
            executor="alone" if alone else "default",
        )

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        """Waits for what is running."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)


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
