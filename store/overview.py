"""How the devices and jobs of one customer stand, as reports ask for it: everything is read from what the feeds and the copies have
left in the store already."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from store.engine import Database
from store.models import Job as JobRow
from store.models import JobOutcome, KeptConfig, ReachabilityRow
from store.statements import Statement

_ENDED = Statement(
    """
    SELECT job.id, job.type, job."user", job.finished_at, job_outcome.read_at, job_outcome.outcome
    FROM job_outcome JOIN job ON job.id = job_outcome.job
    WHERE job.customer = :customer AND job_outcome.read_at >= :since AND job.state <> 'open'
    ORDER BY job.id DESC LIMIT :most""",
    JobRow,
    JobOutcome,
)
_NAMED = Statement(
    """
    SELECT job_id AS job, count(*) AS devices, min(job_device.device) AS device FROM job_device
    WHERE job_id IN :jobs GROUP BY job_id"""
)
_LAST_RUN = Statement(
    """
    SELECT job.id FROM job_device JOIN job ON job.id = job_device.job_id
    WHERE job_device.device = :device AND job.customer = :customer AND job.type = :type
        AND job.state <> 'open' AND job.status <> 'cancelled'
    ORDER BY job_device.job_id DESC LIMIT 1"""
)
_BY_NAME = Statement("SELECT id, hostname FROM device WHERE customer = :customer AND hostname IN :names::text")
_BY_ID = Statement("SELECT id, hostname FROM device WHERE customer = :customer AND id IN :ids")
_CONFIGS = """
    FROM device
    LEFT JOIN kept_config ON kept_config.device = device.id AND kept_config.customer = device.customer AND NOT kept_config.gone
    WHERE device.customer = :customer AND device.enabled"""
_BACKUPS = Statement(f"""
    SELECT count(*) AS devices, count(CASE WHEN snapshot = 0 THEN 1 END) AS never,
        count(CASE WHEN snapshot > 0 AND created_at < :before THEN 1 END) AS old,
        count(CASE WHEN snapshot IS NULL THEN 1 END) AS unread
    {_CONFIGS}""")
_WITHOUT_BACKUP = Statement(
    f"""
    SELECT device.id, device.hostname, CASE WHEN snapshot > 0 THEN created_at END AS created_at
    {_CONFIGS} AND (snapshot = 0 OR created_at < :before)
    ORDER BY CASE WHEN snapshot = 0 THEN 0 ELSE created_at END, device.hostname_folded LIMIT :most""",
    KeptConfig,
)
# What a ping found holds until somebody stores something newer in WebNet, which its own pings do not do.
_UNREACHABLE = Statement(
    """
    SELECT id, hostname, CASE WHEN pinged THEN checked_at ELSE last_reachability_check END AS checked_at,
        CASE WHEN pinged THEN job END AS job
    FROM (
        SELECT device.id, hostname, hostname_folded, last_reachability_check, checked_at, job, reachable,
            lower(reachability_status) = 'unreachable' AS stored, reachability.device IS NOT NULL
                AND coalesce(last_reachability_check, 0) <= checked_at AS pinged
        FROM device
        LEFT JOIN reachability ON reachability.device = device.id AND reachability.customer = device.customer
        WHERE device.customer = :customer AND enabled
    ) AS known
    WHERE CASE WHEN pinged THEN NOT reachable ELSE stored END
    ORDER BY coalesce(CASE WHEN pinged THEN checked_at ELSE last_reachability_check END, 0), hostname_folded""",
    ReachabilityRow,
)
_PARKED = Statement(
    """
    SELECT count(*) AS parked FROM delivery JOIN slack_channel ON slack_channel.id = delivery.channel_id
    WHERE slack_channel.workspace_id = :workspace AND delivery.status = 'parked'"""
)


@dataclass(frozen=True, slots=True)
class EndedJob:
    """A job of which it is known how it ended: `outcome` is the text that the store keeps, and `read_at` when that was found out."""

    id: int
    type: str
    user: int | None
    finished_at: datetime | None
    read_at: datetime
    outcome: str


@dataclass(frozen=True, slots=True)
class Backups:
    """Counts the enabled devices of a customer: those that were `never` backed up, whose last backup is `old`, and of which it is
    not known (`unread`)."""

    devices: int
    never: int
    old: int
    unread: int


@dataclass(frozen=True, slots=True)
class DeviceSince:
    """A device, and since when it stands as it does; None where that is not known."""

    id: int
    hostname: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A device that does not answer, as it was found at `checked_at` by the ping `job`, or as WebNet has stored it; None where that
    is not known."""

    id: int
    hostname: str
    checked_at: datetime | None
    job: int | None


class Overview:
    def __init__(self, database: Database) -> None:
        self._database = database

    def ended_jobs(self, customer: int, since: datetime, most: int) -> list[EndedJob]:
        """Lists the jobs of which it was found out since then how they ended, by falling id."""
        return [EndedJob(**row) for row in self._database.rows(_ENDED, customer=customer, since=since, most=most)]

    def devices_of(self, jobs: Collection[int]) -> dict[int, tuple[int, int]]:
        """Returns how many devices each of these jobs names, and the first one's id; jobs that name none are left out."""
        found = self._database.rows(_NAMED, jobs=[*jobs])
        return {row["job"]: (row["devices"], row["device"]) for row in found}

    def last_run(self, customer: int, device: int, type: str) -> int | None:
        """Returns the id of the newest job of this type that names the device and ran to its end."""
        row = self._database.row(_LAST_RUN, customer=customer, device=device, type=type)
        return row["id"] if row else None

    def ids(self, customer: int, hostnames: Collection[str]) -> dict[str, int]:
        """Returns the ids of the customer's devices of these names."""
        found = self._database.rows(_BY_NAME, customer=customer, names=[*hostnames])
        return {row["hostname"]: row["id"] for row in found}

    def hostnames(self, customer: int, ids: Collection[int]) -> dict[int, str]:
        """Returns the names of those of these devices that are the customer's."""
        return {row["id"]: row["hostname"] for row in self._database.rows(_BY_ID, customer=customer, ids=[*ids])}

    def backups(self, customer: int, before: datetime) -> Backups:
        return Backups(**self._database.rows(_BACKUPS, customer=customer, before=before)[0])

    def without_backup(self, customer: int, before: datetime, most: int) -> list[DeviceSince]:
        """Lists enabled devices without a backup since then: first those that have none, then by the age of the last."""
        found = self._database.rows(_WITHOUT_BACKUP, customer=customer, before=before, most=most)
        return [DeviceSince(row["id"], row["hostname"], row["created_at"]) for row in found]

    def unreachable(self, customer: int) -> list[Unreachable]:
        """Lists the enabled devices that do not answer, by what is known last; those first of which that was found longest ago."""
        return [Unreachable(**row) for row in self._database.rows(_UNREACHABLE, customer=customer)]

    def parked(self, workspace: int) -> int:
        """Counts the notices that are parked for the channels of a workspace."""
        return int(self._database.rows(_PARKED, workspace=workspace)[0]["parked"])
