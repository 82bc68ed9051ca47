"""Starts one job on one or many devices, and no second job of that kind on a device while one runs there."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.commands import Caller
from bot.core.errors import Conflict, OutcomeUnknown
from bot.devices.selection import LeftOut
from bot.jobs.running import RunningJobs
from bot.jobs.stuck import Stuck
from bot.webnet.client import WebNet
from bot.webnet.job_kinds import JobKind
from bot.webnet.models import Job
from bot.webnet.target import Target
from store.errors import StoreError
from store.leases import Lease, Leases

log = logging.getLogger(__name__)

RETRY_S = 0.25


@dataclass(frozen=True, slots=True)
class KnownJob:
    """Names a job that the bot started, and the WebNet user who asked for it and when, from the audit log."""

    job_id: int
    type: str
    user: int
    username: str
    asked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Started:
    """Names a job that was started, or the one that was there `already`, so that none was started: with who asked for it, if
    that is known, and whether it may never end. `page` is its address in WebNet. The devices that were `left_out` were meant as
    well."""

    job_id: int
    kind: JobKind
    targets: tuple[Target, ...]
    page: str
    already: Job | None = None
    by: str = ""
    stuck: Stuck | None = None
    left_out: tuple[LeftOut, ...] = ()

    @property
    def where(self) -> str:
        return named(self.targets)


@dataclass(frozen=True, slots=True)
class JobRequest:
    """Asks for a job of one customer. `holder` names the request, `now` is the time by WebNet's clock, and `besides` a job that may
    go on on the same devices. `chosen` hears of the devices before the job is asked for on them, and `by` is who asks."""

    kind: JobKind
    customer: int
    targets: tuple[Target, ...]
    holder: str
    now: datetime
    besides: int | None = None
    chosen: Callable[..., None] = lambda *_: None
    by: Caller | None = None

    def lease(self, target: Target) -> str:
        """Returns the name of the lease that is held while the job is started on this device."""
        return f"device:{target.id}:{self.kind.type}"


class Starter:
    """Starts jobs for all replicas: leases in the store keep two of them from starting the same. Safe to share between
    threads."""

    def __init__(
        self,
        webnet: WebNet,
        claims: Leases,
        running: RunningJobs,
        *,
        timeout_s: float,
        most_waiting: int,
        job_page: Callable[[int], str],
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """At most `most_waiting` callers wait for somebody else's start in this process; more would leave no thread for other
        commands."""
        self._webnet = webnet
        self._claims = claims
        self._running = running
        self._timeout_s = timeout_s
        self._ttl_s = timeout_s * 3  # of a lease, which is renewed right before the POST
        self._most_waiting = most_waiting
        self._job_page = job_page
        self._monotonic = monotonic
        self._sleep = sleep
        self._starting: set[str] = set()
        self._waiting = 0
        self._changed = threading.Condition()

    def start(self, request: JobRequest) -> Started:
        """Starts the job on all of the devices where none of this kind runs, and names the others.

        Nobody waits for a device that is one of many. Raises what the gate raises, Conflict if a start is in the way or there
        is no device left, and OutcomeUnknown.
        """
        if len(request.targets) == 1:
            return self._start_on_one(request)
        named = {request.lease(target): target for target in request.targets}
        leases = self._claims.acquire_each([*named], request.holder, self._ttl_s)
        claimed = {lease.name for lease in leases}
        if not claimed:
            raise Conflict(
                f"A {request.kind.word} of each of these devices is already being started, or a start a moment ago had no "
                "clear outcome. Nothing was started for you; look at `jobs`, then try again."
            )
        busy = [
            LeftOut(target.hostname, f"has a {request.kind.word} that is being started")
            for name, target in named.items()
            if name not in claimed
        ]
        free = tuple(target for name, target in named.items() if name in claimed)
        return self._start_with(leases, replace(request, targets=free), busy)

    def _start_on_one(self, request: JobRequest) -> Started:
        (target,) = request.targets
        name = request.lease(target)
        busy = Conflict(
            f"A {request.kind.word} of {target.hostname} is already being started, or a start of it a moment ago had no clear "
            "outcome. Nothing was started for you; look at `jobs`, then try again."
        )
        with self._one_at_a_time(name, busy):
            lease = self._claims.acquire(name, request.holder, self._ttl_s)
            if lease is None:
                if running := self._running_on(request):
                    return self._already(request, running)
                lease = self._wait_for(name, request.holder)
            if lease is None:
                if running := self._running_on(request):
                    return self._already(request, running)
                raise busy
            return self._start_with([lease], request)

    def _start_with(self, leases: Sequence[Lease], request: JobRequest, left_out: Sequence[LeftOut] = ()) -> Started:
        """Starts the job under the leases. After an unclear outcome they end by themselves, because WebNet may still be making
        the job."""
        kind, unclear = request.kind, False

        def renew() -> None:
            if not self._claims.renew_each(leases, self._ttl_s):
                raise Conflict(
                    "That took so long that somebody else may have started the same job. Nothing was started; try again."
                )

        try:
            running = self._running_on(request)
            free = tuple(target for target in request.targets if target.id not in running)
            if not free:
                return replace(self._already(request, running), left_out=tuple(left_out))
            runs = [
                LeftOut(target.hostname, f"has a {kind.word} that is {job.status}, job #{job.id}")
                for target in request.targets
                if (job := running.get(target.id))
            ]
            request.chosen(*free)
            job_id = self._webnet.start_job(kind, request.customer, free, renew, request.by)
            return Started(job_id, kind, free, self._job_page(job_id), left_out=(*left_out, *runs))
        except OutcomeUnknown:
            unclear = True
            raise
        finally:
            if not unclear:
                self._release(leases)

    def _running_on(self, request: JobRequest) -> dict[int, Job]:
        return self._running.on(request.kind, request.customer, request.targets, request.now, request.besides)

    def _already(self, request: JobRequest, running: Mapping[int, Job]) -> Started:
        """Names the one job that runs on all of the devices. Raises Conflict if they are several."""
        first, *others = {job.id: job for job in running.values()}.values()
        if others:
            numbers = ", ".join(f"#{job.id}" for job in (first, *others))
            raise Conflict(
                f"Each of these devices has a {request.kind.word} already: jobs {numbers}. Nothing was started."
            )
        return Started(first.id, request.kind, request.targets, self._job_page(first.id), first)

    def _wait_for(self, name: str, holder: str) -> Lease | None:
        deadline = self._monotonic() + self._timeout_s
        while (lease := self._claims.acquire(name, holder, self._ttl_s)) is None and self._monotonic() < deadline:
            self._sleep(RETRY_S)
        return lease

    def _release(self, leases: Sequence[Lease]) -> None:
        """Releases the leases. Nothing that follows a POST may fail, so a release that does is only logged."""
        try:
            self._claims.release_each(leases)
        except StoreError as error:
            log.warning("leases of request %s end by themselves: %s", leases[0].holder, error.words)

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


def named(targets: tuple[Target, ...]) -> str:
    """Returns the host name of a single device, else how many devices there are."""
    return targets[0].hostname if len(targets) == 1 else f"{len(targets)} devices"
