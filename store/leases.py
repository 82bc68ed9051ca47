"""Leases: claims that end by themselves, for whatever only one of several processes may do at a time.

Names in use: `instance:<uuid>`, kept alive by every running bot; `device:<id>:<job type>`, while a job is being started.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peewee import EXCLUDED, Case, ModelDelete

from store.engine import Database
from store.fields import in_us
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
        return next(iter(self.acquire_each([name], holder, ttl_s)), None)

    def acquire_each(self, names: Collection[str], holder: str, ttl_s: float) -> list[Lease]:
        """Returns the leases of those of the names that nobody holds, as `acquire` does for one."""
        now = self._database.now_us()  # it is the fence, too: time rises even where a released row is gone
        row = {"holder": holder, "fence": now, "expires_at": now + in_us(ttl_s)}
        rows = [
            {"name": name, **row} for name in sorted(names)
        ]  # in one order, so that no two claimants wait for each other
        query = LeaseRow.insert_many(rows).on_conflict(
            conflict_target=[LeaseRow.name],
            preserve=[LeaseRow.holder, LeaseRow.expires_at],
            update={
                LeaseRow.fence: Case(None, [(LeaseRow.fence >= EXCLUDED.fence, LeaseRow.fence + 1)], EXCLUDED.fence)
            },
            where=LeaseRow.expires_at <= EXCLUDED.fence,
        )
        with self._database.transaction():
            return [Lease(**found) for found in self._database.rows(query.returning(LeaseRow))]

    def renew(self, lease: Lease, ttl_s: float) -> bool:
        """Makes the lease end in `ttl_s`. False if it was released, swept, or claimed by another after it ended; one that merely
        ended is valid again."""
        return self.renew_each([lease], ttl_s)

    def renew_each(self, leases: Sequence[Lease], ttl_s: float) -> bool:
        """Renews leases of one holder. False if one of them cannot be renewed."""
        until = self._database.now_us() + in_us(ttl_s)
        return bool(self._database.run(LeaseRow.update(expires_at=until).where(_are(leases))) == len(leases))

    def release(self, lease: Lease) -> bool:
        return self.release_each([lease])

    def release_each(self, leases: Sequence[Lease]) -> bool:
        """Releases leases of one holder. False if some of them had been released, swept or claimed by another."""
        return bool(self._database.run(ModelDelete(LeaseRow).where(_are(leases))) == len(leases))

    def all_live(self, prefix: str) -> list[Lease]:
        """Lists the leases that have not ended and whose name begins with `prefix`, such as INSTANCE."""
        query = LeaseRow.select().where(LeaseRow.expires_at > self._database.now_us()).order_by(LeaseRow.name)
        return [Lease(**row) for row in self._database.rows(query) if row["name"].startswith(prefix)]

    def sweep(self, ended_for: timedelta = timedelta(days=1)) -> int:
        """Removes leases that ended long ago and were never released, such as those of instances that were killed."""
        before = self._database.now_us() - in_us(ended_for.total_seconds())
        return int(self._database.run(ModelDelete(LeaseRow).where(LeaseRow.expires_at < before)))


def _are(leases: Sequence[Lease]) -> Any:
    names, fences = [lease.name for lease in leases], {lease.fence for lease in leases}
    return LeaseRow.name.in_(names) & (LeaseRow.holder == leases[0].holder) & LeaseRow.fence.in_(fences)
