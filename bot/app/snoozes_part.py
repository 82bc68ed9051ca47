"""Ends snoozes in time."""

from __future__ import annotations

from functools import partial

from bot.app.part import Common, Part, Task
from bot.snoozes.holders import BySnooze
from bot.snoozes.keeper import SnoozeKeeper

EVERY_S = 5.0


class SnoozesPart(Part):
    def __init__(self, common: Common) -> None:
        self._keeper = SnoozeKeeper(common.store)
        self.holder = partial(BySnooze, common.store)

    @property
    def tasks(self) -> tuple[Task, ...]:
        return (Task("ending snoozes", EVERY_S, self._keeper.tick),)
