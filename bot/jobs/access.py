"""Starts, reads, lists and cancels the jobs of one customer for a command."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from bot.core.audit import RequestAudit
from bot.core.commands import Caller
from bot.core.errors import Conflict, NotFound, OutcomeUnknown, Passed, WebNetError, WebNetInvalid, WebNetMissing
from bot.devices.access import MOST_READ_ALONE, Devices
from bot.devices.selection import Selection
from bot.jobs import paging
from bot.jobs.index import JobIndex
from bot.jobs.judge import works_on
from bot.jobs.logs import JobLog, JobLogs
from bot.jobs.open_jobs import OpenJobs
from bot.jobs.outcome import Outcome
from bot.jobs.outcomes import Outcomes, Reading
from bot.jobs.starter import JobRequest, KnownJob, Started, Starter
from bot.jobs.stuck import How, Stuck, StuckJobs
from bot.jobs.wanted import Wanted
from bot.webnet.client import WebNet
from bot.webnet.job_kinds import REACHABILITY, JobKind
from bot.webnet.models import Job, User

MOST_LOGS = 20  # that one request for a list of jobs reads, of jobs that nobody has looked at yet
MOST_NAMED = 2  # devices of a job in a list


class History(Protocol):
    """Knows from the audit log which jobs the bot started."""

    def starters(self, customer: int, job_ids: Sequence[int]) -> Mapping[int, KnownJob]: ...

    def last_on(self, customer: int, device: int, command: str | None = None) -> KnownJob | None: ...


@dataclass(frozen=True, slots=True)
class JobSources:
    """Holds what all callers share; `now` is the time by WebNet's clock. `names(ids)` gives the names of WebNet's users by id, of
    those that are known, and `named(customer, word)` the users whom a word may mean. `left_out(customer, job)` says which devices
    a job was meant for as well."""

    webnet: WebNet
    starter: Starter
    history: History
    index: JobIndex
    unended: OpenJobs
    stuck: StuckJobs
    logs: JobLogs
    outcomes: Outcomes
    names: Callable[[Iterable[int]], Mapping[int, str]]
    named: Callable[[int, str], Sequence[User]]
    left_out: Callable[[int, int], Sequence[str]]
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class SeenJob:
    """Names a job on a device and who started it. `job` is how WebNet has it now, None if WebNet cannot say; `outcome` is how
    it ended, None for one that has not, or whose log cannot be read now. `stuck` says how it may never end."""

    number: int
    type: str
    by: str
    job: Job | None = None
    outcome: Outcome | None = None
    stuck: How | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """Holds the jobs that were found. By the job's id: how it ended, as far as it is known; who started it; the names of its
    first devices; and how those are `stuck` that may never end. `unread` jobs may have matched, but nobody has looked at how
    they ended."""

    found: paging.Slice
    outcomes: Mapping[int, Outcome] = field(default_factory=dict)
    started_by: Mapping[int, str] = field(default_factory=dict)
    devices: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    unread: int = 0
    stuck: Mapping[int, How] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Own:
    """Holds jobs of the caller's that have not ended, as WebNet has them now, the newest first. `more` are not among them. By the
    job's id: the names of its first devices, and how those are `stuck` that may never end."""

    jobs: tuple[Job, ...]
    more: int
    devices: Mapping[int, tuple[str, ...]]
    stuck: Mapping[int, How]


