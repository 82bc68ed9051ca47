"""Makes events of jobs that ended: reads their logs, enqueues the events, and marks the jobs as ended."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from bot.callers import Callers
from bot.core.errors import WebNetError, WebNetMissing
from bot.core.events import NO_FACTS, DeviceFacts, Event, Facts
from bot.core.notice_kinds import JOB_COMPLETION, JOB_FAILURE
from bot.core.text import cut
from bot.feeds import answering
from bot.feeds.enqueue import Enqueuer
from bot.feeds.facts import KnownDevices, of_job
from bot.feeds.poller import Poll
from bot.jobs.backup_changes import Patience
from bot.jobs.index import indexed_job
from bot.jobs.outcome import Outcome
from bot.jobs.outcomes import Outcomes
from bot.webnet.client import WebNet
from bot.webnet.job_kinds import AGAIN, BACKUP, COMPLIANCE_CHECK
from bot.webnet.models import CANCELLED, Job
from bot.webnet.responses import FAULTS_OF_ONE
from store.database import Store
from store.jobs import Job as Row

log = logging.getLogger(__name__)

AT_ONCE = 50  # ends in one transaction
LOGS_AT_ONCE = 4
TRIES = 5  # to read a log; then the event is enqueued without it
NEXT_POLL = timedelta(milliseconds=1)
RETRY = timedelta(seconds=10)  # doubled with each try
NOT_READ = Outcome("unknown", "ended; how cannot be read")
NOBODY = -1  # no workspace has this customer
MOST_OF_A_NAME = 100  # characters; WebNet sets no limit
MOST_LED_BY = 3  # devices of a whole customer
MOST_NAMED = 10  # devices and errors in one event


@dataclass(frozen=True, slots=True)
class _End:
    """The end of one job. `job` is None if it vanished, `outcome` is None as long as its log cannot be read."""

    row: Row
    job: Job | None
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asked for a job: the caller whose command started it, or else WebNet's user. `user` is WebNet's id."""

    user: int | None
    name: str


