"""Each view is held against its golden, as the Block Kit that Slack gets."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

import handlers
from bot.core import plain_text
from bot.core.commands import Role
from bot.core.message import Card, LiveLogCard, Mention, Message
from bot.delivery.interrupted import message_about
from bot.devices.selection import LeftOut
from bot.health import Health
from bot.jobs.access import Listing, SeenJob
from bot.jobs.card_state import Brought, CardState
from bot.jobs.live_access import Followed
from bot.jobs.live_log import LiveLogState
from bot.jobs.logs import JobLog
from bot.jobs.outcome import HostError, Outcome, Result
from bot.jobs.paging import Position, Slice
from bot.jobs.starter import Started
from bot.jobs.stuck import MOST_LATER, Stuck
from bot.jobs.wanted import Wanted
from bot.slack.newest_blocks import IN_MESSAGES
from bot.slack.render import payload
from bot.vitals import ChatHealth, Load
from bot.webnet.job_kinds import BACKUP, REACHABILITY, showing
from bot.webnet.models import Alert, Device, Job, LogLine
from bot.webnet.target import Target
from handlers import _live_log, _views, ack, cancel, health, jobs, logs, ping, resolve, show, status
from handlers import help as help_
from lab.slack import plain
from lab.slack.limits import problems, view_problems
from store.audit import AuditRow
from tests.golden import DOUBLED, golden
from tests.handlers import configs, deploys, faults, homes, many, reports, requests, shortcuts, snoozes, subscriptions

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
DONE = Outcome("success", "success", total=1, answered=1)
LAST = SeenJob(170, "config_backup", "oscar-operator", JOB, DONE)
PINGED = SeenJob(
    168,
    "check_reachability",
    "bob-both",
    replace(JOB, id=168, type="check_reachability"),
    Outcome("failed", "not reachable: TCP connection to device failed.", total=1, failures=1),
)
HOSTILE = "<!channel> *x* `y` <https://evil.example|click> &amp; ~z~"


TWO = (Target(41, "rtr-fra1-001", "10.10.0.1"), Target(42, "rtr-fra1-002", "10.10.0.2"))


def alert(by: str) -> Alert:
    row = {"id": 3, "drift": 4, "drift_device_hostname": "sw-fra1-005", "acknowledged_by_username": by}
    return Alert.of(row)


def started(**changes: object) -> Started:
    return replace(Started(171, REACHABILITY, TWO[:1], PAGE.format(171)), **changes)  # type: ignore[arg-type]


def listing(*rows: Job, asked: jobs.Asked | None = None, unread: int = 0, **found: object) -> jobs.Result:
    cut = replace(Slice(rows, 50, NOW - timedelta(hours=10), None, None, complete=True), **found)  # type: ignore[arg-type]
    listed = Listing(
        cut,
        {
            170: DONE,
            173: Outcome("partial", "success, but 2 of 3 devices reported errors (2 timed out)", everywhere=True),
        },
        {job.id: "oscar-operator" for job in rows},
        {job.id: ("rtr-fra1-001", "rtr-fra1-002")[: len(job.device_ids)] for job in rows},
        unread,
    )
    asked = asked or jobs.Asked((), Wanted(), Position())
    return jobs.Result(asked, listed, {job.id: PAGE.format(job.id) for job in rows}, NOW)


def asked(*words: str, **parts: object) -> jobs.Asked:
    wanted = Wanted(statuses=words[:1], types=words[1:])
    return replace(jobs.Asked(words, wanted, Position()), **parts)  # type: ignore[arg-type]


def help_of(role: Role, one: str = "") -> help_.Help:
    registry = handlers.discover()
    typed = (command for command in registry.values() if not (command.hidden or command.unmapped))
    allowed = tuple(command for command in typed if role >= command.role)
    return help_.Help("/webnet", f"somebody-{role.name}", role, allowed, registry[one] if one else None)


def interrupted(**changes: object) -> Message:
    row = AuditRow(status="interrupted", text="backup rtr-fra1-001", created_at=NOW)
    return message_about(replace(row, **changes), "/webnet")  # type: ignore[arg-type]


def log_of(*said: tuple[str, str, str], full: bool = False) -> Message:
    lines = (LogLine(number, NOW, *each) for number, each in enumerate(said))
    return logs.view(logs.Logs(JOB, JobLog(tuple(lines), full), DONE, PAGE.format(170)))


def output(*answers: str, host: str = "rtr-fra1-{:03}") -> tuple[Brought, ...]:
    lines = (LogLine(number, NOW, "INFO", host.format(number), answer) for number, answer in enumerate(answers, 1))
    job = replace(JOB, id=171, type="run_commands", commands=("show ip bgp summary",))
    return (Brought(job, JobLog(tuple(lines), full=False)),)


FAILED = ("ERROR", "rtr-fra1-001", "Authentication to device failed.\n\nCommon causes of this problem are:")


def card(job: Job | None, outcome: Outcome | None = None, *, over: bool = True, what: str = "ping") -> CardState:
    return CardState(Card(171, what, "rtr-fra1-001"), PAGE.format(171), job, outcome, over)


def ended(result: Result, words: str, *failed: HostError) -> Outcome:
    return Outcome(result, words, failed, 1, failures=len(failed))


CANCELLED = "cancelled in WebNet; a worker may still run it"
ENDED = replace(JOB, id=171, type="check_reachability")
UNREACHABLE = HostError("rtr-fra1-001", "TCP connection to device failed.")
PAGES = {number: PAGE.format(number) for number in (168, 170)}
RUNNING = replace(JOB, id=171, type="check_reachability", status="running", finished_at=None)
QUEUED = replace(JOB, status="queued", started_at=None, finished_at=None)
LIVE = LiveLogState(
    171, replace(RUNNING, type="run_commands", started_at=NOW - timedelta(seconds=125)), PAGE.format(171), "", NOW
)


def live(text: str, **changes: object) -> LiveLogState:
    return replace(LIVE, text=text, **changes)  # type: ignore[arg-type]


STRANGE = replace(JOB, id=172, type="", status="exploded", user=None, requested_at=None, started_at=None)
OVER_HTTP = ChatHealth(
    "Teams",
    "answered the last call 4 s ago.",
    more="Keys of Teams: read 2 h ago; 1 of 1 app with a token; last call: 4 s ago.",
)
SLOW = replace(OVER_HTTP, words="slows the bot down, so answers and notices may come late.", state="late")
WELL = Health(
    answered_s=0.043,
    webnet_trouble="",
    chats=(ChatHealth("Slack", "connected.", more="2 connections to Slack."), OVER_HTTP),
    store_trouble="",
    written_s=4.2,
    read=dict.fromkeys(("jobs", "compliance", "drift"), NOW - timedelta(seconds=8)),
    late=(),
    copied=130,
    without=113,
    devices=130,
    load=Load(waiting=0, oldest_s=0.1),
    wrong={},
    loops_s={"sockets": 0.4, "delivery": 0.2},
    version="0.1.0",
    now=NOW,
)
WITHOUT_WEBNET = replace(
    WELL,
    webnet_trouble="WebNet cannot be reached right now. Try again in a minute.",
    read={**WELL.read, "jobs": NOW - timedelta(minutes=12), "drift": None},
    late=("jobs", "drift"),
)
SICK = replace(
    WELL,
    chats=(ChatHealth("Slack", "no Socket Mode connection is open, so new commands do not arrive here.", "shut"), SLOW),
    store_trouble="The store has no room left on its disk: its last write was 40 s ago.",
    load=Load(waiting=7, oldest_s=601.0),
    wrong={"commands": "A command has been running for 10 min 1 s."},
    copied=17,
    without=1,
)
VIEWS: dict[str, Message] = {
    "status": status.view(status.Status(DEVICE, None, None, {}, NOW)),
    "status-with-last-job": status.view(status.Status(DEVICE, LAST, PINGED, PAGES, NOW)),
    "status-with-forgotten-job": status.view(
        status.Status(DEVICE, replace(LAST, job=None, outcome=None), replace(PINGED, outcome=None), PAGES, NOW)
    ),
    "status-lost-job": status.view(status.Status(DEVICE, replace(LAST, job=QUEUED, outcome=None, stuck="lost"), PINGED, PAGES, NOW)),
    "status-disabled": status.view(status.Status(replace(DEVICE, enabled=False), None, None, {}, NOW)),
    "status-empty": status.view(
        status.Status(
            Device(41, 1, "", "", "", "", "", "", enabled=True, reachability_status="", last_reachability_check=None,
                   updated_at=None),
            None, None, {}, NOW,
        )
    ),
    "status-hostile": status.view(status.Status(replace(DEVICE, hostname=HOSTILE, vendor=HOSTILE), None, None, {}, NOW)),
    "ping-started": ping.COMMAND.view(started()),
    "backup-started": ping.COMMAND.view(started(kind=BACKUP)),
    "ping-running-already": ping.COMMAND.view(started(already=RUNNING, by="bob-both")),
    "ping-lost-already": ping.COMMAND.view(
        started(already=replace(RUNNING, status="queued", started_at=None), by="bob-both", stuck=Stuck("lost", 540, 12))
    ),
    "jobs": jobs.view(listing(STRANGE, RUNNING, JOB, older=Position(before=170), newer=Position(after=172, page=2))),
    "jobs-everywhere": jobs.view(
        listing(replace(JOB, id=173, everywhere=True), replace(RUNNING, everywhere=True, device_ids=frozenset()),
                replace(JOB, id=174, device_ids=frozenset(range(41, 50))))
    ),
    "jobs-lost": jobs.view(replace(listing(QUEUED), listing=replace(listing(QUEUED).listing, outcomes={}, stuck={170: "lost"}))),
    "jobs-that-run-long": jobs.view(replace(listing(RUNNING), listing=replace(listing(RUNNING).listing, outcomes={}, stuck={171: "long"}))),
    "jobs-none": jobs.view(
        listing(asked=asked("failed", "config_backup", device="rtr-fra1-001", user="bob-both", time="in the last 2 h"),
                unread=12)
    ),
    "jobs-look-further": jobs.view(
        listing(asked=asked(user="bob-both"), looked=250, complete=False, older=Position(before=3, page=5))
    ),
    "health": health.view(health.Shown(WELL, more=False)),
    "health-of-an-admin": health.view(health.Shown(WELL, more=True)),
    "health-without-webnet": health.view(health.Shown(WITHOUT_WEBNET, more=False)),
    "health-of-a-sick-bot": health.view(health.Shown(SICK, more=True)),
    "help-viewer": help_.view(help_of(Role.viewer)),
    "help-operator": help_.view(help_of(Role.operator)),
    "help-jobs": help_.view(help_of(Role.viewer, "jobs")),
    "retry-started": ping.COMMAND.view(started(targets=TWO)),
    "cancel": cancel.view(JOB),
    "ack": ack.view(ack.Acknowledged(alert("chatops-bot"), "alice-admin")),
    "ack-as-caller": ack.view(ack.Acknowledged(alert("alice-admin"), "alice-admin")),
    "resolve": resolve.view(alert("")),
    "logs": log_of(("INFO", "", "Job picked up by worker"), ("INFO", "sw-fra1-005", "Backed up config\n"), FAILED),
    "logs-many-errors": log_of(*[FAILED] * 7, ("ERROR", "", ""), full=True),
    "logs-empty": log_of(),
    "logs-followed": logs.view(Followed(RUNNING, "answer", LiveLogCard(7))),
    "logs-live": _live_log.view(live("rtr-fra1-001\n  12:00:00 up\nrtr-fra1-002\n  12:00:01 ERROR down")),
    "logs-live-continued": _live_log.view(live("rtr-fra1-001\n  12:00:00 up", closed=True)),
    "logs-live-of-a-ping": _live_log.view(live("", at_end=True)),
    "logs-live-ended": _live_log.view(
        live("  12:00:00 up", job=replace(ENDED, type="run_commands"), over="job", outcome=ended("success", "success"), gap=True)
    ),
    "logs-live-stopped": _live_log.view(live("  12:00:00 up", over="stopped", by="vera-viewer")),
    "logs-live-late": _live_log.view(live("  12:00:00 up", over="late")),
    "logs-live-refused": _live_log.view(live("  12:00:00 up", over="refused")),
    "logs-live-gone": _live_log.view(live("", job=None, over="gone")),
    "logs-live-hostile": _live_log.view(live(HOSTILE, job=replace(RUNNING, type=HOSTILE), over="stopped", by=HOSTILE)),
    "logs-hostile": log_of(("ERROR", HOSTILE, HOSTILE)),
    **configs.VIEWS,
    **homes.VIEWS,
    **requests.VIEWS,
    **many.VIEWS,
    **shortcuts.VIEWS,
    **subscriptions.VIEWS,
    **faults.VIEWS,
    **deploys.VIEWS,
    **snoozes.VIEWS,
    **reports.VIEWS,
    "ping-card-running": _views.card(card(RUNNING, over=False)),
    "ping-card-reachable": _views.card(card(ENDED, ended("success", "reachable"))),
    "ping-card-unreachable": _views.card(card(ENDED, ended("failed", f"not reachable: {UNREACHABLE.line}", UNREACHABLE))),
    "backup-card-partial": _views.card(
        card(JOB, ended("partial", "success, but 7 of 9 devices reported errors", *[UNREACHABLE] * 7), what="backup")
    ),
    "ping-card-cancelled": _views.card(card(replace(ENDED, started_at=None), ended("cancelled", CANCELLED))),
    "ping-card-gone": _views.card(card(None)),
    "ping-card-stuck": _views.card(card(RUNNING)),
    "ping-card-lost": _views.card(
        replace(card(replace(RUNNING, status="queued"), over=False), stuck=Stuck("lost", 540, MOST_LATER))
    ),
    "backup-card-long": _views.card(replace(card(RUNNING, over=False, what="backup"), stuck=Stuck("long", 3_960))),
    "ping-card-hostile": _views.card(card(ENDED, ended("failed", HOSTILE, HostError(HOSTILE, HOSTILE), UNREACHABLE))),
    "jobs-taken": jobs.view(replace(listing(JOB), taken={170: faults.FAULT})),
    "status-taken": status.view(status.Status(DEVICE, LAST, PINGED, {170: "https://webnet.example.net/jobs/170/", 168: "https://webnet.example.net/jobs/168/"}, NOW, (faults.FAULT, faults.ALSO))),
    "ping-card-found": _views.card_found(card(RUNNING, over=False), Mention("U0OSCAR", "oscar")),
    "ping-card-told": _views.card_ended(card(ENDED, ended("success", "reachable")), Mention("U0OSCAR", "oscar")),
    "show-started": show.view(show.Sent((("show ip bgp summary", started(kind=showing("show ip bgp summary"))),))),
    "show-started-in-several-words": show.view(
        show.Sent(
            (
                ("show ip bgp summary", started(kind=showing("show ip bgp summary"), targets=TWO)),
                ("show bgp summary", started(kind=showing("show bgp summary"), job_id=172)),
            ),
            (LeftOut("fw-ams2-006", "is disabled in WebNet"),),
        )
    ),
    "show-with-failures": show.view(
        tuple(replace(each, log=JobLog((*each.log.lines, LogLine(9, NOW, *FAILED)), full=True)) for each in output("up", "up"))
    ),
    "show-of-several-words": show.view((*output("up", "down", "up"), *output("Idle", "Established"))),
    "show-one": show.view(output("up\n" * 3)),
    "show-several": show.view(output("a\nb\nc", "a\nb\nc", "a\nB\nc", "a\nb\nc", *map(str, range(6)), "a\nb\nc")),
    "show-all-differ": show.view(output("one", "two", "three")),
    "show-long": show.view(output(*["\n".join(f"line {number} of many" for number in range(200))] * 12)),
    "show-nothing": show.view(output()),
    "show-hostile": show.view(output(HOSTILE, host=HOSTILE)),
    "show-card-told": _views.card_ended(
        replace(card(output()[0].job, ended("success", "success"), what="show"), brought=output("up", "down")), Mention("U0OSCAR", "oscar")
    ),
    "show-card-told-elsewhere": _views.card_ended(
        replace(card(output()[0].job, ended("success", "success"), what="show"), brought=output("up"), in_place=False),
        Mention("U0OSCAR", "oscar"),
    ),
    "interrupted": interrupted(),
    "interrupted-with-job": interrupted(job_id=171),
}  # fmt: skip


@pytest.mark.parametrize("name", VIEWS)
def test_golden_of_a_view(name: str) -> None:
    made = payload(VIEWS[name])
    assert problems(made) == []
    assert DOUBLED.findall(plain_text.plain(VIEWS[name])) == []
    golden(f"views/{name}", made)


@pytest.mark.parametrize("command", sorted({name.partition("-")[0] for name in VIEWS}))
def test_golden_of_views_with_the_newest_blocks(command: str) -> None:
    shown = {name: payload(view, IN_MESSAGES) for name, view in VIEWS.items() if name.partition("-")[0] == command}
    assert [name for name in shown if problems(shown[name])] == []
    if newest := {name: made for name, made in shown.items() if made != payload(VIEWS[name])}:
        golden(f"newest/{command}", newest)


@pytest.mark.parametrize("name", configs.MODALS)
def test_golden_of_a_modal(name: str) -> None:
    assert view_problems(configs.MODALS[name]) == []
    golden(f"modals/{name}", configs.MODALS[name])


def test_every_command_has_a_golden() -> None:
    for name in handlers.discover():
        assert any(golden.startswith(name) for golden in VIEWS), name


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("success", "has ended already"),
        ("cancelled", "was cancelled"),
        ("running", "is running"),
        ("", "has no status in WebNet"),
    ],
)
def test_how_a_job_stands_is_the_end_of_a_sentence(status: str, words: str) -> None:
    finished = NOW if status == "success" else None
    assert _views.state(replace(JOB, status=status, finished_at=finished)) == words


def test_why_a_job_cannot_be_started_again_needs_no_article() -> None:
    why = _views.no_retry(replace(JOB, type="ansible_playbook"))
    assert why == "its type is ansible playbook, and only pings and backups can be."


def test_health_praises_no_reading_while_webnet_is_away() -> None:
    """The feeds were read moments ago, so none is late yet; and what to do next is no part of a report."""
    said = plain(payload(health.view(health.Shown(replace(WITHOUT_WEBNET, read=WELL.read, late=()), more=False))))
    assert "✅ Reading" not in said
    assert "jobs read 8 s ago, compliance read 8 s ago, drift read 8 s ago, so notices may come late." in said
    assert "Try again" not in said
