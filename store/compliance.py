"""The newest compliance result of each policy on each device, and counts of repeated violations that wait to be reported."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from peewee import SQL, ModelDelete, Tuple, fn

from store.engine import Database
from store.models import ComplianceRepeat, ComplianceState, DirectoryDevice

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


@dataclass(frozen=True, slots=True)
class Violation:
    """A device that violates a policy by its newest result, which is from `checked_at`; `hostname` is the directory's."""

    policy: int
    device: int
    hostname: str
    checked_at: datetime


_FAILING = SQL("failing")  # spelled out, so that both databases see that an index fits
_ON_DEVICE = DirectoryDevice.id == ComplianceState.device


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

    def open(self, customer: int, most: int) -> tuple[int, int, list[Violation]]:
        """Returns how many violations there are on the devices of a customer, on how many of them, and the newest `most`."""
        found = ComplianceState.device
        number = fn.COUNT(found), fn.COUNT(fn.DISTINCT(found))
        here = DirectoryDevice.customer == customer
        columns = (ComplianceState.policy, found, DirectoryDevice.hostname, ComplianceState.checked_at)
        newest = (ComplianceState.checked_at.desc(), ComplianceState.result.desc())
        with self._database.connection():
            counts = ComplianceState.select(*number).join(DirectoryDevice, on=_ON_DEVICE).where(_FAILING, here)
            ((violations, devices),) = self._database.tuples(counts)
            query = ComplianceState.select(*columns).join(DirectoryDevice, on=_ON_DEVICE).where(_FAILING, here)
            rows = self._database.rows(query.order_by(*newest).limit(most)) if violations else []
        return violations, devices, [Violation(**row) for row in rows]

    def standing(self) -> dict[int, tuple[int, int]]:
        """Returns how many violations each customer's devices have, and the highest result among them, by the customer. One of
        the two differs whenever a violation was added or ended."""
        customer = DirectoryDevice.customer
        numbers = fn.COUNT(ComplianceState.device), fn.MAX(ComplianceState.result)
        query = ComplianceState.select(customer, *numbers).join(DirectoryDevice, on=_ON_DEVICE).where(_FAILING)
        return {row[0]: (row[1], row[2]) for row in self._database.tuples(query.group_by(customer))}

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
