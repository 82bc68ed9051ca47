"""What failed lately in the jobs of one customer, and what of that has not gone well since, from the store alone.

A job of several devices is made good device by device: it still fails while, of a device on which it failed, no later job of its type
went well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol

from bot.jobs.outcome import Outcome, stored
from store.overview import EndedJob

LOOKED_BACK = timedelta(days=14)
MOST_JOBS = 2_000  # that are looked at, the newest
MOST_LOOKED_UP = 500  # devices on which something failed and of which the newest job is looked up
FAILED = ("failed", "partial")


class Rows(Protocol):
    def ended_jobs(self, customer: int, since: datetime, most: int) -> list[EndedJob]: ...

    def devices_of(self, jobs: list[int]) -> dict[int, tuple[int, int]]: ...

    def last_run(self, customer: int, device: int, type: str) -> int | None: ...

    def ids(self, customer: int, hostnames: set[str]) -> dict[str, int]: ...

    def hostnames(self, customer: int, ids: set[int]) -> dict[int, str]: ...


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that failed, wholly or in part, on `devices` devices, the first of which are named in `where`. `again` says that
    everything has gone well there since."""

    id: int
    type: str
    words: str
    where: tuple[str, ...]
    devices: int
    finished_at: datetime | None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """Holds the jobs that failed `lately`, and those of before that still do, both the newest first."""

    lately: tuple[FailedJob, ...]
    still: tuple[FailedJob, ...]


@dataclass(frozen=True, slots=True)
class _Failure:
    """A job that failed, and the ids of the devices on which it did; of a job that says no more than that, the first device alone."""

    job: EndedJob
    outcome: Outcome
    devices: frozenset[int]
    number: int


class Failures:
    """Looks at the jobs of one customer once, and serves one report."""

    def __init__(self, customer: int, now: datetime, rows: Rows) -> None:
        self._customer = customer
        self._now = now
        self._rows = rows
        self._newest: dict[tuple[str, int], int | None] = {}

    def jobs(self, since: datetime, where: int) -> Failed:
        """Returns the jobs that failed since then, and those that still fail; `where` devices of each are named."""
        lately = [self._shown(one, where) for one in self._failures if one.job.read_at >= since]
        before = [one for one in self._failures if one.job.read_at < since and self._is_newest(one)]
        return Failed(tuple(lately), tuple(self._shown(one, where) for one in before))

    @cached_property
    def _failures(self) -> list[_Failure]:
        rows = self._rows.ended_jobs(self._customer, self._now - LOOKED_BACK, MOST_JOBS)
        failed = [(row, outcome) for row in rows if (outcome := stored(row.outcome)).result in FAILED]
        hosts = {error.host for _, outcome in failed for error in outcome.failed if error.host}
        ids, named = self._rows.ids(self._customer, hosts), self._rows.devices_of([job.id for job, _ in failed])
        return [self._failure(job, outcome, ids, named.get(job.id)) for job, outcome in failed]

    def _failure(
        self, job: EndedJob, outcome: Outcome, ids: Mapping[str, int], named: tuple[int, int] | None
    ) -> _Failure:
        devices = {ids[error.host] for error in outcome.failed if error.host in ids}
        if not devices and named:
            devices = {named[1]}
        return _Failure(job, outcome, frozenset(devices), outcome.failures or (named[0] if named else 0))

    def _last_run(self, type: str, device: int) -> int | None:
        key = (type, device)
        if key not in self._newest and len(self._newest) < MOST_LOOKED_UP:
            self._newest[key] = self._rows.last_run(self._customer, device, type)
        return self._newest.get(key)

    def _is_newest(self, one: _Failure) -> bool:
        """Says whether nothing newer is known of a device on which the job failed."""
        return any(self._last_run(one.job.type, device) == one.job.id for device in one.devices)

    def _fails(self, one: _Failure) -> bool:
        """Says whether the newest job of its type failed, too, on a device on which it did."""
        return not one.devices or any(self._failed_last(one.job, device) for device in one.devices)

    def _failed_last(self, job: EndedJob, device: int) -> bool:
        last = self._last_run(job.type, device)
        if last is None or last <= job.id:
            return True
        return any(failure.job.id == last and device in failure.devices for failure in self._failures)

    def _shown(self, one: _Failure, where: int) -> FailedJob:
        names = tuple(error.host for error in one.outcome.failed if error.host)
        if not names:
            names = tuple(self._rows.hostnames(self._customer, {*one.devices}).values())
        shown = FailedJob(one.job.id, one.job.type, one.outcome.words, names[:where], one.number, one.job.finished_at)
        return replace(shown, again=not self._fails(one))
