"""The index of WebNet's jobs: those that the job feed has seen, and whose end is still to be enqueued."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any, Literal

from peewee import EXCLUDED, SQL, Case, ModelDelete, fn

from store.cursors import Cursors
from store.engine import Database
from store.models import Job as JobRow
from store.models import JobDevice
from store.statements import Statement

State = Literal["open", "ending", "ended"]

FLOOR = "feed:jobs:floor"
_IN_ONE_QUERY = 500


@dataclass(frozen=True, slots=True)
class Job:
    """A job as WebNet last showed it. `state` is open until the job ended, ending until an event of that was enqueued, then
    ended. `tries` counts how often the event could not be made. `cancelled_by` names who cancelled it, even if it ran all the
    same: None if nobody did, "" if it is not known who. `devices` are those that it names, which `put` writes; what is read of
    them comes from `devices`."""

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
    cancelled_by: str | None = None
    everywhere: bool = False
    devices: frozenset[int] = field(default=frozenset(), compare=False)


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Says who cancelled a job: `by` is empty if it is not known, and `chat_user`, the chat's id of them, if it was not the bot
    that they asked."""

    by: str
    chat_user: str = ""


# Written out in the query: with a parameter SQLite does not see that a partial index fits.
_OPEN, _ENDING = JobRow.state == SQL("'open'"), JobRow.state == SQL("'ending'")
_KEPT = ("id", "state", "tries", "cancelled_by")  # by a row that is brought up to date
# A worker of WebNet may run a job that was cancelled: that one begins again.
_MAY_MOVE = (JobRow.state == "open") | ((JobRow.status == "cancelled") & (EXCLUDED.status != "cancelled"))
_BY = Case(None, [(EXCLUDED.cancelled_by.is_null(False), fn.COALESCE(JobRow.canceller, EXCLUDED.cancelled_by))], None)
_NAMES = [one.name for one in fields(Job) if one.name != "devices"]
_COLUMNS = [getattr(JobRow, name) for name in _NAMES]
_SHOWN = [getattr(JobRow, name) for name in _NAMES if name not in _KEPT]

