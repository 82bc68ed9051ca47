"""Whether a backup found another config on a device than the one before, as the follower of snapshots saw it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from peewee import Case, fn

from store.engine import Database
from store.models import ConfigChange


@dataclass(frozen=True, slots=True)
class Changes:
    """Counts the `devices` of a backup whose configs were compared, and those of them whose config `changed`."""

    changed: int
    devices: int


class ConfigChanges:
    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, job: int, device: int, *, changed: bool) -> None:
        """Keeps what was found first."""
        row = {"job": job, "device": device, "changed": changed, "seen_at": self._database.clock()}
        self._database.run(ConfigChange.insert(row).on_conflict_ignore().as_rowcount())

    def of(self, jobs: Collection[int]) -> dict[int, Changes]:
        """Returns what is known, by the job's id; jobs of which nothing is known are left out."""
        changed = fn.SUM(Case(None, [(ConfigChange.changed, 1)], 0))
        query = ConfigChange.select(ConfigChange.job, changed, fn.COUNT(ConfigChange.device))
        found = self._database.tuples(query.where(ConfigChange.job.in_(list(jobs))).group_by(ConfigChange.job))
        return {job: Changes(int(number), int(devices)) for job, number, devices in found}

    def sweep(self, older_than: datetime, batch: int = 500) -> int:
        """Removes what was seen before that, a job as a whole, in short transactions, and returns how many rows."""
        return self._database.delete_in_batches(ConfigChange.job, ConfigChange.seen_at < older_than, batch)
