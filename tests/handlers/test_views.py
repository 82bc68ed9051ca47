"""Each view is held against its golden, as the Block Kit that Slack gets."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

import handlers
from bot.core.commands import Role
from bot.core.message import Card, Mention, Message
from bot.delivery.interrupted import message_about
from bot.jobs.card_state import CardState
from bot.jobs.logs import JobLog
from bot.jobs.outcome import HostError, Outcome, Result
from bot.jobs.paging import Position, Slice
from bot.jobs.starter import KnownJob, Started
from bot.slack.render import payload
from bot.webnet.client import BACKUP, REACHABILITY, Target
from bot.webnet.models import Alert, Device, Job, LogLine
from handlers import _views, ack, cancel, jobs, logs, ping, status
from handlers import help as help_
from lab.slack.limits import problems, view_problems
from store.audit import AuditRow
from tests.golden import golden
from tests.handlers import configs

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PAGE = "https://webnet.example.net/jobs/{}/"
DEVICE = Device(
    id=41,
    customer=1,
    hostname="rtr-fra1-001",
    mgmt_ip="10.10.0.1",
    vendor="cisco",
    platform="ios",
    role="core",
    site="fra1",
    enabled=True,
    reachability_status="reachable",
    last_reachability_check=NOW - timedelta(minutes=7),
    updated_at=NOW,
)
JOB = Job(
    id=170,
    customer=1,
    type="config_backup",
    status="success",
    user=9,
    requested_at=NOW - timedelta(minutes=9),
    started_at=NOW - timedelta(minutes=8),
    finished_at=NOW - timedelta(minutes=7, seconds=13),
    device_ids=frozenset({41}),
)
KNOWN = KnownJob(170, "config_backup", 3, "oscar-operator")
HOSTILE = "<!channel> *x* `y` <https://evil.example|click> &amp; ~z~"


TWO = (Target(41, "rtr-fra1-001", "10.10.0.1"), Target(42, "rtr-fra1-002", "10.10.0.2"))


def started(**changes: object) -> Started:
    return replace(Started(171, REACHABILITY, TWO[:1], already=False, page=PAGE.format(171)), **changes)  # type: ignore[arg-type]


def listing(*rows: Job, words: tuple[str, ...] = (), **found: object) -> jobs.Listing:
    cut = replace(Slice(rows, 50, NOW - timedelta(hours=10), None, None, complete=True), **found)  # type: ignore[arg-type]
    return jobs.Listing(
        jobs.Asked(words, Position()),
        cut,
        {job.id: "oscar-operator" for job in rows},
        {job.id: PAGE.format(job.id) for job in rows},
        NOW,
    )


def help_of(role: Role, one: str = "") -> help_.Help:
    registry = handlers.discover()
    allowed = tuple(command for command in registry.values() if role >= command.role)
    return help_.Help("/webnet", f"somebody-{role.name}", role, allowed, registry[one] if one else None)


def interrupted(**changes: object) -> Message:
    row = AuditRow(status="interrupted", text="backup rtr-fra1-001", created_at=NOW)
    return message_about(replace(row, **changes), "/webnet")  # type: ignore[arg-type]


def log_of(*said: tuple[str, str, str], full: bool = False) -> Message:
    lines = (LogLine(number, NOW, *each) for number, each in enumerate(said))
    return logs.view(logs.Logs(JOB, JobLog(tuple(lines), full), PAGE.format(170)))


FAILED = ("ERROR", "rtr-fra1-001", "Authentication to device failed.\n\nCommon causes of this problem are:")


def card(job: Job | None, outcome: Outcome | None = None, *, over: bool = True, what: str = "ping") -> CardState:
    return CardState(Card(171, what, "rtr-fra1-001"), PAGE.format(171), job, outcome, over)


def ended(result: Result, words: str, *failed: HostError) -> Outcome:
    return Outcome(result, failed, 1, at_least=False, words=words)


ENDED = replace(JOB, id=171, type="check_reachability")
UNREACHABLE = HostError("rtr-fra1-001", "TCP connection to device failed.")
RUNNING = replace(JOB, id=171, type="check_reachability", status="running", finished_at=None)
STRANGE = replace(JOB, id=172, type="", status="exploded", user=None, requested_at=None, started_at=None)
VIEWS: dict[str, Message] = {
    "status": status.view(status.Status(DEVICE, None, "", NOW)),
    "status-with-last-job": status.view(status.Status(DEVICE, (KNOWN, JOB), PAGE.format(170), NOW)),
    "status-with-forgotten-job": status.view(status.Status(DEVICE, (KNOWN, None), PAGE.format(170), NOW)),
    "status-disabled": status.view(status.Status(replace(DEVICE, enabled=False), None, "", NOW)),
    "status-empty": status.view(
        status.Status(
            Device(41, 1, "", "", "", "", "", "", enabled=True, reachability_status="", last_reachability_check=None,
                   updated_at=None),
            None, "", NOW,
        )
    ),
    "status-hostile": status.view(status.Status(replace(DEVICE, hostname=HOSTILE, vendor=HOSTILE), None, "", NOW)),
    "ping-started": ping.COMMAND.view(started()),
    "backup-started": ping.COMMAND.view(started(kind=BACKUP)),
    "ping-running-already": ping.COMMAND.view(started(already=True)),
    "jobs": jobs.view(listing(STRANGE, RUNNING, JOB, older=Position(before=170), newer=Position(after=172, page=2))),
    "jobs-none": jobs.view(listing(words=("failed", "backup"))),
    "jobs-mistyped": jobs.view(listing(words=("faild",))),
    "jobs-look-further": jobs.view(
        listing(words=("mine",), looked=250, complete=False, older=Position(before=3, page=5))
    ),
    "help-viewer": help_.view(help_of(Role.viewer)),
    "help-operator": help_.view(help_of(Role.operator)),
    "help-jobs": help_.view(help_of(Role.viewer, "jobs")),
    "retry-started": ping.COMMAND.view(started(targets=TWO)),
    "cancel": cancel.view(JOB),
    "ack": ack.view(Alert.of({"id": 3, "drift": 4, "drift_device_hostname": "sw-fra1-005", "status": "open"})),
    "logs": log_of(("INFO", "", "Job picked up by worker"), ("INFO", "sw-fra1-005", "Backed up config\n"), FAILED),
    "logs-many-errors": log_of(*[FAILED] * 7, ("ERROR", "", ""), full=True),
    "logs-empty": log_of(),
    "logs-hostile": log_of(("ERROR", HOSTILE, HOSTILE)),
    **configs.VIEWS,
    "ping-card-running": _views.card(card(RUNNING, over=False)),
    "ping-card-reachable": _views.card(card(ENDED, ended("success", "reachable"))),
    "ping-card-unreachable": _views.card(card(ENDED, ended("failed", f"not reachable: {UNREACHABLE.line}", UNREACHABLE))),
    "backup-card-partial": _views.card(
        card(JOB, ended("partial", "success, but 7 of 9 devices reported errors", *[UNREACHABLE] * 7), what="backup")
    ),
    "ping-card-cancelled": _views.card(card(replace(ENDED, started_at=None), ended("cancelled", "cancelled"))),
    "ping-card-gone": _views.card(card(None)),
    "ping-card-stuck": _views.card(card(RUNNING)),
    "ping-card-hostile": _views.card(card(ENDED, ended("failed", HOSTILE, HostError(HOSTILE, HOSTILE), UNREACHABLE))),
    "ping-card-told": _views.card_ended(card(ENDED, ended("success", "reachable")), Mention("U0OSCAR", "oscar")),
    "interrupted": interrupted(),
    "interrupted-with-job": interrupted(job_id=171),
}  # fmt: skip


@pytest.mark.parametrize("name", VIEWS)
def test_golden_of_a_view(name: str) -> None:
    made = payload(VIEWS[name])
    assert problems(made) == []
    golden(f"views/{name}", made)


@pytest.mark.parametrize("name", configs.MODALS)
def test_golden_of_a_modal(name: str) -> None:
    assert view_problems(configs.MODALS[name]) == []
    golden(f"modals/{name}", configs.MODALS[name])


def test_every_command_has_a_golden() -> None:
    for name in handlers.discover():
        assert any(golden.startswith(name) for golden in VIEWS), name
