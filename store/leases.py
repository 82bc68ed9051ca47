"""Leases: claims that end by themselves, for whatever only one of several processes may do at a time.

Names in use: `instance:<uuid>`, kept alive by every running bot; `device:<id>:<job type>`, while a job is being started.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peewee import EXCLUDED, Case, ModelDelete

from store.engine import Database
from store.models import Lease as LeaseRow

INSTANCE = "instance:"


@dataclass(frozen=True)
class Lease:
    """A claim by name. `fence` is higher than that of every earlier lease of this name, also of those that were released."""

    name: str
    holder: str
    fence: int
    expires_at: datetime


class Leases:
    def __init__(self, database: Database) -> None:
        self._database = database

    def acquire(self, name: str, holder: str, ttl_s: float) -> Lease | None:
        """Returns None while anyone holds the name, even the same holder: two threads of one process are two claimants."""
        now = self._database.now_us()  # it is the fence, too: time rises even where a released row is gone
        query = LeaseRow.insert(name=name, holder=holder, fence=now, expires_at=now + _us(ttl_s)).on_conflict(
            conflict_target=[LeaseRow.name],
            preserve=[LeaseRow.holder, LeaseRow.expires_at],
            update={
                LeaseRow.fence: Case(None, [(LeaseRow.fence >= EXCLUDED.fence, LeaseRow.fence + 1)], EXCLUDED.fence)
            },
            where=LeaseRow.expires_at <= EXCLUDED.fence,
        )
        with self._database.transaction():
            return self._read(LeaseRow.name == name) if self._database.run(query.as_rowcount()) else None

    def renew(self, lease: Lease, ttl_s: float) -> bool:
        """Makes the lease end in `ttl_s`. False if it was released, swept, or claimed by another after it ended; one that merely
        ended is valid again."""
        until = self._database.now_us() + _us(ttl_s)
        return bool(self._database.run(LeaseRow.update(expires_at=until).where(_is(lease))))

    def release(self, lease: Lease) -> bool:
        return bool(self._database.run(ModelDelete(LeaseRow).where(_is(lease))))

    def all_live(self, prefix: str) -> list[Lease]:
        """Lists the leases that have not ended and whose name begins with `prefix`, such as INSTANCE."""
        query = LeaseRow.select().where(LeaseRow.expires_at > self._database.now_us()).order_by(LeaseRow.name)
        return [Lease(**row) for row in self._database.rows(query) if row["name"].startswith(prefix)]

    def sweep(self, ended_for: timedelta = timedelta(days=1)) -> int:
        """Removes leases that ended long ago and were never released, such as those of instances that were killed."""
        before = self._database.now_us() - _us(ended_for.total_seconds())
        return int(self._database.run(ModelDelete(LeaseRow).where(LeaseRow.expires_at < before)))

    def _read(self, condition: Any) -> Lease | None:
        row = self._database.row(LeaseRow.select().where(condition))
        return None if row is None else Lease(**row)


def _us(seconds: float) -> int:
    return round(seconds * 1_000_000)


def _is(lease: Lease) -> Any:
    return (LeaseRow.name == lease.name) & (LeaseRow.holder == lease.holder) & (LeaseRow.fence == lease.fence)
