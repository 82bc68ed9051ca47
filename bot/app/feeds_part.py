"""Polls each feed by a task of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bot.app.part import Common, Part, Task
from bot.configs.follower import Follower
from bot.context import Services
from bot.feeds import all_feeds, jobs

POLLING = "polling "  # and then the name of the feed: the name of its task
JOBS = POLLING + jobs.NAME  # the task that is hurried when WebNet may have ended a job


class FeedsPart(Part):
    def __init__(self, common: Common, services: Services, follower: Follower, written: Callable[[], None]) -> None:
        """The follower hands new snapshots to the feeds from now on; `written` is called when deliveries may be due."""
        self._interval_s = common.settings.notifications.poll_interval_s
        self.poller = all_feeds.poller(
            common.store,
            common.instance,
            common.redactor,
            services,
            common.metrics,
            follower,
            written,
            common.settings.drift.patterns,
        )

    @property
    def tasks(self) -> tuple[Task, ...]:
        poll, names = self.poller.poll, self.poller.feeds
        return tuple(Task(POLLING + name, self._interval_s, partial(poll, name)) for name in names)

    def drain(self) -> int:
        self.poller.stop()
        return 0
