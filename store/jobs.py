"""The index of WebNet's jobs: those that the job feed has seen, and whose end is still to be enqueued."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Literal

from peewee import EXCLUDED, SQL, Case, ModelDelete, fn

from store.cursors import Cursors
from store.engine import Database
from store.models import Job as JobRow

State = Literal["open", "ending", "ended"]

FLOOR = "feed:jobs:floor"
_IN_ONE_QUERY = 500


@dataclass(frozen=True, slots=True)
class Job:
    """A job as WebNet last showed it. `state` is open until the job ended, ending until an event of that was enqueued, then
    ended. `tries` counts how often the event could not be made."""

    id: int
    customer: int | None
    type: str
    status: str
    user: int | None
    requested_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    state: State = "open"
    tries: int = 0


# Written out in the query: with a parameter SQLite does not see that a partial index fits.
_OPEN, _ENDING = JobRow.state == SQL("'open'"), JobRow.state == SQL("'ending'")
_COLUMNS = [getattr(JobRow, field.name) for field in fields(Job)]
_SHOWN = [getattr(JobRow, field.name) for field in fields(Job) if field.name not in ("id", "state", "tries")]


class Jobs:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._cursors = Cursors(database)

    def known(self, ids: Collection[int]) -> dict[int, Job]:
        found: dict[int, Job] = {}
        wanted = sorted(ids)
        for start in range(0, len(wanted), _IN_ONE_QUERY):
            part = wanted[start : start + _IN_ONE_QUERY]
            rows = self._database.rows(JobRow.select(*_COLUMNS).where(JobRow.id.in_(part)))
            found.update((row["id"], Job(**row)) for row in rows)
        return found

    def put(self, jobs: Iterable[Job], read_at: datetime) -> None:
        """Adds jobs or brings them up to date. A state never goes back, so no end is enqueued twice."""
        rows = [{**asdict(job), "due_at": read_at} for job in jobs]
        for start in range(0, len(rows), _IN_ONE_QUERY):
            query = JobRow.insert_many(rows[start : start + _IN_ONE_QUERY]).on_conflict(
                conflict_target=[JobRow.id],
                preserve=_SHOWN,
                update={
                    JobRow.state: Case(None, [(JobRow.state == "open", EXCLUDED.state)], JobRow.state),
                    JobRow.due_at: Case(None, [(JobRow.state == "open", EXCLUDED.due_at)], JobRow.due_at),
                },
            )
            self._database.run(query.as_rowcount())

    def floor(self) -> int | None:
        """Returns the lowest id from which on every job is in the index, or None before the first look."""
        cursor = self._cursors.get(FLOOR)
        return int(cursor.value) if cursor else None

    def raise_floor(self, id: int) -> None:
        self._cursors.put(FLOOR, str(max(id, self.floor() or 0)))

    def page(self, customer: int, number: int, size: int, floor: int) -> list[Job]:
        """Lists a page of a customer's jobs from `floor` on, by falling id; `number` counts from 1."""
        query = JobRow.select(*_COLUMNS).where((JobRow.customer == customer) & (JobRow.id >= floor))
        rows = self._database.rows(query.order_by(JobRow.id.desc()).limit(size).offset((number - 1) * size))
        return [Job(**row) for row in rows]

    def count(self, floor: int, customer: int | None = None) -> int:
        """Counts the jobs from `floor` on, of one customer or of all."""
        query = JobRow.select(fn.COUNT(JobRow.id)).where(JobRow.id >= floor)
        return self._database.count(query if customer is None else query.where(JobRow.customer == customer))

    def longest_unread(self, limit: int) -> list[int]:
        """Returns ids of open jobs, first the one that was not read for the longest time."""
        query = JobRow.select(JobRow.id).where(_OPEN).order_by(JobRow.due_at, JobRow.id).limit(limit)
        return [job_id for (job_id,) in self._database.tuples(query)]

    def ending(self, now: datetime, limit: int) -> list[Job]:
        """Lists the jobs whose end is to be enqueued by `now`."""
        query = JobRow.select(*_COLUMNS).where(_ENDING & (JobRow.due_at <= now))
        rows = self._database.rows(query.order_by(JobRow.due_at, JobRow.id).limit(limit))
        return [Job(**row) for row in rows]

    def mark_ended(self, id: int) -> bool:
        """True for the first who marks it: only that one enqueues the end."""
        query = JobRow.update(state="ended").where((JobRow.id == id) & (JobRow.state == "ending"))
        return bool(self._database.run(query))

    def postpone(self, id: int, until: datetime) -> None:
        """Puts the end of a job off, whose event cannot be made yet; this counts as a try."""
        self._database.run(JobRow.update(tries=JobRow.tries + 1, due_at=until).where(JobRow.id == id))

    def drop(self, id: int) -> None:
        """Removes a job that vanished from WebNet."""
        self._database.run(ModelDelete(JobRow).where(JobRow.id == id))

    def counts(self) -> dict[str, int]:
        """Counts the jobs of each state."""
        query = JobRow.select(JobRow.state, fn.COUNT(JobRow.id)).group_by(JobRow.state)
        return {state: int(number) for state, number in self._database.tuples(query)}

    def sweep(self, older_than: datetime, batch: int = 500) -> int:
        """Removes old jobs that have ended, in short transactions of `batch` rows, and returns how many."""
        old: Any = (JobRow.state == "ended") & (JobRow.due_at < older_than)
        highest = self._database.tuples(JobRow.select(fn.MAX(JobRow.id)).where(old))[0][0]
        if highest is None:
            return 0
        self.raise_floor(highest + 1)
        ids = JobRow.select(JobRow.id).where(old).limit(batch)
        return self._database.delete_in_batches(ModelDelete(JobRow).where(JobRow.id.in_(ids)), batch)
