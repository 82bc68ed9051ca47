"""WebNet's REST API as typed methods, and the gate for every POST that makes a job. Source of what is known about the
API: the recorded exchanges in tests/fixtures/webnet."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core import errors
from bot.settings.table import WebNet as WebNetSettings
from bot.webnet.models import (
    Alert,
    Customer,
    Device,
    Drift,
    Job,
    LogLine,
    OwnWorkspace,
    Policy,
    Result,
    Snapshot,
    User,
    maybe_id,
    order_of,
)
from bot.webnet.responses import broken, date_of, key_rejected, not_admin, read, read_all
from bot.webnet.transport import MOST_TEXT, Transport

LOG_LINES = 2_000  # read of one job's log; WebNet cuts off the older part without a sign
FRESH_S = 5.0  # the gate reads a device again if its last reading is older than this right before the POST
READINGS = 2  # of each device before a POST, at most
LOOK = "Look at `jobs` to see whether it is there before you try again."


@dataclass(frozen=True, slots=True)
class JobKind:
    """A job that the bot may start: WebNet's path, and its name in job rows."""

    path: str
    type: str
    word: str
    extra: Mapping[str, str]


REACHABILITY = JobKind("reachability/run", "check_reachability", "ping", {})
BACKUP = JobKind("config/backup", "config_backup", "backup", {"source_label": "chatops"})
KINDS = {kind.type: kind for kind in (REACHABILITY, BACKUP)}


@dataclass(frozen=True, slots=True)
class Target:
    """A device as it was found. The gate refuses it if WebNet knows it by another name or address by then."""

    id: int
    hostname: str
    mgmt_ip: str

    def names(self, device: Device) -> bool:
        """The device goes by what it was found by."""
        return (device.hostname, device.mgmt_ip) == (self.hostname, self.mgmt_ip)


