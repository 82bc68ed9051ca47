"""Follows WebNet's snapshots, and keeps the copy of the configs that `search` reads."""

from __future__ import annotations

import time
from functools import partial

from bot.app.part import Common, Part, Task
from bot.configs.follower import Follower
from bot.configs.search_copy import Copying
from bot.context import Services
from bot.webnet.transport import counted

FILL_EVERY_S = 10.0


class ConfigsPart(Part):
    def __init__(self, common: Common, services: Services) -> None:
        store, instance, webnet = common.store, common.instance, services.webnet
        self._metrics, self._poll_interval_s = common.metrics, common.settings.notifications.poll_interval_s
        self.follower = Follower(webnet, store, instance)
        self._copying = Copying(webnet, store, services.directory, self.follower, common.redactor.config, instance)
        self.follower.add(self._copying.receive)

    @property
    def tasks(self) -> tuple[Task, ...]:
        return (
            Task("following snapshots", self._poll_interval_s, self._follow),
            Task("copying configs", FILL_EVERY_S, self._copying.fill),
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
