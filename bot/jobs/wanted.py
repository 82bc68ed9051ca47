"""Says which jobs a list is to show. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.jobs.judge import works_on
from bot.jobs.outcome import Outcome
from bot.webnet.models import Job

OPEN = ("queued", "scheduled", "running")
# What users ask for, and the outcomes that it means: `failed` is everything that a channel for failures is notified of.
OUTCOMES = {
    "success": ("success",),
    "partial": ("partial",),
    "failed": ("failed", "partial"),
    "cancelled": ("cancelled",),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Every part that is given must fit, so two statuses fit no job. `types` are parts of WebNet's job types; `user` started
    the job, which `fits` leaves to its caller."""

    statuses: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    device: int | None = None
    user: int | None = None
    since: datetime | None = None

    def fits(self, job: Job, outcome: Callable[[Job], Outcome | None]) -> bool:
        """`outcome` is asked last, because it may read the job's log; it gives None for a job that nobody has looked at."""
        return (
            all(kind in job.type for kind in self.types)
            and (self.since is None or (job.requested_at is not None and job.requested_at >= self.since))
            and (self.device is None or works_on(job, self.device))
            and all(_ended_as(status, job, outcome) for status in self.statuses)
        )


def _ended_as(status: str, job: Job, outcome: Callable[[Job], Outcome | None]) -> bool:
    if status in OPEN:
        return job.status == status and not job.ended
    if not job.ended:
        return False
    results = OUTCOMES[status]
    if job.status in ("failed", "partial", "cancelled"):
        return job.status in results  # the log says no more
    found = outcome(job)
    return found is not None and found.result in results
