"""Starts a job on devices, nearly always one, and starts no second job of that kind while it runs there."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bot.core.errors import Conflict, OutcomeUnknown, WebNetMissing
from bot.webnet.client import JobKind, Target, WebNet
from bot.webnet.models import Job
from store.errors import StoreError
from store.leases import Lease, Leases

log = logging.getLogger(__name__)

# A job that has not ended by then is taken as stuck in WebNet's queue and no longer keeps a new one from starting.
STUCK_AFTER = timedelta(hours=1)
RETRY_S = 0.25


@dataclass(frozen=True, slots=True)
class KnownJob:
    """Names a job that the bot started, and the WebNet user who asked for it, from the audit log."""

    job_id: int
    type: str
    user: int
    username: str


@dataclass(frozen=True, slots=True)
class Started:
    """Names a job that was started, or one that was `already` running, so that none was started. `page` is its address in
    WebNet."""

    job_id: int
    kind: JobKind
    targets: tuple[Target, ...]
    already: bool
    page: str

    @property
    def where(self) -> str:
        return named(self.targets)


class Starter:
    """Starts jobs for all replicas: leases in the store keep two of them from starting the same. Safe to share between
    threads."""

    def __init__(
        self,
        webnet: WebNet,
        claims: Leases,
        last_job: Callable[[int, int, str], int | None],
        *,
        timeout_s: float,
        most_waiting: int,
        job_page: Callable[[int], str],
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`last_job(customer, device, command)` returns the last job that this command started there. At most `most_waiting`
        callers wait for somebody else's start in this process; more would leave no thread for other commands."""
        self._webnet = webnet
        self._claims = claims
        self._last_job = last_job
        self._timeout_s = timeout_s
        self._ttl_s = timeout_s * 3  # of a lease, which is renewed right before the POST
        self._most_waiting = most_waiting
        self._job_page = job_page
        self._monotonic = monotonic
        self._sleep = sleep
        self._starting: set[str] = set()
        self._waiting = 0
        self._changed = threading.Condition()

    def start(self, kind: JobKind, customer: int, targets: tuple[Target, ...], holder: str, now: datetime) -> Started:
        """Starts the job, or finds the one that runs there. `holder` names this request.

        Raises what the gate raises, Conflict if another start is in the way, and OutcomeUnknown.
        """
        name = f"device:{','.join(str(target.id) for target in sorted(targets, key=lambda t: t.id))}:{kind.type}"
        running = partial(self._running, kind, customer, targets, now - STUCK_AFTER)
        busy = Conflict(
            f"A {kind.word} of {named(targets)} is already being started, or a start of it a moment ago had no clear "
            "outcome. Nothing was started for you; look at `jobs`, then try again."
        )
        with self._one_at_a_time(name, busy):
            lease = self._claims.acquire(name, holder, self._ttl_s)
            if lease is None:
                found = running()
                if found is not None:
                    return self._started(found, kind, targets, already=True)
                lease = self._wait_for(name, holder)
            if lease is None:
                found = running()
                if found is None:
                    raise busy
                return self._started(found, kind, targets, already=True)
            return self._start_with(lease, kind, customer, targets, running)

    def _start_with(
        self,
        lease: Lease,
        kind: JobKind,
        customer: int,
        targets: tuple[Target, ...],
        running: Callable[[], int | None],
    ) -> Started:
        """Starts the job under the lease. After an unclear outcome the lease ends by itself, because WebNet may still be making
        the job."""
        unclear = False

        def renew() -> None:
            if not self._claims.renew(lease, self._ttl_s):
                raise Conflict(
                    "That took so long that somebody else may have started the same job. Nothing was started; try again."
                )

        try:
            found = running()
            if found is not None:
                return self._started(found, kind, targets, already=True)
            return self._started(self._webnet.start_job(kind, customer, targets, renew), kind, targets, already=False)
        except OutcomeUnknown:
            unclear = True
            raise
        finally:
            if not unclear:
                self._release(lease)

    def _started(self, job_id: int, kind: JobKind, targets: tuple[Target, ...], *, already: bool) -> Started:
        return Started(job_id, kind, targets, already, self._job_page(job_id))

    def _wait_for(self, name: str, holder: str) -> Lease | None:
        deadline = self._monotonic() + self._timeout_s
        while (lease := self._claims.acquire(name, holder, self._ttl_s)) is None and self._monotonic() < deadline:
            self._sleep(RETRY_S)
        return lease

    def _release(self, lease: Lease) -> None:
        """Releases the lease. Nothing that follows a POST may fail, so a release that does is only logged."""
        try:
            self._claims.release(lease)
        except StoreError as error:
            log.warning("the lease %s ends by itself: %s", lease.name, error.words)

    @contextmanager
    def _one_at_a_time(self, name: str, busy: Conflict) -> Iterator[None]:
        """Lets one start at a time through per device and type in this process; some callers wait, the rest get `busy`."""
        with self._changed:
            if name in self._starting:
                if self._waiting >= self._most_waiting:
                    raise busy
                self._waiting += 1
                free = self._changed.wait_for(lambda: name not in self._starting, self._timeout_s)
                self._waiting -= 1
                if not free:
                    raise busy
            self._starting.add(name)
        try:
            yield
        finally:
            with self._changed:
                self._starting.discard(name)
                self._changed.notify_all()

    def _running(self, kind: JobKind, customer: int, targets: tuple[Target, ...], since: datetime) -> int | None:
        """Finds the bot's own last job there, else one among the newest jobs that somebody started in WebNet itself."""
        wanted = {target.id for target in targets}

        def runs_there(job: Job) -> bool:
            return (job.customer, job.type) == (customer, kind.type) and wanted <= job.device_ids and _runs(job, since)

        own = self._last_job(customer, targets[0].id, kind.word) if len(targets) == 1 else None
        if own is not None:
            with suppress(WebNetMissing):
                if runs_there(self._webnet.job(own)):
                    return own
        _, newest = self._webnet.jobs_page(1)
        return next((job.id for job in newest if runs_there(job)), None)


def named(targets: tuple[Target, ...]) -> str:
    """Returns the host name of a single device, else how many devices there are."""
    return targets[0].hostname if len(targets) == 1 else f"{len(targets)} devices"


def _runs(job: Job, since: datetime) -> bool:
    """Whether the job waits in the queue or runs. One that is scheduled for later keeps no other from running now."""
    return job.status in ("queued", "running") and (job.requested_at is None or job.requested_at > since)
