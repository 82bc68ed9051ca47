"""Polls each feed by a task of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from bot.app.part import Common, Part, Task
from bot.configs.follower import Follower
from bot.context import Services
from bot.core.holding import Holders
from bot.feeds import all_feeds, jobs
from bot.feeds.enqueue import RemindAfter
from bot.feeds.groups import NamedGroups
from bot.jobs.stuck import lost_jobs
from bot.vitals import stale_after_s

POLLING = "polling "  # and then the name of the feed: the name of its task
GROUPS_EVERY_S = 30.0  # in which rules may come to name others
RESTS_FOR = 2.5  # polls between two looks at what nothing announces, so that every third poll looks
JOBS = POLLING + jobs.NAME  # the task that is hurried when WebNet may have ended a job


class FeedsPart(Part):
    def __init__(
        self,
        common: Common,
        services: Services,
        follower: Follower,
        holders: Holders,
        remind_after: RemindAfter,
        written: Callable[[], None],
    ) -> None:
        """The follower hands new snapshots to the feeds from now on; `written` is called when deliveries may be due."""
        settings, vitals = common.settings, common.vitals
        self._interval_s = settings.notifications.poll_interval_s
        options = all_feeds.Options(
            ignored=settings.drift.patterns,
            tried=vitals.tried,
            rest=timedelta(seconds=self._interval_s * RESTS_FOR),
            fails_after=timedelta(seconds=stale_after_s(self._interval_s)),
            hurry=lambda name: common.hurry(POLLING + name),
            watch_commits=settings.approvals.watch_commits,
            admin_channels=settings.admin_channels,
            remind_after=remind_after,
        )
        joined = common.store, common.instance, common.redactor, services, common.metrics
        self.poller = all_feeds.poller(*joined, follower, holders, written, options)
        self._groups = NamedGroups(common.store, services.webnet, services.groups)
        vitals.poll_interval_s = self._interval_s
        common.metrics.lost.read = lambda: [{(): len(lost_jobs(common.store.jobs, services.jobs.now()))}]
        for name in self.poller.feeds:
            vitals.tried(name)

    @property
    def tasks(self) -> tuple[Task, ...]:
        poll, names = self.poller.poll, self.poller.feeds
        groups = Task("reading groups that rules name", GROUPS_EVERY_S, self._groups.follow)
        return (*(Task(POLLING + name, self._interval_s, partial(poll, name)) for name in names), groups)

    def drain(self) -> int:
        self.poller.stop()
        return 0