_LAST_ON = Statement(
    """
    SELECT max(id) AS id FROM (
        SELECT id FROM (
            SELECT job.id FROM job WHERE customer = :customer AND everywhere AND type IN :types::text ORDER BY id DESC LIMIT 1) AS a
        UNION ALL
        SELECT id FROM (
            SELECT job.id FROM job_device JOIN job ON job.id = job_device.job_id
            WHERE job_device.device = :device AND customer = :customer ORDER BY job_device.job_id DESC LIMIT 1) AS b) AS c"""
)
_LAST_END_ON = Statement(
    """
    SELECT job.id FROM job_device JOIN job ON job.id = job_device.job_id
    WHERE job_device.device = :device AND customer = :customer AND type = :type AND state <> 'open'
    ORDER BY job_device.job_id DESC LIMIT 1"""
)
_ENDED_AFTER = Statement(
    "SELECT count(*) AS ended FROM (SELECT id FROM job WHERE id > :id AND state <> 'open' LIMIT :most) AS later"
)
_LAST_ENDS = Statement("SELECT id FROM job WHERE state <> 'open' ORDER BY id DESC LIMIT :most")


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
        """Adds jobs or brings them up to date. A state never goes back, so no end is enqueued twice; that of a job that ran
        after it was cancelled begins again."""
        rows = [{**asdict(job), "due_at": read_at} for job in jobs]
        named = [{"job": row["id"], "device": device} for row in rows for device in sorted(row.pop("devices"))]
        for start in range(0, len(rows), _IN_ONE_QUERY):
            query = JobRow.insert_many(rows[start : start + _IN_ONE_QUERY]).on_conflict(
                conflict_target=[JobRow.id],
                preserve=_SHOWN,
                update={
                    JobRow.state: Case(None, [(_MAY_MOVE, EXCLUDED.state)], JobRow.state),
                    JobRow.due_at: Case(None, [(_MAY_MOVE, EXCLUDED.due_at)], JobRow.due_at),
                    JobRow.cancelled_by: fn.COALESCE(JobRow.cancelled_by, _BY),
                },
            )
            self._database.run(query.as_rowcount())
        for start in range(0, len(named), _IN_ONE_QUERY):
            devices = JobDevice.insert_many(named[start : start + _IN_ONE_QUERY]).on_conflict_ignore()
            self._database.run(devices.as_rowcount())

    def devices(self, ids: Collection[int]) -> dict[int, frozenset[int]]:
        """Returns the devices that these jobs name, by the job's id; jobs that name none are left out."""
        found: dict[int, set[int]] = {}
        for job, device in self._database.tuples(
            JobDevice.select(JobDevice.job, JobDevice.device).where(JobDevice.job.in_(list(ids)))
        ):
            found.setdefault(job, set()).add(device)
        return {job: frozenset(devices) for job, devices in found.items()}

    def last_on(self, customer: int, device: int, everywhere: Collection[str]) -> int | None:
        """Returns the id of the newest job that names this device, or that is of one of the types `everywhere` and restricted
        to no device."""
        row = self._database.row(_LAST_ON, customer=customer, device=device, types=[*everywhere])
        return row["id"] if row else None

    def last_end_on(self, customer: int, device: int, type: str) -> int | None:
        """Returns the id of the newest job of one type that names this device and has ended."""
        row = self._database.row(_LAST_END_ON, customer=customer, device=device, type=type)
        return row["id"] if row else None

    def open_on(self, customer: int, type: str, devices: Collection[int], since: datetime, most: int) -> list[int]:
        """Returns the ids of the newest jobs of one type that name one of these devices, were asked for since then, and have not
        ended as far as the index knows."""
        here = JobDevice.device.in_([*devices]) & (JobRow.customer == customer) & (JobRow.type == type)
        query = JobRow.select(JobRow.id).distinct().join(JobDevice).where(here & _OPEN & (JobRow.requested_at >= since))
        return [number for (number,) in self._database.tuples(query.order_by(JobRow.id.desc()).limit(most))]

    def asked_for(
        self, customer: int, type: str, devices: Collection[int], since: datetime, until: datetime
    ) -> list[Job]:
        """Lists the jobs of one type on exactly these devices that were asked for between these times, as `page` does."""
        here = (JobDevice.device == min(devices)) & (JobRow.customer == customer) & (JobRow.type == type)
        asked = (JobRow.requested_at >= since) & (JobRow.requested_at <= until)
        found = self._database.rows(JobRow.select(*_COLUMNS).join(JobDevice).where(here & asked).order_by(JobRow.id))
        named = self.devices([row["id"] for row in found])
        return [Job(**row) for row in found if named[row["id"]] == {*devices}]

    def unended(self, most: int) -> list[Job]:
        """Lists the newest jobs that have not ended as far as the index knows, as `page` does."""
        query = JobRow.select(*_COLUMNS).where(_OPEN).order_by(JobRow.id.desc()).limit(most)
        return [Job(**row) for row in self._database.rows(query)]

    def cancelling(self, job: Job, by: str, chat_user: str) -> None:
        """Keeps who is about to cancel a job, which the feed may not have seen yet."""
        with self._database.transaction():
            self.put([job], self._database.clock())
            self._database.run(JobRow.update(canceller=by, canceller_chat_user=chat_user).where(JobRow.id == job.id))

    def note_cancelled(self, id: int, by: str, chat_user: str) -> None:
        """Says that WebNet cancelled the job for them."""
        done = JobRow.update(cancelled_by=by, canceller=by, canceller_chat_user=chat_user)
        self._database.run(done.where(JobRow.id == id))

    def not_cancelled(self, id: int, chat_user: str) -> None:
        """Says that WebNet refused to cancel the job for them."""
        theirs = (JobRow.canceller_chat_user == chat_user) & JobRow.cancelled_by.is_null()
        self._database.run(JobRow.update(canceller=None, canceller_chat_user=None).where((JobRow.id == id) & theirs))

    def cancelled(self, id: int, *, seen: bool) -> Cancelled | None:
        """Returns who cancelled this job, None if nobody did. `seen` says that WebNet shows it as cancelled: then it is known
        that whoever asked for that got it."""
        row = self._database.row(
            JobRow.select(JobRow.cancelled_by, JobRow.canceller, JobRow.canceller_chat_user).where(JobRow.id == id)
        )
        if row is None or (row["cancelled_by"] is None and not (seen and row["canceller"])):
            return None
        by = row["cancelled_by"] or row["canceller"] or ""
        return Cancelled(by, (row["canceller_chat_user"] or "") if by == row["canceller"] else "")

    def ended_after(self, id: int, most: int) -> int:
        """Counts the jobs with a higher id that have ended, and stops at `most`."""
        row = self._database.row(_ENDED_AFTER, id=id, most=most)
        return row["ended"] if row else 0

    def last_ends(self, most: int) -> list[int]:
        """Returns the ids of the newest jobs that have ended, by falling id."""
        return [row["id"] for row in self._database.rows(_LAST_ENDS, most=most)]

    def left_behind(self, since: datetime, before: datetime, later: int) -> list[int]:
        """Returns the ids of jobs that were asked for between these times and are still queued, though so many later ones have
        ended."""
        ids = self.last_ends(later)
        if len(ids) < later:
            return []
        waits = _OPEN & (JobRow.status == "queued") & (JobRow.id < ids[-1])
        asked = (JobRow.requested_at >= since) & (JobRow.requested_at <= before)
        left = JobRow.select(JobRow.id).where(waits & asked).order_by(JobRow.id)
        return [number for (number,) in self._database.tuples(left)]

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

    def longest_unread(self, limit: int, but: Collection[int] = ()) -> list[int]:
        """Returns ids of open jobs `but` some, first the one that was not read for the longest time."""
        query = JobRow.select(JobRow.id).where(_OPEN).order_by(JobRow.due_at, JobRow.id).limit(limit + len(but))
        return [job_id for (job_id,) in self._database.tuples(query) if job_id not in but][:limit]

    def may_end_below(self, id: int, cancelled_since: datetime) -> bool:
        """Says whether a job with a lower id is open, or was cancelled after that time, so that it may still run."""
        cancelled = SQL("cancelled_by IS NOT NULL") & (JobRow.status == "cancelled")
        ways = (_OPEN, cancelled & (JobRow.finished_at >= cancelled_since))
        return any(self._database.row(JobRow.select(JobRow.id).where(way & (JobRow.id < id)).limit(1)) for way in ways)

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
        return self._database.delete_in_batches(JobRow.id, old, batch)
