"""WebNet's REST API as typed methods, and the gate for every POST that makes a job. Source of what is known about the
API: the recorded exchanges in tests/fixtures/webnet."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime

from bot.core import errors
from bot.core.commands import Caller
from bot.settings.table import WebNet as WebNetSettings
from bot.webnet.job_kinds import JobKind
from bot.webnet.models import (
    Alert,
    Customer,
    Device,
    Drift,
    Group,
    Job,
    LogLine,
    OwnWorkspace,
    Policy,
    Result,
    Schedule,
    Snapshot,
    User,
    maybe_id,
    order_of,
    snippet_of,
)
from bot.webnet.responses import date_of, key_rejected, not_admin, read, read_all
from bot.webnet.target import Target
from bot.webnet.target_check import TargetCheck
from bot.webnet.transport import MOST_TEXT, Last, Post, Transport

LOG_LINES = 2_000  # read of one job's log; WebNet cuts off the older part without a sign
Acting = Callable[[Caller], AbstractContextManager[Post]]  # gives what sends one POST in the name of that caller
LOOK = "Look at `jobs` to see whether it is there before you try again."


class WebNet:
    """Methods raise the WebNetError family only, but for those that change something. Safe to share between threads.

    Those take `by`, in whose name they are done; they raise Refused if WebNet does not allow it to that caller. Without
    `acting` the service account does everything.
    """

    def __init__(
        self,
        transport: Transport,
        monotonic: Callable[[], float] = time.monotonic,
        acting: Acting | None = None,
    ) -> None:
        self._http = transport
        self._targets = TargetCheck(self.device, monotonic)
        self._acting = acting

    @classmethod
    def from_settings(cls, settings: WebNetSettings, *, connections: int = 4) -> WebNet:
        return cls(Transport.from_settings(settings, connections=connections))

    def close(self) -> None:
        self._http.close()

    @property
    def acts_for_callers(self) -> bool:
        """Whether WebNet itself sees who asked, such as in `user` of a job."""
        return self._acting is not None

    @property
    def last(self) -> Last | None:
        """How the last request went; None before the first."""
        return self._http.last

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

    def groups(self) -> Iterator[Group]:
        return read_all(Group.of, self._http.all("device-groups/"))

    def group_devices(self, group_id: int) -> tuple[Device, ...]:
        """The members of a group as they are now, also those that are disabled."""
        return tuple(read_all(Device.of, self._http.rows(f"device-groups/{group_id}/devices/", "devices")))

    # -- jobs

    def job(self, job_id: int) -> Job:
        return read(Job.of, self._http.get(f"jobs/{job_id}/"))

    def jobs_page(self, number: int, ordering: str = "-id") -> tuple[int, tuple[Job, ...]]:
        """(pages in all, jobs of page `number`, from 1); WebNet's default order is not defined, so it is always sent."""
        page = self._http.page("jobs/", number, ordering)
        return page.pages, tuple(read_all(Job.of, page.rows))

    def job_log(self, job_id: int, lines: int = LOG_LINES) -> tuple[LogLine, ...]:
        """The newest `lines` of the log, oldest first, secrets included: `joblogs` hides them. Raises WebNetMissing."""
        rows = self._http.rows(f"jobs/{job_id}/logs", "log lines", {"limit": str(lines)})
        return tuple(read_all(LogLine.of, reversed(rows)))

    def snippet_of(self, job_id: int) -> str:
        """The config lines of a deploy job, secrets included; empty for another job."""
        return read(snippet_of, self._http.get(f"jobs/{job_id}/"))

    def start_job(
        self,
        kind: JobKind,
        customer: int,
        targets: tuple[Target, ...],
        ready: Callable[[], None] = lambda: None,
        by: Caller | None = None,
    ) -> int:
        """The gate: the only way to a POST that makes a job. Returns the job's id.

        `ready` is called last of all before the POST and may raise, such as when the caller's claim has ended.

        WebNet reads an empty or unknown target as "every device", checks nothing and cannot undo, so every target is
        read again right before, and must be enabled, of this customer and still what was asked for. Raises Conflict or
        NotFound, and then nothing was sent; OutcomeUnknown if the response was lost, and then the job may run.
        """
        if not targets:
            raise errors.Conflict("No device was named, so nothing was started.")
        body = {"targets": {"device_ids": sorted(t.id for t in targets)}, "customer_id": customer, **kind.extra}
        unclear = f"It is unclear whether the {kind.word} was started: WebNet's answer was lost or broken. {LOOK}"
        with self._posting(by) as post:  # before the check, which has to be the last thing before the POST
            self._targets.each(kind.word, customer, targets, ready)
            answer = post(kind.path, body, unclear)
        job_id = maybe_id(answer.get("job_id")) if isinstance(answer, dict) else None
        if job_id is None:
            raise errors.OutcomeUnknown(
                f"WebNet took the {kind.word} but did not say which job it is, so it is unclear whether it was "
                f"started. {LOOK}"
            )
        return job_id

    def cancel_job(self, job_id: int, by: Caller | None = None) -> None:
        """Raises WebNetInvalid if it is no longer queued or scheduled. A worker that has it already runs it all the same."""
        unclear = (
            f"It is unclear whether job #{job_id} was cancelled: WebNet's answer was lost or broken. Look at `jobs`."
        )
        with self._posting(by) as post:
            post(f"jobs/{job_id}/cancel", {}, unclear)

    def _posting(self, by: Caller | None) -> AbstractContextManager[Post]:
        if self._acting is None:
            return nullcontext(self._http.post)
        if by is None:
            raise TypeError("a POST that changes something is made in the name of a caller")
        return self._acting(by)

    def check(self, what: str, customer: int, target: Target) -> None:
        """Reads a device and raises NotFound or Conflict unless `what`, such as a backup, may be done there now."""
        self._targets.one(what, customer, target)

    # -- config snapshots

    def snapshot(self, snapshot_id: int) -> Snapshot:
        return read(Snapshot.of, self._http.get(f"config/snapshots/{snapshot_id}", most=MOST_TEXT))

    def snapshots(self, device_id: int, most: int | None = None) -> tuple[Snapshot, ...]:
        """Gives the snapshots of a device, newest first; no more than `most` are kept. WebNet sends each with its whole text, and knows
        no shorter list."""
        rows = self._http.rows(f"config/devices/{device_id}/snapshots", "snapshots")
        known = [row for row in rows if isinstance(row, dict) and maybe_id(row.get("id")) is not None]
        return tuple(read_all(Snapshot.of, sorted(known, key=order_of, reverse=True)[:most]))

    # -- drift

    def alert(self, alert_id: int) -> Alert:
        return read(Alert.of, self._http.get(f"config/drift/alerts/{alert_id}/"))

    def acknowledge_alert(self, alert_id: int, by: Caller | None = None) -> Alert | None:
        """Returns the alert as WebNet has it now, None if that cannot be read. WebNet checks no state: an alert that is
        resolved would fall back, so look before."""
        return self._change_alert(alert_id, "acknowledge", {}, by)

    def resolve_alert(self, alert_id: int, notes: str, by: Caller | None = None) -> Alert | None:
        """Returns what `acknowledge_alert` does. Who acknowledged the alert stays."""
        return self._change_alert(alert_id, "resolve", {"resolution_notes": notes}, by)

    def _change_alert(self, alert_id: int, verb: str, body: Mapping[str, object], by: Caller | None) -> Alert | None:
        unclear = (
            f"It is unclear whether drift alert #{alert_id} was {verb}d: WebNet's answer was lost or broken. Try again."
        )
        with self._posting(by) as post:
            answer = post(f"config/drift/alerts/{alert_id}/{verb}/", body, unclear)
        return next(read_all(Alert.of, [answer]), None)

    def alerts_page(self, number: int) -> tuple[int, tuple[Alert, ...]]:
        """(pages in all, alerts of page `number` by falling id)."""
        page = self._http.page("config/drift/alerts/", number, "-id", most=MOST_TEXT)
        return page.pages, tuple(read_all(Alert.of, page.rows))

    def drifts(self, device_id: int, days: int) -> tuple[Drift, ...]:
        """The drift records of a device: the only way from an alert to its device, as no record names the customer."""
        rows = self._http.rows(f"config/drift/device/{device_id}", "drifts", {"days": str(days)})
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

    # -- schedules

    def schedules(self, most_pages: int) -> tuple[tuple[Schedule, ...], bool]:
        """Returns the schedules of all customers on the first pages, and whether those are all of them."""
        rows: list[Schedule] = []
        number = pages = 1
        while number <= min(pages, most_pages):
            page = self._http.page("schedules/", number, "id")
            pages, number = page.pages, number + 1
            rows += read_all(Schedule.of, page.rows)
        return tuple(rows), pages <= most_pages
