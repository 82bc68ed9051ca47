"""What really happened in jobs that have ended: one text for each, which the bot writes once and reads for every place that
shows the job."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from peewee import EXCLUDED

from store.engine import Database
from store.models import JobOutcome

_IN_ONE_QUERY = 500


class Outcomes:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, jobs: Collection[int]) -> dict[int, str]:
        """Returns the texts by the job's id; jobs that nobody has looked at are left out."""
        found: dict[int, str] = {}
        wanted = sorted(jobs)
        for start in range(0, len(wanted), _IN_ONE_QUERY):
            part = JobOutcome.job.in_(wanted[start : start + _IN_ONE_QUERY])
            found.update(self._database.tuples(JobOutcome.select(JobOutcome.job, JobOutcome.outcome).where(part)))
        return found

    def put(self, outcomes: Mapping[int, str]) -> None:
        """Keeps the texts by the job's id."""
        now = self._database.clock()
        rows = [{"job": job, "outcome": text, "read_at": now} for job, text in sorted(outcomes.items())]
        for start in range(0, len(rows), _IN_ONE_QUERY):
            query = JobOutcome.insert_many(rows[start : start + _IN_ONE_QUERY]).on_conflict(
                conflict_target=[JobOutcome.job],
                update={JobOutcome.outcome: EXCLUDED.outcome, JobOutcome.read_at: EXCLUDED.read_at},
            )
            self._database.run(query.as_rowcount())

    def sweep(self, older_than: datetime, batch: int = 500) -> int:
        """Removes outcomes that were read before that, in short transactions of `batch` rows, and returns how many."""
        return self._database.delete_in_batches(JobOutcome.job, JobOutcome.read_at < older_than, batch)
