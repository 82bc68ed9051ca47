"""Makes events of jobs that ended: reads their logs, enqueues the events, and marks the jobs as ended."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.callers import Callers
from bot.core.errors import WebNetError, WebNetMissing
from bot.core.events import Event
from bot.core.notice_kinds import JOB_COMPLETION, JOB_FAILURE
from bot.core.text import cut
from bot.devices.directory import Directory
from bot.feeds.enqueue import Enqueuer
from bot.feeds.poller import Poll
from bot.jobs.index import indexed_job
from bot.jobs.outcome import Outcome, Outcomes
from bot.webnet.client import BACKUP, KINDS, WebNet
from bot.webnet.models import Job
from store.database import Store
from store.jobs import Job as Row

log = logging.getLogger(__name__)

AT_ONCE = 50  # ends in one transaction
LOGS_AT_ONCE = 4
TRIES = 5  # to read a log; then the event is enqueued without it
RETRY = timedelta(seconds=10)  # doubled with each try
NOT_READ = Outcome("unknown", (), None, at_least=False, words="ended; how cannot be read")
NOBODY = -1  # no workspace has this customer
MOST_OF_A_NAME = 100  # characters; WebNet sets no limit
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
        directory: Directory,
        callers: Callers,
        enqueuer: Enqueuer,
        now: Callable[[], datetime],
        backed_up: Callable[[Collection[int]], object] = lambda _: None,
    ) -> None:
        """`backed_up(device ids)` is called once the end of their backup is enqueued."""
        self._webnet = webnet
        self._store = store
        self._outcomes = outcomes
        self._directory = directory
        self._callers = callers
        self._enqueuer = enqueuer
        self._now = now
        self._backed_up = backed_up

    def enqueue(self, poll: Poll, fresh: Mapping[int, Job]) -> None:
        """Enqueues the events of all jobs that have ended. `fresh` are jobs that were just read, by id."""
        with ThreadPoolExecutor(LOGS_AT_ONCE, "job-log") as pool:
            while rows := self._store.jobs.ending(self._now(), AT_ONCE):
                reads = [pool.submit(copy_context().run, self._read, row, fresh.get(row.id)) for row in rows]
                try:
                    self._enqueue(poll, [self._result(poll, read) for read in reads])
                finally:
                    for read in reads:
                        read.cancel()  # if the poll ends early

    def _result(self, poll: Poll, read: Future[_End]) -> _End:
        poll.go_on()
        return read.result()

    def _read(self, row: Row, job: Job | None) -> _End:
        try:
            job = job or self._webnet.job(row.id)
            return _End(row, job, self._outcomes.of(job))
        except WebNetMissing:
            return _End(row, None, None)
        except Exception as error:  # one job that fails must not hold up the others
            job = job or indexed_job(row)
            expected = isinstance(error, WebNetError)
            if row.tries < TRIES:
                log.info("how job %d ended cannot be read yet", row.id, exc_info=not expected)
                return _End(row, job, None)
            log.warning("how job %d ended cannot be read; its notice goes without", row.id, exc_info=not expected)
            return _End(row, job, self._outcomes.without_log(job) if expected else NOT_READ)

    def _enqueue(self, poll: Poll, ends: Sequence[_End]) -> None:
        known = [(end.job, end.outcome) for end in ends if end.job and end.outcome]
        requesters = self._requesters([job for job, _ in known])
        with poll.writing():
            for end in ends:
                if end.job is None:
                    self._store.jobs.drop(end.row.id)
                elif end.outcome is None:
                    self._store.jobs.postpone(end.row.id, self._now() + RETRY * 2**end.row.tries)
            self._enqueuer.enqueue(
                event_of(job, outcome, requesters[job.id], self._devices(job), self._now())
                for job, outcome in known
                if self._store.jobs.mark_ended(job.id)
            )
        if devices := {device for job, _ in known if job.type == BACKUP.type for device in job.device_ids}:
            self._backed_up(devices)

    def _requesters(self, jobs: Sequence[Job]) -> dict[int, Requester]:
        requesters: dict[int, Requester] = {}
        names = self._callers.names(job.user for job in jobs if job.user is not None)
        for customer in {job.customer for job in jobs if job.customer is not None}:
            own = self._store.audit.starter_of([job.id for job in jobs if job.customer == customer], customer)
            requesters.update((job_id, Requester(row.user, row.username)) for job_id, row in own.items())
        for job in jobs:
            requesters.setdefault(job.id, Requester(job.user, names.get(job.user or 0, "")))
        return requesters

    def _devices(self, job: Job) -> list[str]:
        """Returns the names of the first few devices of the job that belong to its customer."""
        first = sorted(job.device_ids)[:MOST_NAMED]
        targets = (self._directory.target(job.customer or 0, device) for device in first)
        return [target.hostname for target in targets if target]


def event_of(job: Job, outcome: Outcome, requester: Requester, devices: Iterable[str], now: datetime) -> Event:
    """Makes the event of a job that ended. Its texts are names, or were redacted by whoever made them. Nobody is notified of
    a job that belongs to no customer."""
    hosts = [error for error in outcome.failed if error.host]
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
        "failed": len(hosts),
        "at_least": outcome.at_least,
        "retry": job.type in KINDS and bool(job.device_ids),
    }
    kind = JOB_FAILURE if outcome.result in ("failed", "partial") else JOB_COMPLETION
    customer = NOBODY if job.customer is None else job.customer
    return Event(f"job:{job.id}:ended", "job", kind.flag, customer, job.finished_at or now, values)


def _stamp(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
