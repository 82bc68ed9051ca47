"""Starts, reads, lists and cancels the jobs of one customer for a command."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from bot.core.audit import RequestAudit
from bot.core.commands import Caller
from bot.core.errors import Conflict, NotFound, Passed, WebNetError, WebNetInvalid, WebNetMissing
from bot.devices.access import Devices
from bot.jobs import paging
from bot.jobs.index import JobIndex
from bot.jobs.logs import JobLog, JobLogs
from bot.jobs.starter import KnownJob, Started, Starter
from bot.webnet.client import JobKind, Target, WebNet
from bot.webnet.models import Job


class History(Protocol):
    """Knows from the audit log which jobs the bot started."""

    def starters(self, customer: int, job_ids: Sequence[int]) -> Mapping[int, KnownJob]: ...

    def last_on(self, customer: int, device: int) -> KnownJob | None: ...


@dataclass(frozen=True, slots=True)
class JobSources:
    """Holds what all callers share. `names(ids)` gives the names of WebNet's users by id, of those that are known."""

    webnet: WebNet
    starter: Starter
    history: History
    index: JobIndex
    logs: JobLogs
    names: Callable[[Iterable[int]], Mapping[int, str]]
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Jobs:
    """Reads and changes the jobs of one customer on behalf of one caller."""

    customer: int
    caller: Caller
    audit: RequestAudit
    devices: Devices
    _sources: JobSources

    def start(self, kind: JobKind, targets: tuple[Target, ...]) -> Started:
        """Starts the job, or finds the one of this kind that still runs there. The audit row knows of it at once.

        Raises what the gate raises, Conflict if another start is in the way, and OutcomeUnknown.
        """
        shared = self._sources
        try:
            started = shared.starter.start(kind, self.customer, targets, self.audit.request_id, shared.now())
        except (NotFound, Conflict):
            with suppress(WebNetError):
                for target in targets:  # the directory is probably out of date
                    self.devices.live(target)
            raise
        if started.already:
            self.audit.joined()
        else:
            self.audit.started(started.job_id, kind.type)
        return started

    def get(self, number: int) -> Job:
        """Reads the job of this number from WebNet. Raises NotFound, alike if it is missing or another customer's."""
        missing = NotFound(f"There is no job #{number} here.")
        try:
            job = self._sources.webnet.job(number)
        except WebNetMissing:
            raise missing from None
        if job.customer != self.customer:
            raise missing
        return job

    def log(self, job: Job) -> JobLog:
        """Reads the log of that job, without its secrets. Raises NotFound."""
        try:
            return self._sources.logs.read(job.id)
        except WebNetMissing:
            raise NotFound(f"There is no job #{job.id} here.") from None

    def cancel(self, job: Job) -> None:
        """Cancels a job that waits. Raises Passed if it began or ended meanwhile."""
        try:
            self._sources.webnet.cancel_job(job.id)
        except WebNetInvalid:
            raise Passed(f"Job #{job.id} is no longer waiting, so it cannot be cancelled.") from None

    def last_on(self, device: int) -> tuple[KnownJob, Job | None] | None:
        """Returns the last job that the bot started on this device, and how WebNet has it now: None if it cannot say."""
        known = self._sources.history.last_on(self.customer, device)
        if known is None:
            return None
        with suppress(WebNetError):
            job = self._sources.webnet.job(known.job_id)
            # After a restore of WebNet the number may be another job's, even another customer's.
            if (job.customer, job.type) == (self.customer, known.type) and device in job.device_ids:
                return known, job
        return known, None

    def look(
        self, match: paging.Match, position: paging.Position, *, mine: bool
    ) -> tuple[paging.Slice, dict[int, str]]:
        """Returns the jobs that match around that position, and by id who started each.

        `mine` keeps those that the caller started, through the bot or in WebNet. The name is that of the requester for a
        job of the bot, else that of WebNet's user.
        """
        own = set[int]()
        listed = self._sources.index.of(self.customer)

        def fetch(number: int) -> tuple[int, tuple[Job, ...]]:
            pages, jobs = listed.page(number)
            if mine:
                own.update(self._mine(jobs))
            return pages, jobs

        def wanted(job: Job) -> bool:
            return job.customer == self.customer and match(job) and (not mine or job.id in own)

        found = paging.look(fetch, wanted, position)
        found = replace(found, jobs=tuple(map(listed.live, found.jobs)))
        return found, self._started_by(found.jobs)

    def _mine(self, jobs: Sequence[Job]) -> set[int]:
        started = self._sources.history.starters(self.customer, [job.id for job in jobs])
        here = {job_id for job_id, known in started.items() if known.user == self.caller.user}
        return here | {job.id for job in jobs if job.user == self.caller.user}

    def _started_by(self, jobs: Sequence[Job]) -> dict[int, str]:
        own = self._sources.history.starters(self.customer, [job.id for job in jobs])
        others = {job.user for job in jobs if job.user is not None and job.id not in own}
        names = self._sources.names(others)
        return {
            job.id: own[job.id].username if job.id in own else names.get(job.user or 0, _nameless(job)) for job in jobs
        }


def _nameless(job: Job) -> str:
    return "unknown" if job.user is None else f"user {job.user}"
