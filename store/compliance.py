"""The newest compliance result of each policy on each device, and counts of repeated violations that wait to be reported."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from peewee import ModelDelete, Tuple

from store.engine import Database
from store.models import ComplianceRepeat, ComplianceState

_IN_ONE_QUERY = 200


@dataclass(frozen=True, slots=True)
class PolicyState:
    """The newest known result of a policy on a device, by `checked_at` and then by its id; all ids are WebNet's."""

    policy: int
    device: int
    failing: bool
    result: int
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class Repeat:
    """How many devices of a customer failed the policy in this job as they did before."""

    policy: int
    job: int
    customer: int
    devices: int
    first_result: int
    counted_at: datetime


class Compliance:
    def __init__(self, database: Database) -> None:
        self._database = database

    def states(self, pairs: Collection[tuple[int, int]]) -> dict[tuple[int, int], PolicyState]:
        """Returns the states by (policy, device)."""
        found: dict[tuple[int, int], PolicyState] = {}
        wanted = sorted(pairs)
        key = Tuple(ComplianceState.policy, ComplianceState.device)
        for start in range(0, len(wanted), _IN_ONE_QUERY):
            query = ComplianceState.select().where(key.in_(wanted[start : start + _IN_ONE_QUERY]))
            for row in self._database.rows(query):
                found[row["policy"], row["device"]] = PolicyState(**row)
        return found

    def put(self, states: Collection[PolicyState]) -> None:
        rows = [asdict(state) for state in states]
        for start in range(0, len(rows), _IN_ONE_QUERY):
            query = ComplianceState.insert_many(rows[start : start + _IN_ONE_QUERY]).on_conflict(
                conflict_target=[ComplianceState.policy, ComplianceState.device],
                preserve=[ComplianceState.failing, ComplianceState.result, ComplianceState.checked_at],
            )
            self._database.run(query.as_rowcount())

    def count(self, repeat: Repeat) -> None:
        """Adds the devices to the count of this policy, job and customer."""
        query = ComplianceRepeat.insert(asdict(repeat)).on_conflict(
            conflict_target=[ComplianceRepeat.policy, ComplianceRepeat.job, ComplianceRepeat.customer],
            preserve=[ComplianceRepeat.counted_at],
            update={ComplianceRepeat.devices: ComplianceRepeat.devices + repeat.devices},
        )
        self._database.run(query.as_rowcount())

    def counted_out(self, before: datetime) -> list[Repeat]:
        """Lists the repeats to which nothing was added since then."""
        query = ComplianceRepeat.select().where(ComplianceRepeat.counted_at <= before)
        return [Repeat(**row) for row in self._database.rows(query.order_by(ComplianceRepeat.first_result))]

    def remove(self, repeat: Repeat) -> None:
        same = (
            (ComplianceRepeat.policy == repeat.policy)
            & (ComplianceRepeat.job == repeat.job)
            & (ComplianceRepeat.customer == repeat.customer)
        )
        self._database.run(ModelDelete(ComplianceRepeat).where(same))
