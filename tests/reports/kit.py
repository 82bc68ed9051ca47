"""Two customers with everything that a report speaks of, and readers of it, made as the bot makes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.approvals.payload import Payload
from bot.approvals.requests import Requests
from bot.audit_log import AuditLog
from bot.compliance import Policies, Violations
from bot.configs.open_alerts import OpenAlerts
from bot.core.chat import Place
from bot.core.commands import CommandRequest
from bot.core.events import DeviceFacts, Facts
from bot.core.notices import Notices
from bot.devices.directory import Directory
from bot.faults import FaultSources
from bot.health import HealthSources
from bot.jobs.outcome import HostError, Outcome, dumped
from bot.redaction.redactor import Redactor
from bot.report_reader import ReportReader, ReportSources
from bot.vitals import POLLED, Vitals
from bot.webnet.client import WebNet
from bot.webnet.models import Job
from handlers import notices
from lab.webnet import WebNetLab
from store.compliance import PolicyState
from store.configs import Config
from store.database import Store
from store.device_changes import Change
from store.jobs import Job as Row
from store.marks import Mark
from store.models import JobOutcome

NOW = datetime.now(UTC)  # requests and snoozes end by the time of the store
A_DAY = timedelta(days=1)
LINE = "TCP connection to device failed."


def sources_of(store: Store, webnet: WebNet, now: Callable[[], datetime] = lambda: NOW) -> ReportSources:
    """Also reads WebNet's list of devices."""
    directory = Directory(webnet, store.directory, store.cursors)
    directory.sweep()
    return ReportSources(
        webnet,
        store.overview,
        store.device_changes,
        OpenAlerts(webnet, directory, store.cursors),
        Violations(store.compliance, Policies(webnet)),
        Requests(store.requests),
        store.snoozes,
        FaultSources(store.marks, store.users, Notices(notices.discover().values())),
        HealthSources(webnet, store.cursors, store.configs, Vitals(), now),
        AuditLog(store.audit, store.seen, Redactor(), "here", ()),
        lambda users: {user: f"user-{user}" for user in users},
        lambda job: store.jobs.known([job])[job].user,
        2 * A_DAY,
    )


def reader(sources: ReportSources, customer: int = 1, since: datetime = NOW - A_DAY) -> ReportReader:
    return ReportReader(customer, customer, since, NOW, sources)


def calm(lab: WebNetLab) -> None:
    """Leaves no alert open and no schedule enabled."""
    for row in lab.rows("alerts"):
        lab.change("alerts", row["id"], status="resolved")
    for row in lab.rows("schedules"):
        lab.change("schedules", row["id"], enabled=False)


def devices_of(lab: WebNetLab, customer: int) -> list[int]:
    return [row["id"] for row in lab.rows("devices") if row["customer"] == customer and row["enabled"]]


def ended(
    store: Store, number: int, customer: int, devices: list[int], failed: list[str], *, ago: timedelta, **changes: str
) -> None:
    """Adds a job that has ended and of which it was found out how; it failed on the hosts `failed`."""
    at, kind = NOW - ago, changes.get("type", "config_backup")
    line = changes.get("line", LINE)
    result = "success" if not failed else "failed" if len(failed) >= len(devices) else "partial"
    found = Outcome(result, line if failed else "success", tuple(HostError(host, line) for host in failed),
                    len(devices), answered=len(devices) - len(failed), failures=len(failed))  # fmt: skip
    row = Row(number, customer, kind, "success", 3, at, at, at, "ended", devices=frozenset(devices))
    job = Job(number, customer, kind, "success", 3, at, at, at, frozenset(devices))
    store.jobs.put([row], at)
    store.outcomes.put({number: dumped(found, job)})
    store.database.run(JobOutcome.update(read_at=at).where(JobOutcome.job == number))


def pinged(store: Store, number: int, customer: int, device: int, name: str, answers: bool, ago: timedelta) -> None:
    """Adds a ping of one device, with what it found, as the feed of jobs keeps that."""
    ended(store, number, customer, [device], [] if answers else [name], ago=ago, type="check_reachability")
    store.reachability.put(customer, {device: answers}, number, NOW - ago)


