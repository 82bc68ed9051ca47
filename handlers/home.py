"""`home` shows one caller what is open for them. Nobody types it: the chat shows it on a page of its own, to that caller alone,
where the bot keeps it up to date."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from bot.approvals.requests import Kept
from bot.compliance import OpenViolations
from bot.configs.open_alerts import OpenDrift
from bot.context import ChannelNotices, Context
from bot.core.arguments import Values, write, write_for_alert, write_for_device, write_for_job
from bot.core.commands import Command, Role
from bot.core.errors import WebNetError
from bot.core.message import (
    Bold,
    Button,
    Buttons,
    ChannelName,
    Line,
    Link,
    Message,
    Mono,
    Note,
    Part,
    Span,
    Text,
    When,
    text,
)
from bot.core.text import and_more, count
from bot.jobs.access import Own
from bot.webnet.models import Job
from handlers import _request_card, _views

MOST = 5  # jobs, requests of each kind, alerts and violations
MOST_CHANNELS = 20


@dataclass(frozen=True, slots=True)
class Home:
    """Holds what is open for a caller. `pages`, the addresses of jobs in WebNet, are by the job's number. `drift` is None where
    WebNet does not say now which alerts are open."""

    username: str
    role: Role
    customer: str
    commands: tuple[str, ...]
    jobs: Own
    pages: dict[int, str]
    to_decide: tuple[Kept, ...]
    own: tuple[Kept, ...]
    drift: OpenDrift | None
    violations: OpenViolations
    channels: tuple[ChannelNotices, ...]


def run(ctx: Context, _: Values) -> Home:
    waiting = ctx.approvals.waiting()
    jobs = ctx.jobs.own(MOST)
    drift = None
    with suppress(WebNetError):
        drift = ctx.alerts.open()
    return Home(
        ctx.caller.username,
        ctx.caller.role,
        ctx.customer_name,
        tuple(command.name for command in ctx.allowed()),
        jobs,
        {job.id: ctx.job_page(job.id) for job in jobs.jobs},
        tuple(kept for kept in waiting if ctx.approvals.may_decide(kept)),
        tuple(kept for kept in waiting if kept.payload.requester == ctx.caller.user),
        drift,
        ctx.violations(MOST),
        ctx.channels(),
    )


def view(home: Home) -> Message:
    parts = (
        *_who(home),
        *_jobs(home),
        *_requests("Waiting for my decision", "approve", home.to_decide),
        *_requests("My requests that wait for somebody else", "withdraw", home.own),
        *_drift(home),
        *_violations(home.violations),
        *_channels(home.channels),
    )
    return Message(f"What is open in WebNet for {home.username}.", title="WebNet", parts=parts)


def _who(home: Home) -> Iterator[Part]:
    yield text("You are ", Bold(home.username), f" in WebNet, with the role {home.role.name}, for {home.customer}.")
    yield Note((f"You may run {', '.join(home.commands)}.",))
    more = Button("What I can run", command="help", modal=True)
    yield Buttons((more, Button("Refresh", command=COMMAND.name)))


def _section(title: str, lines: Sequence[Line], buttons: Sequence[Button] = (), more: str = "") -> Iterator[Part]:
    yield Text(((Bold(title),), *(lines or [("None.",)])))
    if more:
        yield Note((more,))
    if buttons:
        yield Buttons(tuple(buttons))


def _jobs(home: Home) -> Iterator[Part]:
    jobs = home.jobs
    own = Button("My jobs", command="jobs mine", modal=True)
    cancel = [_cancel(job) for job in jobs.jobs if job.status == "queued" and "cancel" in home.commands]
    more = and_more(jobs.more, "job") if jobs.more else ""
    yield from _section("My running jobs", [_job(job, home) for job in jobs.jobs], [own, *cancel], more)


def _job(job: Job, home: Home) -> Line:
    sign, words = _views.stands(job, home.jobs.stuck.get(job.id))
    names = home.jobs.devices.get(job.id, ())
    others = len(job.device_ids) - len(names)
    where = f" · {', '.join(names)}" + (f" {and_more(others)}" if others else "") if names else ""
    at = job.started_at or job.requested_at
    since: tuple[Span, ...] = (" · ", When(at)) if at else ()
    return (f"{sign} ", Link(f"#{job.id}", home.pages[job.id]), f" {_views.kind(job.type)}{where} · {words}", *since)


def _cancel(job: Job) -> Button:
    sure = f"Cancel job #{job.id}, if it still waits?"
    return Button(f"Cancel #{job.id}", command=write_for_job("cancel", job.id), confirm=sure)


def _requests(title: str, command: str, waiting: tuple[Kept, ...]) -> Iterator[Part]:
    """`command` shows one of them with the buttons that its reader may press."""
    lines: list[Line] = []
    buttons = []
    for kept in waiting[:MOST]:
        lines.append((*_request_card.headline(kept), " Until ", When(kept.row.expires_at), "."))
        line = write(command, (_request_card.REQUEST,), {"request": kept.number})
        buttons.append(Button(f"Show #{kept.number}", command=line))
    more = len(waiting) - MOST
    yield from _section(title, lines, buttons, and_more(more, "request") if more > 0 else "")


def _drift(home: Home) -> Iterator[Part]:
    if home.drift is None:
        yield from _section("Open drift alerts", [("WebNet does not say right now which are open.",)])
        return
    alerts = home.drift.alerts
    lines: list[Line] = []
    buttons = {}
    for alert, target in alerts[:MOST]:
        at: tuple[Span, ...] = (" · ", When(alert.detected_at)) if alert.detected_at else ()
        lines.append((Bold(f"#{alert.id}"), f" {alert.severity or 'no severity'} · ", Mono(target.hostname), *at))
        diff = Button(f"Diff of {target.hostname}", command=write_for_device("diff", target.id), modal=True)
        buttons[diff.command] = diff
        if "ack" in home.commands:
            sure = f"Acknowledge drift alert #{alert.id} on {target.hostname}?"
            ack = Button(f"Acknowledge #{alert.id}", command=write_for_alert("ack", alert.id), confirm=sure)
            buttons[ack.command] = ack
    more = "" if home.drift.complete else "There may be more: not every alert of WebNet's was looked at yet."
    yield from _section(f"Open drift alerts: {len(alerts):,}", lines, [*buttons.values()], more)


def _violations(found: OpenViolations) -> Iterator[Part]:
    where = f" on {count(found.devices, 'device')}" if found.devices else ""
    lines: list[Line] = []
    buttons = {}
    for violation, policy in found.newest:
        lines.append((Mono(violation.hostname), " violates ", Bold(policy), " · ", When(violation.checked_at)))
        command = write_for_device("config", violation.device)
        buttons[command] = Button(f"Config of {violation.hostname}", command=command, modal=True)
    yield from _section(f"Open compliance violations: {found.number:,}{where}", lines, [*buttons.values()])


def _channels(channels: tuple[ChannelNotices, ...]) -> Iterator[Part]:
    lines: list[Line] = []
    for one in channels[:MOST_CHANNELS]:
        kinds = " ".join(kind.label for kind in one.kinds) or "No notices."
        if one.rules:
            kinds = f"Notices by {count(one.rules, 'rule')}."
        lines.append((ChannelName(one.channel, one.name), f": {kinds}"))
    more = len(channels) - MOST_CHANNELS
    yield from _section("Notices in channels", lines, more=and_more(more, "channel") if more > 0 else "")


COMMAND = Command(
    name="home",
    summary="Show what is open for you",
    example="home",
    role=Role.viewer,
    run=run,
    view=view,
    hidden=True,
    visibility="ephemeral",
)
