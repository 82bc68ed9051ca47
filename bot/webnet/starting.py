"""Starts a job on one device, and no second one while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.errors import Conflict, WebNetMissing
from bot.webnet.client import JobKind, Target, WebNet
from bot.webnet.models import Job
from store.leases import Leases

# A job that has not ended by then is taken as stuck in WebNet's queue and no longer keeps a new one from starting.
STUCK_AFTER = timedelta(hours=1)
RETRY_S = 0.05


@dataclass(frozen=True, slots=True)
class Started:
    """`already`: this job was running before, and nothing new was started. `page` is where WebNet shows it."""

    job_id: int
    kind: JobKind
    target: Target
    already: bool
    page: str


class Starter:
    def __init__(
        self,
        webnet: WebNet,
        claims: Leases,
        last_job: Callable[[int, int, str], int | None],
        *,
        timeout_s: float,
        job_page: Callable[[int], str],
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`last_job(customer, device, command)` is the last job that this command started there."""
        self._webnet = webnet
        self._claims = claims
        self._last_job = last_job
        self._timeout_s = timeout_s
        self._job_page = job_page
        self._monotonic = monotonic
        self._sleep = sleep

    def start(self, kind: JobKind, customer: int, target: Target, holder: str, now: datetime) -> Started:
        """`holder` names this request. Raises what the gate raises, and Conflict if another start takes too long."""
        with self._claim(f"device:{target.id}:{kind.type}", kind, target, holder):
            running = self._running(kind, customer, target, now - STUCK_AFTER)
            job_id = running or self._webnet.start_job(kind, customer, (target,))
            return Started(job_id, kind, target, running is not None, self._job_page(job_id))

    @contextmanager
    def _claim(self, name: str, kind: JobKind, target: Target, holder: str) -> Iterator[None]:
        """One at a time per device and type, over all replicas: four calls of `timeout_s` fit into the lease."""
        deadline = self._monotonic() + self._timeout_s
        while (lease := self._claims.acquire(name, holder, self._timeout_s * 5)) is None:
            if self._monotonic() > deadline:
                raise Conflict(
                    f"Somebody else is starting a {kind.word} of {target.hostname} right now. Try again in a minute."
                )
            self._sleep(RETRY_S)
        try:
            yield
        finally:
            self._claims.release(lease)

    def _running(self, kind: JobKind, customer: int, target: Target, since: datetime) -> int | None:
        """Our own last job there, else one among the newest jobs that somebody started in WebNet itself."""
        own = self._last_job(customer, target.id, kind.word)
        if own is not None:
            try:
                job = self._webnet.job(own)
            except WebNetMissing:
                job = None
            if job is not None and _still(job, since):
                return own
        _, newest = self._webnet.jobs_page(1)
        for job in newest:
            if (job.customer, job.type) == (customer, kind.type) and target.id in job.device_ids and _still(job, since):
                return job.id
        return None


def _still(job: Job, since: datetime) -> bool:
    return job.unfinished and job.requested_at is not None and job.requested_at > since
