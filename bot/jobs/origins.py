"""Says which job is behind a change of a config, and who started it: the last commit on the device between the two snapshots, else the
job that made the later one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from bot.jobs.starter import KnownJob
from bot.webnet.job_kinds import COMMIT
from store.jobs import Job as Row


class History(Protocol):
    """Knows from the audit log which jobs the bot started."""

    def starters(self, customer: int, job_ids: Sequence[int]) -> Mapping[int, KnownJob]: ...


class Between(NamedTuple):
    """A change of a device between two snapshots, and the job that made the later one."""

    device: int
    before_at: datetime
    at: datetime
    job: int | None


@dataclass(frozen=True, slots=True)
class Origin:
    """`type` is empty for a job that is not in the index any more, and `by` where nobody is known to have started it."""

    job: int
    type: str
    by: str


@dataclass(frozen=True, slots=True)
class Origins:
    """`known` gives rows of the index of jobs, `names` those of WebNet's users; `commit_of(customer, device, after, until, type)` is the
    last job of a type that ended between."""

    known: Callable[[Collection[int]], Mapping[int, Row]]
    history: History
    names: Callable[[Iterable[int]], Mapping[int, str]]
    commit_of: Callable[[int, int, datetime, datetime, str], int | None]

    def of(self, customer: int, changes: Sequence[Between]) -> list[Origin | None]:
        """Returns the origin of each change, None where no job of this customer is known."""
        jobs = [
            self.commit_of(customer, each.device, each.before_at, each.at, COMMIT.type) or each.job for each in changes
        ]
        wanted = sorted({job for job in jobs if job})
        rows, own = self.known(wanted), self.history.starters(customer, wanted)
        names = self.names({row.user for job, row in rows.items() if row.user is not None and job not in own})

        def origin(job: int | None) -> Origin | None:
            row = rows.get(job or 0)
            if not job or (row and row.customer != customer):
                return None
            if job in own:
                return Origin(job, row.type if row else own[job].type, own[job].username)
            user = row.user if row else None
            return Origin(job, row.type if row else "", names.get(user or 0, f"user {user}" if user else ""))

        return list(map(origin, jobs))
