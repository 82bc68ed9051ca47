"""The snapshots whose config differs from the one before, with how many lines that is, as the follower of snapshots saw them."""

from __future__ import annotations

import builtins
from dataclasses import asdict, dataclass
from datetime import datetime

from peewee import fn

from store.engine import Database
from store.models import DeviceChange
from store.statements import Statement

_COMMIT = Statement(
    """
    SELECT job.id FROM job_device JOIN job ON job.id = job_device.job_id
    WHERE job_device.device = :device AND job.customer = :customer AND job.type = :type
        AND job.finished_at > :after AND job.finished_at <= :until
    ORDER BY job_device.job_id DESC LIMIT 1"""
)


@dataclass(frozen=True, kw_only=True)
class Change:
    """A change of `added` and `removed` lines that happened between `before_at` and `changed_at`, when the two snapshots were made.
    `deploy` is the number of the bot's deploy that made it, and `approver` who allowed that."""

    snapshot: int
    device: int
    customer: int
    added: int
    removed: int
    before_at: datetime
    changed_at: datetime
    deploy: int | None
    approver: str


class DeviceChanges:
    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, change: Change) -> None:
        """Keeps what was found first."""
        self._database.run(DeviceChange.insert(asdict(change)).on_conflict_ignore().as_rowcount())

    def newest(self, customer: int, since: datetime, most: int) -> tuple[int, int, builtins.list[Change]]:
        """Returns how many changes there were on the customer's devices since then, on how many devices, and the newest `most`."""
        here = (DeviceChange.customer == customer) & (DeviceChange.changed_at >= since)
        with self._database.connection():
            counts = fn.COUNT(DeviceChange.snapshot), fn.COUNT(fn.DISTINCT(DeviceChange.device))
            ((number, devices),) = self._database.tuples(DeviceChange.select(*counts).where(here))
            newest = DeviceChange.select().where(here).order_by(DeviceChange.changed_at.desc()).limit(most)
            return number, devices, [Change(**row) for row in self._database.rows(newest)]

    def commit_of(self, customer: int, device: int, after: datetime, until: datetime, type: str) -> int | None:
        """Returns the id of the last job of this type on the device that ended between two snapshots, such as a commit."""
        where = {"device": device, "customer": customer, "type": type}
        row = self._database.row(_COMMIT, **where, after=after, until=until)
        return row["id"] if row else None

    def sweep(self, older_than: datetime, batch: int = 500) -> int:
        """Removes old changes, in short transactions of `batch` rows, and returns how many."""
        return self._database.delete_in_batches(DeviceChange.snapshot, DeviceChange.changed_at < older_than, batch)
