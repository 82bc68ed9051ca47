"""Says of a job that has not ended that WebNet seems to have lost it, or that it runs for too long.

WebNet's queue loses a job now and then, which stays `queued` for ever, and a worker that is killed leaves its job `running`.
The queue keeps no order, so that a later job has ended says something only if there are several. The log of a job that runs
says nothing: a ping, a backup and a deploy write all of it at their end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.webnet.models import Job
from store.jobs import Jobs

LOST_AFTER = timedelta(minutes=2)
LEAST_LATER = 5  # jobs that were asked for later and have ended
MOST_LATER = 100  # that are counted
NOTICED_FOR = timedelta(days=1)
LONG, PER_DEVICE = timedelta(hours=1), timedelta(minutes=1)  # a job runs for longer only if it has more devices


How = Literal["lost", "long"]


@dataclass(frozen=True, slots=True)
class Stuck:
    """A job is `lost` if it has been queued for `seconds` while `later` jobs ended, which are counted up to `MOST_LATER`; it is
    `long` if it has been running for `seconds`, which is more than its devices need."""

    how: How
    seconds: float
    later: int = 0


def lost_jobs(jobs: Jobs, now: datetime) -> list[int]:
    """Returns the ids of the jobs of the last day that WebNet seems to have lost; `now` is the time by its clock."""
    return jobs.left_behind(now - NOTICED_FOR, now - LOST_AFTER, LEAST_LATER)


class StuckJobs:
    """Looks at single jobs. Safe to share between threads."""

    def __init__(
        self,
        later_ends: Callable[[int, int], int],
        last_ends: Callable[[int], Sequence[int]],
        webnet_now: Callable[[], datetime],
    ) -> None:
        """`later_ends(id, most)` counts the jobs with a higher id that have ended, and stops at `most`; `last_ends(most)` returns
        the ids of the newest that have ended, by falling id. `webnet_now` is the time by WebNet's clock."""
        self._later_ends = later_ends
        self._last_ends = last_ends
        self._webnet_now = webnet_now

    def look(self, job: Job) -> Stuck | None:
        """Returns None for a job with which nothing seems to be wrong."""
        lasted = _lasted_long(job, self._webnet_now())
        if lasted is None:
            return None
        if job.status == "running":
            return Stuck("long", lasted.total_seconds())
        later = self._later_ends(job.id, MOST_LATER)
        return Stuck("lost", lasted.total_seconds(), later) if later >= LEAST_LATER else None

    def among(self, jobs: Iterable[Job]) -> dict[int, How]:
        """Returns how those are stuck of which `look` would say it, by id, at the price of one query for all of them."""
        now = self._webnet_now()
        slow = [job for job in jobs if _lasted_long(job, now)]
        waiting = [job.id for job in slow if job.status == "queued"]
        ends = self._last_ends(LEAST_LATER) if waiting else ()
        lost = [number for number in waiting if len(ends) == LEAST_LATER and number < ends[-1]]
        return {**{job.id: "long" for job in slow if job.status == "running"}, **dict.fromkeys(lost, "lost")}


def _lasted_long(job: Job, now: datetime) -> timedelta | None:
    """Returns how long a job waits or runs, if that is long."""
    since = job.requested_at if job.status == "queued" else job.started_at
    if since is None or job.status not in ("queued", "running"):
        return None
    longest = LOST_AFTER if job.status == "queued" else max(LONG, PER_DEVICE * len(job.device_ids))
    return now - since if now - since >= longest else None
