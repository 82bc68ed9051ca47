"""Which devices answer, as the jobs that have ended found it: WebNet itself keeps it nowhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from peewee import EXCLUDED, Case

from store.engine import Database
from store.held import look_again
from store.models import Delivery
from store.models import ReachabilityRow as Row

HELD_FOR = "inhibited:reach:"  # and then a device: what holds the delivery of its failed backup
_IN_ONE_QUERY = 500


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A device that no job has reached `since` then, as found last by a job that ended at `checked_at`; ids are WebNet's."""

    device: int
    since: datetime
    checked_at: datetime


class Reachability:
    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, customer: int, found: Mapping[int, bool], job: int, ended_at: datetime) -> None:
        """Keeps what a job of this customer found, by the device, unless a later one is known. Where one answers again, what is
        held for such devices is looked at."""
        now = self._database.now()
        one = {"customer": customer, "since": now, "checked_at": ended_at, "job": job}
        rows = [{**one, "device": device, "reachable": answers} for device, answers in sorted(found.items())]
        since = Case(None, [(Row.reachable == EXCLUDED.reachable, Row.since)], EXCLUDED.since)
        back = {each.device for each in self.unreachable(customer)} & {device for device in found if found[device]}
        for start in range(0, len(rows), _IN_ONE_QUERY):
            query = Row.insert_many(rows[start : start + _IN_ONE_QUERY]).on_conflict(
                conflict_target=[Row.customer, Row.device],
                preserve=[Row.reachable, Row.checked_at, Row.job],
                update={Row.since: since},
                where=Row.checked_at <= EXCLUDED.checked_at,
            )
            self._database.run(query.as_rowcount())
        if back:
            look_again(self._database, Delivery.held_for.startswith(HELD_FOR))

    def unreachable(self, customer: int, devices: Collection[int] | None = None) -> list[Unreachable]:
        """Lists the devices of a customer, or those among `devices`, that do not answer, the longest first."""
        here = (Row.customer == customer) & ~Row.reachable
        if devices is not None:
            here &= Row.device.in_([*devices])
        query = Row.select(Row.device, Row.since, Row.checked_at).where(here).order_by(Row.since, Row.device)
        return [Unreachable(**row) for row in self._database.rows(query)]
