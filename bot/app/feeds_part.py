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
        self._interval_s = common.settings.notifications.poll_interval_s
        self.poller = all_feeds.poller(
            common.store,
            common.instance,
            common.redactor,
            services,
            common.metrics,
            follower,
            holders,
            written,
            common.settings.drift.patterns,
            common.vitals.tried,
            timedelta(seconds=self._interval_s * RESTS_FOR),
            timedelta(seconds=stale_after_s(self._interval_s)),
            lambda name: common.hurry(POLLING + name),
            watch_commits=common.settings.approvals.watch_commits,
            admin_channel=common.settings.slack.admin_channel,
            remind_after=remind_after,
        )
        self._groups = NamedGroups(common.store, services.groups)
        common.vitals.poll_interval_s = self._interval_s
        common.metrics.lost.read = lambda: [{(): len(lost_jobs(common.store.jobs, services.jobs.now()))}]
        for name in self.poller.feeds:
            common.vitals.tried(name)

    @property
    def tasks(self) -> tuple[Task, ...]:
        poll, names = self.poller.poll, self.poller.feeds
        groups = Task("reading groups that rules name", GROUPS_EVERY_S, self._groups.follow)
        return (*(Task(POLLING + name, self._interval_s, partial(poll, name)) for name in names), groups)

    def drain(self) -> int:
        self.poller.stop()
        return 0