@dataclass(frozen=True, slots=True)
class Jobs:
    """Reads and changes the jobs of one customer on behalf of one caller.

    `allow(what, targets, left_out)` comes before every change, and raises what asks for a second person's approval, or for the
    caller's own word on many devices.
    """

    customer: int
    caller: Caller
    audit: RequestAudit
    devices: Devices
    allow: Callable[..., None]
    _sources: JobSources

    def start(self, kind: JobKind, selection: Selection, besides: int | None = None) -> Started:
        """Starts the job on those devices where none of this kind runs, other than `besides`; if one runs on all of them, finds
        that. The audit row knows of it at once.

        Raises what the gate raises, Conflict if another start is in the way, and OutcomeUnknown.
        """
        shared, targets = self._sources, selection.targets
        self.audit.concerns(*targets)
        self.allow(kind.word, targets, selection.left_out)
        holder, concerns = self.audit.request_id, self.audit.concerns
        request = JobRequest(kind, self.customer, targets, holder, shared.now(), besides, concerns, self.caller)
        try:
            started = shared.starter.start(request)
        except (NotFound, Conflict):
            with suppress(WebNetError):
                for target in targets[:MOST_READ_ALONE]:  # the directory is probably out of date
                    self.devices.live(target)
            raise
        except OutcomeUnknown:
            self.audit.unclear(kind.type)
            raise
        started = replace(started, left_out=(*selection.left_out, *started.left_out))
        if started.already:
            self.audit.joined()
            by = self._started_by([started.already])[started.job_id]
            return replace(started, by=by, stuck=self.stuck(started.already))
        self.audit.started(started.job_id, kind.type)
        return started

    def stuck(self, job: Job) -> Stuck | None:
        """Says whether this job may never end."""
        return self._sources.stuck.look(job)

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

    def outcome(self, job: Job, log: JobLog) -> Outcome | None:
        """Returns how a job ended whose log was just read; None if it has not ended, or WebNet cannot say."""
        with suppress(WebNetError):
            return self._sources.outcomes.of(job, log) if job.ended else None
        return None

    def left_out(self, job: Job) -> Sequence[str]:
        """Returns a sentence about each device that the job was meant for as well, if the bot started it."""
        return self._sources.left_out(self.customer, job.id)

    def failed_hosts(self, job: Job) -> frozenset[str]:
        """Returns the hosts that its log has an error of. Raises NotFound."""
        return frozenset(line.host for line in self.log(job).lines if line.level == "ERROR" and line.host)

    def users(self, word: str) -> Sequence[User]:
        """Returns the users of this customer whom a word may mean."""
        return self._sources.named(self.customer, word)

    def cancel(self, job: Job) -> None:
        """Cancels a job that waits. Raises Passed if it began or ended meanwhile."""
        self.allow("cancel")
        try:
            with self._sources.index.cancelling(job, self.caller):
                self._sources.webnet.cancel_job(job.id, self.caller)
        except WebNetInvalid:
            raise Passed(f"Job #{job.id} is no longer waiting, so it cannot be cancelled.") from None
        self.audit.did(f"Job #{job.id} was cancelled.")

    def last_on(self, device: int) -> tuple[SeenJob | None, SeenJob | None]:
        """Returns the newest job on this device and the newest ping of it that has ended, whoever started them; the bot's own
        last ones where WebNet and the index know none."""
        history = self._sources.history
        own = history.last_on(self.customer, device), history.last_on(self.customer, device, REACHABILITY.word)
        newest, ping = (known.job_id if known else None for known in own)
        with suppress(WebNetError):
            found, ended = self._sources.index.newest_on(self.customer, device, REACHABILITY.type)
            newest, ping = max(newest or 0, found or 0) or None, ended or ping
        last = self._seen(newest, device, own[0])
        pinged = last if ping == newest else self._seen(ping, device, own[1])
        jobs = [seen.job for seen in (last, pinged) if seen and seen.job]
        stuck = self._sources.stuck.among(jobs)
        return _marked(last, stuck), _marked(pinged, stuck)

    def _seen(self, number: int | None, device: int, known: KnownJob | None) -> SeenJob | None:
        if number is None:
            return None
        own = known if known and known.job_id == number else None
        with suppress(WebNetError):
            job, outcome = self._as_it_stands(number)
            # After a restore of WebNet the number may be another job's, even another customer's.
            if (
                job.id == number
                and job.customer == self.customer
                and works_on(job, device)
                and (own is None or own.type == job.type)
            ):
                outcome = outcome or Reading(self._sources.outcomes, most=1).of(job)
                return SeenJob(number, job.type, self._started_by([job])[number], job, outcome)
        return SeenJob(number, own.type, own.username) if own else SeenJob(number, "", "")

    def _as_it_stands(self, number: int) -> tuple[Job, Outcome | None]:
        """Returns the job and, if that is known already, how it ended, for which WebNet is not asked. Raises WebNetError."""
        if (ended := self._sources.index.ended(number)) and (known := self._sources.outcomes.known([ended])):
            return ended, known[number]
        return self._sources.index.job(number), None

    def look(self, wanted: Wanted, position: paging.Position) -> Listing:
        """Returns the jobs that are wanted around that position. Who started one is the requester for a job of the bot, else
        WebNet's user."""
        sources = self._sources
        listed, reading, by = sources.index.of(self.customer), Reading(sources.outcomes, MOST_LOGS), set[int]()

        def fetch(number: int) -> tuple[int, tuple[Job, ...]]:
            pages, jobs = listed.page(number)
            own = [job for job in jobs if job.customer == self.customer]
            reading.prepare(own)
            if wanted.user is not None:
                by.update(self._started_of(own, wanted.user))
            return pages, jobs

        def match(job: Job) -> bool:
            fits = job.customer == self.customer and (wanted.user is None or job.id in by)
            return fits and wanted.fits(job, reading.of)

        found = paging.look(fetch, match, position, wanted.since)
        unread = len(reading.unread)
        jobs = tuple(map(listed.live, found.jobs))
        reading.allow(len(jobs))  # what is shown is looked at
        ended = {job.id: outcome for job in jobs if (outcome := reading.of(job))}
        devices = {job.id: self.devices.names(sorted(job.device_ids)[:MOST_NAMED]) for job in jobs}
        own = sources.history.starters(self.customer, [job.id for job in jobs])
        return Listing(
            replace(found, jobs=jobs), ended, self._names(jobs, own), devices, unread, sources.stuck.among(jobs)
        )

    def own(self, most: int) -> Own:
        """Returns the caller's newest jobs that have not ended, at most so many. Raises WebNetError."""
        customer = self.customer
        rows = self._sources.unended.by_user([customer]).get((customer, self.caller.user), [])
        jobs: list[Job] = []
        for row in rows[:most]:
            with suppress(NotFound):
                jobs.append(self.get(row.id))
        open_ = tuple(job for job in jobs if not job.ended)
        devices = {job.id: self.devices.names(sorted(job.device_ids)[:MOST_NAMED]) for job in open_}
        return Own(open_, max(0, len(rows) - most), devices, self._sources.stuck.among(open_))

    def _started_of(self, jobs: Sequence[Job], user: int) -> set[int]:
        """Returns the ids of those that this user started, through the bot or in WebNet."""
        started = self._sources.history.starters(self.customer, [job.id for job in jobs])
        here = {job_id for job_id, known in started.items() if known.user == user}
        return here | {job.id for job in jobs if job.user == user}

    def _started_by(self, jobs: Sequence[Job]) -> dict[int, str]:
        return self._names(jobs, self._sources.history.starters(self.customer, [job.id for job in jobs]))

    def _names(self, jobs: Sequence[Job], own: Mapping[int, KnownJob]) -> dict[int, str]:
        others = {job.user for job in jobs if job.user is not None and job.id not in own}
        names = self._sources.names(others)
        return {
            job.id: own[job.id].username if job.id in own else names.get(job.user or 0, _nameless(job)) for job in jobs
        }


def _marked(seen: SeenJob | None, stuck: Mapping[int, How]) -> SeenJob | None:
    return replace(seen, stuck=stuck.get(seen.number)) if seen else None


def _nameless(job: Job) -> str:
    return "unknown" if job.user is None else f"user {job.user}"
