"""Brings a store into the state in which WebNet's queue seems to have lost a job."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from store.database import Store
from store.jobs import Job

LOST = 9_000  # the id of the job, which is higher than all in the lab


def lose_a_job(store: Store, *, later: int) -> None:
    """Puts a job into the index that has been queued for ten minutes, and so many `later` ones that have ended."""
    now = datetime.now(UTC)
    asked = now - timedelta(minutes=10)
    queued = Job(LOST, 1, "config_backup", "queued", 3, asked, None, None)
    ended = (Job(LOST + n, 1, "config_backup", "success", 3, asked, asked, now, "ended") for n in range(1, later + 1))
    store.jobs.put([queued, *ended], now)
