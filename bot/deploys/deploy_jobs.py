"""Finds the jobs that matter to a deploy among WebNet's newest: its own that may have been started, and commits of others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from bot.core.errors import Conflict
from bot.deploys.deploy import Deploy
from bot.deploys.steps import STEPS, Kind
from bot.jobs.webnet_clock import CLOCKS_DIFFER
from bot.webnet.client import WebNet
from bot.webnet.job_kinds import BACKUP, COMMIT, PREVIEW
from bot.webnet.models import Job

MOST_PAGES = 100  # of WebNet's newest jobs that are looked through
TYPES: dict[Kind, str] = {"preview": PREVIEW.type, "commit": COMMIT.type, "backup": BACKUP.type}


class DeployJobs:
    """Its methods raise WebNetError, and Conflict where there are too many jobs to look through."""

    def __init__(
        self,
        webnet: WebNet,
        open_commits: Callable[[int, Sequence[int]], Sequence[int]],
        webnet_ahead: Callable[[], timedelta],
    ) -> None:
        """`open_commits` and `webnet_ahead` are as in `work.Parts`."""
        self._webnet = webnet
        self._open_commits = open_commits
        self._webnet_ahead = webnet_ahead

    def other_commits(self, deploy: Deploy, devices: frozenset[int]) -> Iterator[int]:
        """Yields commits on these devices that another one has started since the preview, or that are open."""
        own, since = set(deploy.row.jobs.values()), deploy.row.jobs["previewing"]
        for job in self._after(since):
            theirs = job.device_ids & devices or not job.device_ids  # one that names no devices may mean any
            if job.type == COMMIT.type and job.customer == deploy.payload.customer and theirs and job.id not in own:
                yield job.id
        for number in self._open_commits(deploy.payload.customer, sorted(devices)):
            if number not in own and not self._webnet.job(number).ended:
                yield number

    def may_be(self, deploy: Deploy) -> Iterator[int]:
        """Yields the jobs that can be nothing but the one that was asked for in this state: of that type, on exactly those devices, by
        the bot or its requester, from that time, and with those config lines."""
        kind, devices = STEPS[deploy.state].kind, frozenset(deploy.course.scope(deploy.state))
        users, known = {self._webnet.me().id, deploy.payload.requester}, set(deploy.row.jobs.values())
        since = deploy.row.moved_at + self._webnet_ahead() - CLOCKS_DIFFER
        for job in self._after(max(known, default=0), since):
            same = (job.type, job.customer, job.device_ids) == (TYPES[kind], deploy.payload.customer, devices)
            in_time = job.requested_at is None or job.requested_at >= since
            if same and in_time and job.user in users and job.id not in known and self._sends(job, deploy, kind):
                yield job.id

    def _sends(self, job: Job, deploy: Deploy, kind: Kind) -> bool:
        return kind == "backup" or self._webnet.snippet_of(job.id) == deploy.row.snippet

    def _after(self, job: int, since: datetime | None = None) -> Iterator[Job]:
        """Yields WebNet's jobs with a higher id than this one's, down to a page on which all were asked for before `since`."""
        for number in range(1, MOST_PAGES + 1):
            pages, jobs = self._webnet.jobs_page(number)
            yield from (each for each in jobs if each.id > job)
            old = since is not None and all(each.requested_at and each.requested_at < since for each in jobs)
            if number >= pages or old or min((each.id for each in jobs), default=0) <= job:
                return
        raise Conflict("Too many jobs were started in WebNet since the preview to look through them. Ask again.")