def taken(store: Store, number: int, customer: int, device: int, name: str) -> None:
    """Lets somebody be on the failure of a job."""
    sample, key = notices.discover()["job"].sample(NOW), f"job:{number}:ended"
    data = {**sample.data, "job": number, "verdict": "failed", "words": f"failed on {name}"}
    facts = Facts(job_type="config_backup", outcome="failed", devices=(DeviceFacts(device, name),)).json()
    store.outbox.add(key=key, kind="job", flag=sample.flag, customer=customer, happened_at=NOW, data=data, facts=facts,
                     deliveries=())  # fmt: skip
    event = store.marks.find(customer, [key])
    assert event is not None
    store.marks.set(event.id, Mark(kind="taken", at=NOW - timedelta(hours=1), by=3, name=f"{name}-engineer"))


def config(store: Store, device: int, customer: int, age: timedelta | None) -> None:
    """Adds the newest config of a device, of that age; None says that WebNet has none."""
    values = {"hash": "", "text": "", "read_at": NOW, "rules": 1, "created_at": NOW - (age or timedelta(0))}
    store.configs.put(Config(device=device, customer=customer, snapshot=0 if age is None else device, **values))  # type: ignore[arg-type]


def changed(
    store: Store, snapshot: int, customer: int, device: int, *, ago: timedelta, deploy: int | None = None
) -> None:
    at, approver = NOW - ago, "alice-admin" if deploy else ""
    store.device_changes.put(
        Change(snapshot=snapshot, device=device, customer=customer, added=12, removed=3, before_at=at - A_DAY,
               changed_at=at, deploy=deploy, approver=approver)
    )  # fmt: skip


def asked(store: Store, customer: int, name: str) -> None:
    """Adds a request for an approval, in the workspace with the customer's number."""
    place = Place(f"T{customer}", "C0NOC")
    request = CommandRequest(place, "U0OSCAR", "backup @all", "r")
    devices = ((1, f"{name}-1", "10.0.0.1", "ios"),)
    draft = Payload(purpose="approval", customer=customer, command="backup", what="backup", why="", values={},
                    devices=devices, hidden=0, requester=3, username=name, request=request, first_id=1)  # fmt: skip
    Requests(store.requests).keep(draft, workspace=customer, within=timedelta(hours=1))


def furnish(store: Store, lab: WebNetLab, customer: int, name: str, first: int) -> None:
    """Gives a customer one of everything: `name` is a part of all names, and `first` the lowest number of what is added."""
    one, two, three, *_ = devices = devices_of(lab, customer)
    for number, device in enumerate(devices):
        lab.change("devices", device, hostname=f"{name}-{number}", reachability_status="reachable")
    stored = {"reachability_status": "unreachable", "last_reachability_check": (NOW - A_DAY).isoformat()}
    lab.change("devices", three, **stored)
    drift = lab.add("drifts", device=one)
    lab.add("alerts", drift=drift["id"], drift_device_hostname=f"{name}-0", status="open", severity="warning")
    policy = lab.add("policies", customer=customer, name=f"{name}-policy")
    due = (NOW - timedelta(hours=4)).isoformat()
    lab.add(
        "schedules", customer=customer, name=f"{name}-nightly", job_type="config_backup", enabled=True, next_run=due
    )
    ended(store, first, customer, [one], [f"{name}-0"], ago=timedelta(hours=3), line=f"{LINE} {name}")
    taken(store, first, customer, one, f"{name}-0")
    pinged(store, first + 1, customer, two, f"{name}-1", answers=False, ago=timedelta(hours=2))
    store.compliance.put([PolicyState(policy["id"], one, failing=True, result=first, checked_at=NOW)])
    changed(store, first, customer, one, ago=timedelta(hours=2))
    asked(store, customer, name)
    store.snoozes.start(workspace=customer, channel=None, kind="device", subject=one, faults=(), customer=customer,
                        device=one, name=f"{name}-0", reason="", by=name, user=3, events=(), until=store.reports.now() + timedelta(hours=2),
                        until_resolved=False)  # fmt: skip


def configs(store: Store, lab: WebNetLab, customer: int) -> None:
    """Adds the newest configs of a customer's devices, once the directory has them: one is old, and one device has none."""
    one, two, *others = devices_of(lab, customer)
    config(store, one, customer, 3 * A_DAY)
    config(store, two, customer, None)
    for device in others:
        config(store, device, customer, timedelta(hours=5))


def polled(store: Store) -> None:
    for feed in ("jobs", "compliance", "drift"):
        store.cursors.put(POLLED + feed, "")


def words(found: object) -> str:
    return json.dumps(found, default=str)