class WebNet:
    """Methods raise the WebNetError family only. Safe to share between threads."""

    def __init__(self, transport: Transport, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._http = transport
        self._monotonic = monotonic

    @classmethod
    def from_settings(cls, settings: WebNetSettings, *, connections: int = 4) -> WebNet:
        return cls(Transport.from_settings(settings, connections=connections))

    def close(self) -> None:
        self._http.close()

    # -- users and customers

    def me(self) -> User:
        """Whose key this is. WebNet answers 200 with a null id to nobody, which counts as a rejected key."""
        return self.me_and_date()[0]

    def me_and_date(self) -> tuple[User, datetime | None]:
        """Gives the user of `me` and WebNet's clock (whole seconds), for `check`."""
        row, headers = self._http.attempt("auth/me")
        if not isinstance(row, dict) or row.get("id") is None:
            raise key_rejected()
        return read(User.of, row), date_of(headers)

    def whose(self, authorization: str) -> User | None:
        """Gives the user of these credentials, as an Authorization header has them; None if WebNet refuses them or the user
        is inactive."""
        try:
            row, _ = self._http.attempt("auth/me", authorization=authorization)
        except (errors.WebNetKeyRejected, errors.WebNetForbidden):
            return None
        if not isinstance(row, dict) or row.get("id") is None:
            return None
        user = read(User.of, row)
        return user if user.is_active else None

    def require_admin(self) -> None:
        """Raises WebNetForbidden unless the key is an admin's: others get empty lists and 404s instead of refusals."""
        if self.me().role != "admin":
            raise not_admin()

    def user(self, user_id: int) -> User:
        return read(User.of, self._http.get(f"users/{user_id}/"))

    def users(self) -> Iterator[User]:
        return read_all(User.of, self._http.all("users/"))

    def customers(self) -> Iterator[Customer]:
        return read_all(Customer.of, self._http.all("customers/"))

    def own_workspaces(self) -> Iterator[OwnWorkspace]:
        """The Slack workspaces that WebNet itself serves."""
        return read_all(OwnWorkspace.of, self._http.all("chatops/slack/workspaces/"))

    # -- devices

    def device(self, device_id: int) -> Device:
        return read(Device.of, self._http.get(f"devices/{device_id}/"))

    def devices_page(self, number: int, ordering: str) -> tuple[int, tuple[Device, ...]]:
        """(pages in all, devices of page `number`, from 1)."""
        page = self._http.page("devices/", number, ordering)
        return page.pages, tuple(read_all(Device.of, page.rows))

    # -- jobs

    def job(self, job_id: int) -> Job:
        return read(Job.of, self._http.get(f"jobs/{job_id}/"))

    def jobs_page(self, number: int, ordering: str = "-id") -> tuple[int, tuple[Job, ...]]:
        """(pages in all, jobs of page `number`, from 1); WebNet's default order is not defined, so it is always sent."""
        page = self._http.page("jobs/", number, ordering)
        return page.pages, tuple(read_all(Job.of, page.rows))

    def job_log(self, job_id: int, lines: int = LOG_LINES) -> tuple[LogLine, ...]:
        """The newest `lines` of the log, oldest first, secrets included: `joblogs` hides them. Raises WebNetMissing."""
        rows = self._http.get(f"jobs/{job_id}/logs", {"limit": str(lines)}, most=MOST_TEXT)
        if not isinstance(rows, list):
            raise broken("a log that is no list")
        return tuple(read_all(LogLine.of, reversed(rows)))

    def start_job(
        self,
        kind: JobKind,
        customer: int,
        targets: tuple[Target, ...],
        ready: Callable[[], None] = lambda: None,
    ) -> int:
        """The gate: the only way to a POST that makes a job. Returns the job's id.

        `ready` is called last of all before the POST and may raise, such as when the caller's claim has ended.

        WebNet reads an empty or unknown target as "every device", checks nothing and cannot undo, so every target is
        read again right before, and must be enabled, of this customer and still what was asked for. Raises Conflict or
        NotFound, and then nothing was sent; OutcomeUnknown if the response was lost, and then the job may run.
        """
        if not targets:
            raise errors.Conflict("No device was named, so nothing was started.")
        self._check_targets(kind, customer, targets, ready)
        body = {"targets": {"device_ids": [t.id for t in targets]}, "customer_id": customer, **kind.extra}
        unclear = f"It is unclear whether the {kind.word} was started: WebNet's answer was lost or broken. {LOOK}"
        answer = self._http.post(kind.path, body, unclear)
        job_id = maybe_id(answer.get("job_id")) if isinstance(answer, dict) else None
        if job_id is None:
            raise errors.OutcomeUnknown(
                f"WebNet took the {kind.word} but did not say which job it is, so it is unclear whether it was "
                f"started. {LOOK}"
            )
        return job_id

    def cancel_job(self, job_id: int) -> None:
        """Raises WebNetInvalid if it is no longer queued or scheduled. A worker that has it already runs it all the same."""
        self._http.post(
            f"jobs/{job_id}/cancel",
            {},
            f"It is unclear whether job #{job_id} was cancelled: WebNet's answer was lost or broken. Look at `jobs`.",
        )

    def _check_targets(
        self, kind: JobKind, customer: int, targets: tuple[Target, ...], ready: Callable[[], None]
    ) -> None:
        """Reads every target and calls `ready`; what is older than FRESH_S by then is read once more.

        Raises Conflict if even the last reading is older. Of a list so long that reading it takes more than FRESH_S,
        the first devices stay older.
        """
        read_at: dict[Target, float] = {}
        for _ in range(READINGS):
            for target in targets:
                if self._age(read_at.get(target)) > FRESH_S:
                    self._check(kind, customer, target)
                    read_at[target] = self._monotonic()
            ready()
            if self._age(min(read_at.values())) <= FRESH_S:
                return
        if self._age(max(read_at.values())) > FRESH_S:
            raise errors.Conflict(
                "It took too long to get from the check of the device to the start. Nothing was started; try again."
            )

    def _age(self, read_at: float | None) -> float:
        return float("inf") if read_at is None else self._monotonic() - read_at

    def _check(self, kind: JobKind, customer: int, target: Target) -> None:
        name = target.hostname or f"#{target.id}"
        try:
            device = self.device(target.id)
        except errors.WebNetMissing:
            raise errors.NotFound(f"{name} is no longer in WebNet. Nothing was started.") from None
        if device.customer != customer:
            # To this customer it is as if it did not exist.
            raise errors.NotFound(f"{name} is no longer in WebNet. Nothing was started.")
        if not target.names(device):
            raise errors.Conflict(
                f"#{target.id} was {target.hostname} ({target.mgmt_ip}) when it was looked up and is "
                f"{device.hostname} ({device.mgmt_ip}) now. Nothing was started; try again with the name you mean."
            )
        if not device.enabled:
            raise errors.Conflict(
                f"{name} is disabled in WebNet, so no {kind.word} can run on it. Enable it there first."
            )

    # -- config snapshots

    def snapshot(self, snapshot_id: int) -> Snapshot:
        return read(Snapshot.of, self._http.get(f"config/snapshots/{snapshot_id}", most=MOST_TEXT))

    def snapshots(self, device_id: int, most: int | None = None) -> tuple[Snapshot, ...]:
        """Gives the snapshots of a device, newest first; no more than `most` are kept. WebNet sends each with its whole text, and knows
        no shorter list."""
        rows = self._http.get(f"config/devices/{device_id}/snapshots", most=MOST_TEXT)
        if not isinstance(rows, list):
            raise broken("snapshots that are no list")
        known = [row for row in rows if isinstance(row, dict) and maybe_id(row.get("id")) is not None]
        return tuple(read_all(Snapshot.of, sorted(known, key=order_of, reverse=True)[:most]))

    # -- drift

    def alert(self, alert_id: int) -> Alert:
        return read(Alert.of, self._http.get(f"config/drift/alerts/{alert_id}/"))

    def acknowledge_alert(self, alert_id: int) -> None:
        """WebNet checks no state: an alert that is resolved would fall back, so look before."""
        self._http.post(
            f"config/drift/alerts/{alert_id}/acknowledge/",
            {},
            f"It is unclear whether drift alert #{alert_id} was acknowledged: WebNet's answer was lost or broken. Try again.",
        )

    def alerts_page(self, number: int) -> tuple[int, tuple[Alert, ...]]:
        """(pages in all, alerts of page `number` by falling id)."""
        page = self._http.page("config/drift/alerts/", number, "-id", most=MOST_TEXT)
        return page.pages, tuple(read_all(Alert.of, page.rows))

    def drifts(self, device_id: int, days: int) -> tuple[Drift, ...]:
        """The drift records of a device: the only way from an alert to its device, as no record names the customer."""
        rows = self._http.get(f"config/drift/device/{device_id}", {"days": str(days)}, most=MOST_TEXT)
        if not isinstance(rows, list):
            raise broken("drifts that are no list")
        return tuple(read_all(Drift.of, (row for row in rows if isinstance(row, dict))))

    # -- compliance

    def result(self, result_id: int) -> Result:
        return read(Result.of, self._http.get(f"compliance/results/{result_id}/"))

    def results_page(self, number: int) -> tuple[int, tuple[Result, ...]]:
        """(pages in all, results of page `number` by falling id)."""
        page = self._http.page("compliance/results/", number, "-id")
        return page.pages, tuple(read_all(Result.of, page.rows))

    def policies(self) -> Iterator[Policy]:
        return read_all(Policy.of, self._http.all("compliance/policies/"))