class EndedJobs:
    def __init__(
        self,
        webnet: WebNet,
        store: Store,
        outcomes: Outcomes,
        devices: KnownDevices,
        callers: Callers,
        enqueuer: Enqueuer,
        now: Callable[[], datetime],
        backed_up: Callable[[Collection[int]], object] = lambda _: None,
        checked: Callable[[], object] = lambda: None,
    ) -> None:
        """`backed_up(device ids)` is called once their backup has ended, and `checked` once the end of a compliance check is
        enqueued."""
        self._webnet = webnet
        self._store = store
        self._outcomes = outcomes
        self._devices = devices
        self._callers = callers
        self._enqueuer = enqueuer
        self._now = now
        self._backed_up = backed_up
        self._patience = Patience(outcomes.changes, backed_up)
        self._checked = checked

    def enqueue(self, poll: Poll, fresh: Mapping[int, Job]) -> None:
        """Enqueues the events of all jobs that have ended. `fresh` are jobs that were just read, by id."""
        began_at = self._now()
        with ThreadPoolExecutor(LOGS_AT_ONCE, "job-log") as pool:
            while rows := self._store.jobs.ending(began_at, AT_ONCE):
                known = self._outcomes.known(fresh[row.id] for row in rows if row.id in fresh)
                reads = [
                    pool.submit(copy_context().run, self._read, row, fresh.get(row.id), known.get(row.id))
                    for row in rows
                ]
                try:
                    self._enqueue(poll, [self._result(poll, read) for read in reads])
                finally:
                    for read in reads:
                        read.cancel()  # if the poll ends early

    def _result(self, poll: Poll, read: Future[_End]) -> _End:
        poll.go_on()
        return read.result()

    def _read(self, row: Row, job: Job | None, outcome: Outcome | None) -> _End:
        try:
            find = self._outcomes.find_out if job else self._outcomes.of
            job = job or self._webnet.job(row.id)
            return _End(row, job, outcome or find(job))
        except Exception as error:  # one job that fails must not hold up the others
            expected = isinstance(error, WebNetError)
            if expected and not isinstance(error, FAULTS_OF_ONE):
                raise
            if expected:
                self._webnet.require_admin()
            if isinstance(error, WebNetMissing):
                return _End(row, None, None)
            job = job or indexed_job(row, frozenset())
            if row.tries < TRIES:
                log.info("how job %d ended cannot be read yet", row.id, exc_info=not expected)
                return _End(row, job, None)
            log.warning("how job %d ended cannot be read; its notice goes without", row.id, exc_info=not expected)
            return _End(row, job, self._outcomes.without_log(job) if expected else NOT_READ)

    def _enqueue(self, poll: Poll, ends: Sequence[_End]) -> None:
        known = [(end.job, end.outcome, end.row.cancelled_by) for end in ends if end.job and end.outcome]
        early = {job.id for job, outcome, _ in known if self._patience.waits(job, outcome)}
        known = [end for end in known if end[0].id not in early]
        failed = {job.id: self._failed(job, outcome) for job, outcome, _ in known}
        events = self._events(known, failed)
        with poll.writing():
            for end in ends:
                if end.job is None:
                    self._store.jobs.drop(end.row.id)
                elif end.outcome is None:
                    self._store.jobs.postpone(end.row.id, self._now() + RETRY * 2**end.row.tries)
                elif end.row.id in early:
                    self._store.jobs.postpone(end.row.id, self._now() + NEXT_POLL)
            for job, outcome, _ in known:
                answering.keep(self._store, job, outcome, failed[job.id], self._now())
            self._enqueuer.enqueue(event for job, event in events.items() if self._store.jobs.mark_ended(job))
            self._outcomes.keep(job.id for job, _, _ in known)
        self._announce([job for job, _, _ in known])

    def _announce(self, jobs: Iterable[Job]) -> None:
        """Lets other feeds look at once for what these jobs have made."""
        devices: set[int] = set()
        for job in jobs:
            if job.type == BACKUP.type:
                devices |= job.device_ids or self._some_of(job.customer)
            elif job.type == COMPLIANCE_CHECK:
                self._checked()
        if devices:
            self._backed_up(devices)

    def _some_of(self, customer: int | None) -> frozenset[int]:
        """Returns a few devices of a customer of which all were backed up: the ids of their snapshots lead to the others."""
        return frozenset(islice(self._all_of(customer), MOST_LED_BY))

    def _all_of(self, customer: int | None) -> Iterator[int]:
        return (device for device, of in self._store.directory.ids() if of == customer)

    def _worked_on(self, job: Job, outcome: Outcome) -> Collection[int]:
        """Returns the devices on which the job worked; none where the job does not say which they were."""
        return job.device_ids or ({*self._all_of(job.customer)} if outcome.everywhere else frozenset())

    def _failed(self, job: Job, outcome: Outcome) -> Mapping[str, int]:
        """Returns the devices of the job's customer that failed, by their host names, as far as the copy of the devices knows them."""
        names = {error.host for error in outcome.failed if error.host}
        return self._store.overview.ids(job.customer, names) if names and job.customer is not None else {}

    def _requesters(self, jobs: Sequence[Job]) -> dict[int, Requester]:
        requesters: dict[int, Requester] = {}
        names = self._callers.names(job.user for job in jobs if job.user is not None)
        for customer in {job.customer for job in jobs if job.customer is not None}:
            own = self._store.audit.starter_of([job.id for job in jobs if job.customer == customer], customer)
            requesters.update((job_id, Requester(row.user, row.username)) for job_id, row in own.items())
        for job in jobs:
            requesters.setdefault(job.id, Requester(job.user, names.get(job.user or 0, "")))
        return requesters

    def _events(
        self, ends: Sequence[tuple[Job, Outcome, str | None]], failed: Mapping[int, Mapping[str, int]]
    ) -> dict[int, Event]:
        """Returns the events by the ids of the jobs, as `failed` holds the devices that failed."""
        requesters, events = self._requesters([job for job, _, _ in ends]), {}
        for job, outcome, cancelled_by in ends:
            devices, requester = self._devices_of(job, outcome), requesters[job.id]
            named = (requester.user, requester.name)
            facts = of_job(job, outcome, named, devices, failed[job.id], self._worked_on(job, outcome))
            names = sorted((each.id, each.name) for each in devices if each.id in job.device_ids)[:MOST_NAMED]
            events[job.id] = event_of(
                job, outcome, requester, [name for _, name in names], self._now(), cancelled_by, facts
            )
        return events

    def _devices_of(self, job: Job, outcome: Outcome) -> tuple[DeviceFacts, ...]:
        """Returns the devices of the job that belong to its customer."""
        if job.customer is None or not (job.device_ids or outcome.everywhere):
            return ()
        return self._devices.of(job.customer, job.device_ids or None)


def event_of(
    job: Job,
    outcome: Outcome,
    requester: Requester,
    devices: Iterable[str],
    now: datetime,
    cancelled_by: str | None = None,
    facts: Facts = NO_FACTS,
) -> Event:
    """Makes the event of a job that ended, or that ran after it had ended as cancelled, which is an event of its own. Its texts
    are names, or were redacted by whoever made them. Nobody is notified of a job that belongs to no customer."""
    values: dict[str, Any] = {
        "job": job.id,
        "type": cut(job.type, MOST_OF_A_NAME),
        "status": cut(job.status, MOST_OF_A_NAME),
        "verdict": outcome.result,  # stored deliveries hold this name
        "words": outcome.words,
        "user": requester.user,
        "name": cut(requester.name, MOST_OF_A_NAME),
        "requested_at": _stamp(job.requested_at),
        "started_at": _stamp(job.started_at),
        "finished_at": _stamp(job.finished_at),
        "devices": [cut(name, MOST_OF_A_NAME) for name in devices],
        "total": outcome.total,
        "errors": [[cut(error.host, MOST_OF_A_NAME), error.line] for error in outcome.failed[:MOST_NAMED]],
        "failed": outcome.failures,
        "at_least": outcome.at_least,
        "everywhere": outcome.everywhere,
        "retry": job.type in AGAIN and bool(job.device_ids),
        "cancelled_by": None if cancelled_by is None else cut(cancelled_by, MOST_OF_A_NAME),
    }
    what = "ended" if cancelled_by is None or job.status == CANCELLED else "ran"
    kind = JOB_FAILURE if outcome.result in ("failed", "partial") else JOB_COMPLETION
    customer = NOBODY if job.customer is None else job.customer
    key, ended_at = f"job:{job.id}:{what}", job.finished_at or now
    return Event(key, "job", kind.flag, customer, ended_at, values, facts=facts)


def _stamp(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
