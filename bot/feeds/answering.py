"""Keeps which devices answered the jobs that have ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.jobs.outcome import Outcome
from bot.jobs.reachability import found_by
from bot.webnet.models import Job
from store.database import Store


def keep(store: Store, job: Job, outcome: Outcome, failed: Mapping[str, int], now: datetime) -> None:
    """Belongs before the event of the job, whose notice it may hold, and into the same transaction. `failed` are the devices that
    failed, by host name."""
    if job.customer is None:
        return
    missed = {each.device for each in store.reachability.unreachable(job.customer)}
    if found := found_by(job, outcome, failed, missed):
        store.reachability.put(job.customer, found, job.id, job.finished_at or now)
