"""The audit log: a row for every authenticated request, whatever became of it.

Rows copy names and ids and outlive what they refer to. A command that changes something opens its row before it acts
(status `running`) and closes it afterwards; a row that is left open by a process that is gone becomes `interrupted`.
One whose job may run without anybody knowing its number is `unclear`. These are the statuses that the store itself knows; the
others are the words of whoever writes the rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any

from peewee import Value, fn

from store.engine import Database
from store.leases import INSTANCE
from store.models import ChatOpsCommand, Lease
from store.statements import Statement

UNCLEAR = "unclear"
_INDEXED_CHARACTERS = 255  # PostgreSQL cannot index much longer texts, and these come from outside


@dataclass(frozen=True, kw_only=True)
class AuditRow:
    """One request. `id` and `created_at` are set by the store. `workspace` is the id of a row that may be gone; `customer`,
    `user`, `device` and `job_id` are WebNet's. `job_id` is set only by the command that **started** the job, not by one that
    mentions it; `job_type` also by one that may have started a job, as far as anybody knows.

    `devices` stands for `device` where a request is about several: how many, a colon, and the first of their ids.

    `command` is the subcommand's name or "", `text` the whole command line, redacted by the caller. `way` is how it came in
    (command, button, …). `delivered`: the reply reached Slack. `told_at`: when the caller was notified of an interruption.
    `first_id` is the id of the row in which a command was admitted that is performed in this one; that row may be gone.
    """

    id: int = 0
    workspace: int | None = None
    customer: int | None = None
    team_id: str = ""
    team_name: str = ""
    channel_id: str = ""
    channel_name: str = ""
    slack_user_id: str = ""
    slack_user_name: str = ""
    user: int | None = None
    username: str = ""
    command: str = ""
    text: str = ""
    way: str = "command"
    status: str
    code: str = ""
    response: str = ""
    job_id: int | None = None
    job_type: str = ""
    device: int | None = None
    device_name: str = ""
    devices: str = ""
    request_id: str = ""
    instance: str = ""
    delivered: bool = False
    created_at: datetime | None = None
    duration_ms: int | None = None
    told_at: datetime | None = None
    first_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class AuditFilter:
    """Which rows to list: every given field must match; `since` is included, `until` is not. `customers` means any of them."""

    workspace: int | None = None
    customers: tuple[int, ...] | None = None
    team_id: str | None = None
    channel_id: str | None = None
    slack_user_id: str | None = None
    user: int | None = None
    command: str | None = None
    status: str | None = None
    way: str | None = None
    device: int | None = None
    job_id: int | None = None
    request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[Any]:
        same = (each.name for each in fields(self) if each.name not in {"customers", "since", "until"})
        found = [getattr(ChatOpsCommand, name) == value for name in same if (value := getattr(self, name)) is not None]
        if self.customers is not None:
            one = len(self.customers) == 1
            customer = ChatOpsCommand.customer
            found.append(customer == self.customers[0] if one else customer.in_(self.customers))
        if self.since is not None:
            found.append(ChatOpsCommand.created_at >= self.since)
        if self.until is not None:
            found.append(ChatOpsCommand.created_at < self.until)
        return found


_FIELDS = tuple(field.name for field in fields(AuditRow) if field.name != "id")
_COLUMNS = ", ".join(f'"{name}"' for name in _FIELDS)
_WRITE = Statement(
    f"INSERT INTO chatops_command ({_COLUMNS}) VALUES ({', '.join(f':{name}' for name in _FIELDS)}) RETURNING id"
)
_LAST_JOB = Statement(
    f"""
    SELECT id, {_COLUMNS} FROM chatops_command
    WHERE customer = :customer AND device = :device AND job_id IS NOT NULL ORDER BY id DESC LIMIT 1""",
    ChatOpsCommand,
)
_LAST_JOB_BY = Statement(
    f"""
    SELECT id, {_COLUMNS} FROM chatops_command
    WHERE customer = :customer AND device = :device AND job_id IS NOT NULL AND command IN :commands::text
    ORDER BY id DESC LIMIT 1""",
    ChatOpsCommand,
)
_STARTERS = Statement(
    f"""
    SELECT id, {_COLUMNS} FROM chatops_command WHERE job_id IN :job_ids AND customer = :customer ORDER BY id DESC""",
    ChatOpsCommand,
)

AuditRows = list[AuditRow]  # inside the class, `list` is a method


class Audit:
    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, row: AuditRow) -> int:
        """Adds a row and returns its id; `created_at` is now unless the row has one."""
        values = {name: getattr(row, name) for name in _FIELDS}
        values["created_at"] = row.created_at or self._database.clock()
        for name in ("command", "slack_user_id"):
            values[name] = values[name][:_INDEXED_CHARACTERS]
        return int(self._database.run(_WRITE, **values))

    def note(self, id: int, **changes: Any) -> None:
        """Adds to an open row what became known meanwhile, such as `job_id` as soon as a job was started."""
        self._database.run(ChatOpsCommand.update(changes).where(ChatOpsCommand.id == id))

    def close(self, id: int, *, status: str, **changes: Any) -> bool:
        """Ends an open row with its outcome; `changes` are other fields of AuditRow. False if it was closed before.

        A row that was marked as interrupted, because this process had lost its lease, gets its true outcome.
        """
        open_ = ChatOpsCommand.status.in_(("running", "interrupted"))
        query = ChatOpsCommand.update({"status": status, **changes}).where((ChatOpsCommand.id == id) & open_)
        return bool(self._database.run(query))

    def get(self, id: int) -> AuditRow | None:
        row = self._database.row(ChatOpsCommand.select().where(ChatOpsCommand.id == id))
        return None if row is None else AuditRow(**row)

    def performed(self, first_id: int, slack_user_id: str) -> AuditRow | None:
        """Returns the row in which was performed what the row `first_id` of this user had admitted; None if that never began."""
        user = ChatOpsCommand.slack_user_id == slack_user_id[:_INDEXED_CHARACTERS]
        theirs = user & (ChatOpsCommand.id > first_id) & (ChatOpsCommand.first_id == first_id)
        row = self._database.row(ChatOpsCommand.select().where(theirs).order_by(ChatOpsCommand.id.desc()))
        return None if row is None else AuditRow(**row)

    def interrupted(self, living: str = "") -> AuditRows:
        """Closes the rows that are open although their process is gone (no live lease `instance:<row.instance>`), and returns
        them. Two replicas never get the same row. `living` is the instance that asks, whatever its lease says."""
        alive = Lease.select(Value(1)).where(
            (Lease.name == Value(INSTANCE).concat(ChatOpsCommand.instance))
            & (Lease.expires_at > self._database.now_us())
        )
        left = ChatOpsCommand.select().where(
            (ChatOpsCommand.status == "running") & (ChatOpsCommand.instance != living) & ~fn.EXISTS(alive)
        )
        with self._database.transaction():
            rows = self._database.rows(self._database.locked(left.order_by(ChatOpsCommand.id)))
            ids = [row["id"] for row in rows]
            self._database.run(ChatOpsCommand.update(status="interrupted").where(ChatOpsCommand.id.in_(ids)))
        return [AuditRow(**{**row, "status": "interrupted"}) for row in rows]

    def not_notified(self) -> AuditRows:
        """Returns the interrupted rows whose caller was not notified yet."""
        return self._select(
            (ChatOpsCommand.status == "interrupted") & ChatOpsCommand.told_at.is_null(), oldest_first=True
        )

    def mark_notified(self, id: int) -> bool:
        """True for the first who marks the row: of several replicas, only that one notifies the caller."""
        query = ChatOpsCommand.update(told_at=self._database.clock()).where(
            (ChatOpsCommand.id == id) & ChatOpsCommand.told_at.is_null()
        )
        return bool(self._database.run(query))

    def without_job(self, since: datetime) -> AuditRows:
        """Returns the rows since then that may have started a job of which the store does not know."""
        status = ChatOpsCommand.status.in_(("running", "interrupted", UNCLEAR))
        return self._select(status, ChatOpsCommand.job_id.is_null(), ChatOpsCommand.created_at >= since)

    def adopt(self, id: int, job_id: int) -> bool:
        """Names the job that an unclear row did start. True for the first who does, and only if no other row has this job."""
        other = ChatOpsCommand.alias()
        taken = fn.EXISTS(
            other.select(Value(1)).where(other.job_id == job_id, other.customer == ChatOpsCommand.customer)
        )
        unknown = (ChatOpsCommand.status == UNCLEAR) & ChatOpsCommand.job_id.is_null() & ~taken
        return bool(self._database.run(ChatOpsCommand.update(job_id=job_id).where((ChatOpsCommand.id == id) & unknown)))

    def starter_of(self, job_ids: Collection[int], customer: int) -> dict[int, AuditRow]:
        """Returns the rows of the commands that started these jobs, by the job's id; other jobs are left out."""
        rows = self._database.rows(_STARTERS, job_ids=[*job_ids], customer=customer)
        started = [AuditRow(**row) for row in rows]
        return {row.job_id: row for row in started if row.job_id is not None}  # newest first, so the earliest stays

    def last_job(self, customer: int, device: int, *, commands: Collection[str] = ()) -> AuditRow | None:
        """Returns the newest row that started a job on this device, by one of `commands` if any are given."""
        if commands:
            row = self._database.row(_LAST_JOB_BY, customer=customer, device=device, commands=[*commands])
        else:
            row = self._database.row(_LAST_JOB, customer=customer, device=device)
        return AuditRow(**row) if row else None

    def list(
        self,
        filters: AuditFilter | None = None,
        *,
        before_id: int | None = None,
        after_id: int | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> AuditRows:
        """Lists rows, the newest first; the next page begins before the last id of this one. `after_id` asks for the rows that
        come right after that id."""
        conditions: list[Any] = []
        if before_id is not None:
            conditions.append(ChatOpsCommand.id < before_id)
        if after_id is not None:
            conditions.append(ChatOpsCommand.id > after_id)
        upwards = after_id is not None
        parts = [
            self._select(*conditions, *part.conditions(), limit=offset + limit, oldest_first=upwards)
            for part in _parts(filters or AuditFilter())
        ]
        merged = merge(*parts, key=lambda row: row.id, reverse=not upwards)
        found = [*islice(merged, offset, offset + limit)]
        return found[::-1] if upwards else found

    def count(self, filters: AuditFilter | None, most: int) -> int:
        """Counts the rows that match, no further than `most`."""
        found = 0
        with self._database.connection():
            for part in _parts(filters or AuditFilter()):
                ids = ChatOpsCommand.select(ChatOpsCommand.id).where(*part.conditions(), ChatOpsCommand.id > 0)
                found += ids.limit(most - found).count(self._database.peewee)
        return found

    def each(self, filters: AuditFilter | None = None, *, batch: int = 1000) -> Iterator[AuditRow]:
        """Yields all rows that match, newest first, with `batch` of them in memory and no transaction held between batches."""
        before_id = None
        while page := self.list(filters, before_id=before_id, limit=batch):
            yield from page
            before_id = page[-1].id

    def sweep(self, older_than: datetime, batch: int = 500) -> int:
        """Removes old rows for good, in short transactions of `batch` rows, and returns how many."""
        created = ChatOpsCommand.created_at
        return self._database.delete_in_batches(ChatOpsCommand.id, created < older_than, batch, by=created)

    def _select(self, *conditions: Any, limit: int | None = None, oldest_first: bool = False) -> AuditRows:
        query = self._query(*conditions, oldest_first=oldest_first).limit(limit)
        return [AuditRow(**row) for row in self._database.rows(query)]

    @staticmethod
    def _query(*conditions: Any, oldest_first: bool = False) -> Any:
        query = ChatOpsCommand.select().where(*conditions) if conditions else ChatOpsCommand.select()
        return query.order_by(ChatOpsCommand.id if oldest_first else ChatOpsCommand.id.desc())


def _parts(filters: AuditFilter) -> list[AuditFilter]:
    """Splits a filter of several customers into one for each: an index finds the newest rows of one customer, but those of
    several only by sorting all. A filter of one workspace stays whole: nearly all of its rows belong to one customer, and
    all of them would be read to find none of another."""
    if filters.customers is None or len(filters.customers) < 2 or filters.workspace is not None:
        return [filters]
    return [replace(filters, customers=(customer,)) for customer in sorted(set(filters.customers))]
