"""Finds the jobs that wait or run on devices, whoever started them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.errors import WebNetMissing
from bot.webnet.client import WebNet
from bot.webnet.job_kinds import JobKind
from bot.webnet.models import Job
from bot.webnet.target import Target

MOST_LOOKED_AT = 20  # jobs that are not among WebNet's newest
# A job that has not ended by then is taken as stuck in WebNet's queue and no longer keeps a new one from starting.
STUCK_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class OwnJob:
    """Names a job that the bot started. `age` is how long ago it was asked for that, by its own clock."""

    id: int
    age: timedelta


class RunningJobs:
    """`last_job(customer, device, command)` returns the last job that a command of the bot's started there, and
    `open_jobs(customer, type, devices, since, most)` those that the index believes to run on one of these devices."""

    def __init__(
        self,
        webnet: WebNet,
        last_job: Callable[[int, int, str], OwnJob | None],
        open_jobs: Callable[[int, str, Collection[int], datetime, int], Sequence[int]],
    ) -> None:
        self._webnet = webnet
        self._last_job = last_job
        self._open_jobs = open_jobs

    def on(
        self, kind: JobKind, customer: int, targets: Sequence[Target], webnet_now: datetime, besides: int | None = None
    ) -> dict[int, Job]:
        """Returns such a job by the id of the device, for those devices that have one. A job that is stuck does not count, nor does
        the job `besides`. The bot's own last job is judged by the bot's clock, others by that of WebNet."""
        wanted, since = {target.id for target in targets}, webnet_now - STUCK_AFTER
        own = self._last_job(customer, targets[0].id, kind.word) if len(targets) == 1 else None
        found: dict[int, Job] = {}
        for job in self._candidates(kind, customer, targets, since, own):
            stuck = own.age >= STUCK_AFTER if own and job.id == own.id else _was_asked_for_before(since, job)
            if (job.customer, job.type) == (customer, kind.type) and job.id != besides and not stuck and _runs(job):
                found |= dict.fromkeys(wanted & job.device_ids - found.keys(), job)
            if len(found) == len(wanted):
                break
        return found

    def _candidates(
        self, kind: JobKind, customer: int, targets: Sequence[Target], since: datetime, own: OwnJob | None
    ) -> Iterator[Job]:
        """Yields the bot's own last job on a single device, WebNet's newest, and then others that may still run."""
        yield from self._read([own.id] if own else [])
        _, newest = self._webnet.jobs_page(1)
        yield from newest
        seen = {own.id if own else None, *(job.id for job in newest)}
        ids = [target.id for target in targets]
        others = self._open_jobs(customer, kind.type, ids, since, MOST_LOOKED_AT)
        yield from self._read([number for number in others if number not in seen])

    def _read(self, numbers: Sequence[int]) -> Iterator[Job]:
        for number in numbers:
            with suppress(WebNetMissing):
                yield self._webnet.job(number)


def _was_asked_for_before(since: datetime, job: Job) -> bool:
    return job.requested_at is not None and job.requested_at <= since


def _runs(job: Job) -> bool:
    """Whether the job waits in the queue or runs. One that is scheduled for later keeps no other from running now."""
    return job.status in ("queued", "running")
