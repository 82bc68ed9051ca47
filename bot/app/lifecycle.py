"""A running bot is a list of parts that start in order and stop backwards."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TypeVar

from bot.app.part import Common, Part, run_all
from bot.app.scheduler import Scheduler

P = TypeVar("P", bound=Part)


class Bot:
    """Starts the parts in their order and then the scheduler of their tasks. A stop drains every part and then stops them, from
    the last to the first."""

    def __init__(self, common: Common, parts: Sequence[Part], scheduler: Scheduler) -> None:
        self.common = common
        self.parts = parts
        self.scheduler = scheduler
        for task in (task for part in parts for task in part.tasks):
            scheduler.every(task.interval_s, task.name, task.run, at_once=task.at_once, alone=task.alone)

    def part(self, kind: type[P]) -> P:
        """The part of this class. Raises LookupError if this bot has none."""
        for part in self.parts:
            if isinstance(part, kind):
                return part
        raise LookupError(f"This bot has no {kind.__name__}.")

    def start(self) -> None:
        """Returns once everything runs. What has started is stopped again if something cannot start."""
        try:
            for part in self.parts:
                part.start()
            self.scheduler.start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> int:
        """Answers what was accepted, and returns how many commands were begun and not answered in time."""
        self.common.vitals.heartbeats.release()
        left: list[int] = []

        def drain(part: Part) -> None:
            left.append(part.drain())

        backwards = self.parts[::-1]
        run_all(partial(drain, part) for part in backwards)
        run_all([self.scheduler.stop, *(part.stop for part in backwards)])
        return sum(left)
