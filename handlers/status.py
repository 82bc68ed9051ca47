"""`status <device>` shows what WebNet knows about one device."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.context import Context
from bot.core.arguments import DEVICE, Values, write_for_device
from bot.core.commands import Command, Role
from bot.core.errors import NotFound
from bot.core.message import Button, Buttons, Fields, Line, Link, Message, Mono, Note, Part
from bot.core.text import ago
from bot.jobs.starter import KnownJob
from bot.webnet.client import Target
from bot.webnet.models import Device, Job
from handlers._views import kind, sign

REACHABILITY_SIGNS = {"reachable": "🟢", "unreachable": "🔴"}
UNKNOWN = "—"
ACTIONS = ("ping", "backup")


@dataclass(frozen=True, slots=True)
class Status:
    """Holds a device and the last job that the bot started there, as WebNet has it now: None if WebNet cannot say."""

    device: Device
    job: tuple[KnownJob, Job | None] | None
    job_page: str
    now: datetime


def run(ctx: Context, values: Values) -> Status:
    device = _device(ctx, values["device"])
    job = ctx.jobs.last_on(device.id)
    return Status(device, job, ctx.job_page(job[0].job_id) if job else "", ctx.now)


def _device(ctx: Context, word: str) -> Device:
    """Reads the device from WebNet. One that is gone, or has another name by now, is looked for once more."""
    target, device = _look(ctx, word)
    if device is None or not target.names(device):
        target, device = _look(ctx, word)
    if device is None:
        raise NotFound(f"{target.hostname} is no longer in WebNet.")
    return device


def _look(ctx: Context, word: str) -> tuple[Target, Device | None]:
    target = ctx.devices.find(word, exact=False)
    ctx.audit.concerns(target)
    return target, ctx.devices.live(target)


def view(status: Status) -> Message:
    device = status.device
    reachability = _reachability(device, status.now)
    parts: list[Part] = [
        Fields(
            (
                ("Hostname", (Mono(device.hostname),)),
                ("Address", (Mono(device.mgmt_ip) if device.mgmt_ip else UNKNOWN,)),
                ("Vendor", (device.vendor or UNKNOWN,)),
                ("Platform", (device.platform or UNKNOWN,)),
                ("Role", (device.role or UNKNOWN,)),
                ("Site", (device.site or UNKNOWN,)),
                ("Enabled", ("yes" if device.enabled else "no",)),
                ("Reachability", (reachability,)),
                ("Last job", _last_job(status)),
            )
        )
    ]
    if device.enabled:
        buttons = (Button(name.title(), command=write_for_device(name, device.id)) for name in ACTIONS)
        parts.append(Buttons(tuple(buttons)))
    else:
        parts.append(Note(("Disabled in WebNet: no ping or backup can run on it.",)))
    summary = f"{device.hostname} ({device.mgmt_ip}): {'enabled' if device.enabled else 'disabled'}, {reachability}"
    return Message(summary=summary, title=device.hostname, parts=tuple(parts))


def _reachability(device: Device, now: datetime) -> str:
    word = device.reachability_status or "unknown"
    checked = device.last_reachability_check
    age = f"checked {ago(now, checked)}" if checked else "never checked"
    return f"{REACHABILITY_SIGNS.get(word, '⚪')} {word}, {age}"


def _last_job(status: Status) -> Line:
    if status.job is None:
        return ("none by the bot",)
    known, job = status.job
    link = Link(f"#{known.job_id}", status.job_page)
    if job is None:
        return (link, f" {kind(known.type)}, state not known")
    when = job.finished_at or job.started_at or job.requested_at
    age = f", {ago(status.now, when)}" if when else ""
    return (link, f" {kind(job.type)}: {sign(job.status)} {job.status}{age}, by {known.username}")


COMMAND = Command(
    name="status",
    summary="Show a device: address, platform, site, reachability and the last job on it",
    arguments=(DEVICE,),
    example="status rtr-fra1-001",
    role=Role.viewer,
    run=run,
    view=view,
    details="Name the device by host name, by address, by the first label of its name, or by a beginning that no other "
    "device has. The reachability is what WebNet last stored; `ping` checks it now.",
)
