"""Makes an event of each commit of a config that appears in WebNet and that the bot did not start: WebNet lets any operator commit
alone, past every approval here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from bot.callers import Callers
from bot.core.events import Event
from bot.core.notice_kinds import JOB_FAILURE
from bot.core.text import cut
from bot.feeds.enqueue import Enqueuer
from bot.feeds.facts import KnownDevices, of_commit
from bot.feeds.job_events import MOST_NAMED, MOST_OF_A_NAME
from bot.webnet.job_kinds import COMMIT
from bot.webnet.models import Job
from store.audit import Audit
from store.deploys import Deploys


class Commits:
    """`admin_channels` are the chats' ids of channels that get these events whatever their flags say."""

    def __init__(
        self,
        audit: Audit,
        deploys: Deploys,
        devices: KnownDevices,
        callers: Callers,
        enqueuer: Enqueuer,
        now: Callable[[], datetime],
        admin_channels: Collection[str],
    ) -> None:
        self._audit = audit
        self._deploys = deploys
        self._devices = devices
        self._callers = callers
        self._enqueuer = enqueuer
        self._now = now
        self._admin_channels = admin_channels

    def of(self, jobs: Iterable[Job]) -> list[Event]:
        """Makes the events of new jobs that no deploy of the bot's started. Asks WebNet for names."""
        commits = [job for job in jobs if job.type == COMMIT.type and job.customer is not None]
        names = self._callers.names(job.user for job in commits if job.user is not None)
        return [self._event(job, names.get(job.user or 0, "")) for job in self._of_others(commits)]

    def enqueue(self, events: Sequence[Event]) -> None:
        """Enqueues the events, in the transaction that moves the feed's cursor."""
        if events:
            self._enqueuer.enqueue(events, also=self._admin_channels)

    def _of_others(self, jobs: Sequence[Job]) -> list[Job]:
        return [
            job
            for job in jobs
            if not self._audit.starter_of([job.id], job.customer or 0)
            and not self._deploys.may_have_started(job.id, job.customer or 0, job.device_ids)
        ]

    def _event(self, job: Job, name: str) -> Event:
        devices = self._devices.of(job.customer or 0, job.device_ids)
        names = {each.id: each.name for each in devices}
        values = {
            "job": job.id,
            "user": job.user,
            "name": cut(name, MOST_OF_A_NAME),
            "devices": [
                cut(names.get(device, f"#{device}"), MOST_OF_A_NAME) for device in sorted(job.device_ids)[:MOST_NAMED]
            ],
            "total": len(job.device_ids),
        }
        at = job.requested_at or self._now()
        facts = of_commit(job, name, devices)
        return Event(f"job:{job.id}:commit", "commit", JOB_FAILURE.flag, job.customer or 0, at, values, facts=facts)
