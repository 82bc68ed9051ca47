"""Follows WebNet's snapshots, and keeps the copy of the configs that `search` reads."""

from __future__ import annotations

import time
from datetime import timedelta
from functools import partial

from bot.app.feeds_part import JOBS
from bot.app.part import Common, Part, Task
from bot.configs.follower import LOOKS_EVERY, Follower
from bot.configs.keeper import Keeper
from bot.configs.search_copy import Copying
from bot.context import Services
from bot.webnet.transport import counted

FILL_EVERY_S = 10.0
FOLLOWING, COPYING = "following snapshots", "copying configs"  # the names of the tasks


class ConfigsPart(Part):
    def __init__(self, common: Common, services: Services) -> None:
        store, instance, webnet = common.store, common.instance, services.webnet
        self._metrics, self._poll_interval_s = common.metrics, common.settings.notifications.poll_interval_s
        rest = timedelta(seconds=self._poll_interval_s * LOOKS_EVERY)
        self.follower = Follower(
            webnet,
            store,
            instance,
            rest=rest,
            hurry=partial(common.hurry, FOLLOWING),
            handed_over=partial(common.hurry, JOBS),
        )
        keeper = Keeper(store, common.redactor)
        history = timedelta(days=common.settings.configs.history_days)
        self._copying = Copying(webnet, store, services.directory, self.follower, keeper, instance, history=history)
        self.follower.add(self._copying.receive)

    @property
    def tasks(self) -> tuple[Task, ...]:
        return (
            Task(FOLLOWING, self._poll_interval_s, self._follow),
            Task(COPYING, FILL_EVERY_S, self._copying.fill),
            Task("tidying configs", FILL_EVERY_S, self._copying.tidy, at_once=False),
        )

    def drain(self) -> int:
        self.follower.stop()
        self._copying.stop()
        return 0

    def _follow(self) -> None:
        """Reads the snapshots apart from the feeds, since the copy needs them as well; the metrics count them like a feed."""
        name, began = "snapshots", time.monotonic()
        cost = counted.set(partial(self._metrics.poll_requests.add, name))
        try:
            if self.follower.poll():
                self._metrics.poll_age.now(name)
                self._metrics.poll_seconds.observe(time.monotonic() - began, name)
        finally:
            counted.reset(cost)
