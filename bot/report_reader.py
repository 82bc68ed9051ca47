"""Reads what a report says of one customer. Nearly all of it stands in the store; WebNet is asked for open drift alerts, for
the names of policies and for schedules, with no more than twenty requests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol

from bot.approvals.requests import Kept, Requests
from bot.compliance import OpenViolations, Violations
from bot.configs.open_alerts import OpenAlerts, OpenDrift
from bot.faults import Fault, FaultSources, TakenFaults
from bot.health import HealthSources
from bot.jobs.failing import Failed, Failures
from bot.jobs.starter import KnownJob
from bot.webnet.client import WebNet
from bot.webnet.job_kinds import COMMIT
from bot.webnet.models import Schedule
from store.device_changes import Change, DeviceChanges
from store.overview import Backups, DeviceSince, Overview, Unreachable
from store.snoozes import Snooze, Snoozes

SCHEDULE_PAGES = 3  # that a report reads
OVERDUE = timedelta(minutes=10)  # a schedule is late after so long: WebNet's clock of schedules ticks once a minute


class History(Protocol):
    """Knows from the audit log which jobs the bot started."""

    def starters(self, customer: int, job_ids: Sequence[int]) -> Mapping[int, KnownJob]: ...


@dataclass(frozen=True, slots=True)
class ReportSources:
    """Holds what the readers of all customers share. `names(ids)` gives the names of those of WebNet's users that are known already.
    `backup_within` is how old the last backup of a device may be."""

    webnet: WebNet
    overview: Overview
    changes: DeviceChanges
    open_alerts: OpenAlerts
    violations: Violations
    requests: Requests
    snoozes: Snoozes
    faults: FaultSources
    health: HealthSources
    history: History
    names: Callable[[Iterable[int]], Mapping[int, str]]
    job_user: Callable[[int], int | None]
    backup_within: timedelta


@dataclass(frozen=True, slots=True)
class WithoutBackup:
    """Counts the devices, and holds those that have had no backup for longest; `within` is how old a backup may be."""

    counts: Backups
    longest: tuple[DeviceSince, ...]
    within: timedelta


@dataclass(frozen=True, slots=True)
class Changed:
    """A change of a device's config, and who made it, as far as that is known: `by` whom, in which commit `job`."""

    change: Change
    hostname: str
    by: str
    job: int | None


@dataclass(frozen=True, slots=True)
class Changes:
    number: int
    devices: int
    newest: tuple[Changed, ...]


@dataclass(frozen=True, slots=True)
class Ending:
    """What waits for somebody today, or ends: requests and snoozes, each until its end; how many notices are parked; and the feeds
    that are late, each with when it was last read."""

    requests: tuple[Kept, ...]
    snoozes: tuple[Snooze, ...]
    parked: int
    feeds: Mapping[str, datetime | None]


@dataclass(frozen=True, slots=True)
class Overdue:
    """The schedules that should have run by now. `known` is False where WebNet says of none when it comes next, and `complete` where
    there are more than a report reads."""

    schedules: tuple[Schedule, ...]
    known: bool
    complete: bool


class ReportReader:
    """Serves one report. `since` is when the last one was made, and `workspace` the id of that which gets it."""

    def __init__(self, customer: int, workspace: int, since: datetime, now: datetime, sources: ReportSources) -> None:
        self.customer = customer
        self.since = since
        self.now = now
        self._workspace = workspace
        self._sources = sources

    @cached_property
    def taken(self) -> tuple[Fault, ...]:
        """The faults that somebody is on, the latest taken first."""
        return TakenFaults(self.customer, self._workspace, self._sources.faults).all()

    @cached_property
    def snoozes(self) -> tuple[Snooze, ...]:
        """The snoozes of the workspace's channels and those of every channel, the first to end first."""
        found = self._sources.snoozes.open(self.customer)
        return tuple(one for one in found if one.channel is None or one.workspace == self._workspace)

    def failed_jobs(self, where: int) -> Failed:
        """Returns the jobs that failed since the last report, and those that still fail; `where` devices of each are named."""
        return Failures(self.customer, self.now, self._sources.overview).jobs(self.since, where)

    def unreachable(self) -> list[Unreachable]:
        """Returns the devices that do not answer, those first of which that was found longest ago."""
        return self._sources.overview.unreachable(self.customer)

    def without_backup(self, most: int) -> WithoutBackup:
        overview, within = self._sources.overview, self._sources.backup_within
        before = self.now - within
        longest = overview.without_backup(self.customer, before, most)
        return WithoutBackup(overview.backups(self.customer, before), tuple(longest), within)

    def drift(self) -> OpenDrift:
        """Returns the drift alerts that nobody has acknowledged, the newest first. Raises WebNetError."""
        return self._sources.open_alerts.of(self.customer)

    def violations(self, most: int) -> OpenViolations:
        return self._sources.violations.open(self.customer, most)

    def changes(self, most: int) -> Changes:
        """Returns the configs that changed since the last report."""
        number, devices, newest = self._sources.changes.newest(self.customer, self.since, most)
        names = self._sources.overview.hostnames(self.customer, {one.device for one in newest})
        here = [
            (one, names[one.device]) for one in newest if one.device in names
        ]  # the others went to another customer
        return Changes(number, devices, tuple(self._changed(*each) for each in here))

    def _changed(self, change: Change, hostname: str) -> Changed:
        between = change.customer, change.device, change.before_at, change.changed_at
        job = None if change.deploy else self._sources.changes.commit_of(*between, COMMIT.type)
        return Changed(change, hostname, self._by(job) if job else "", job)

    def _by(self, job: int) -> str:
        if own := self._sources.history.starters(self.customer, [job]).get(job):
            return own.username
        user = self._sources.job_user(job)
        return "" if user is None else self._sources.names([user]).get(user, f"user {user}")

    def ending(self) -> Ending:
        sources = self._sources
        waiting = sources.requests.listed([self.customer], waiting=True)
        here = [one for one in waiting if one.row.workspace == self._workspace and one.payload.purpose == "approval"]
        today = self.now + timedelta(days=1)
        soon = sorted((one for one in here if one.row.expires_at <= today), key=lambda one: one.row.expires_at)
        snoozes = [one for one in self.snoozes if one.until <= today]
        read, late = sources.health.feeds()
        feeds = {name: read[name] for name in late}
        return Ending(tuple(soon), tuple(snoozes), sources.overview.parked(self._workspace), feeds)

    def overdue(self) -> Overdue:
        """Returns the schedules that did not run when they should have. Raises WebNetError."""
        rows, complete = self._sources.webnet.schedules(SCHEDULE_PAGES)
        own = [one for one in rows if one.customer == self.customer and one.enabled]
        late = [one for one in own if one.next_run and one.next_run < self.now - OVERDUE]
        known = not own or any(one.next_run for one in own)
        return Overdue(tuple(sorted(late, key=lambda one: one.next_run or self.now)), known, complete)
