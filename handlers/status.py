"""`status <device>` shows what WebNet knows about one device."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.context import Context
from bot.core.arguments import DEVICE, Values, write_for_device
from bot.core.commands import Command, Role
from bot.core.errors import NotFound
from bot.core.message import Button, Buttons, Fields, Line, Link, Message, Mono, Note, Part, line_text, text
from bot.core.text import ago, phrase
from bot.faults import Fault
from bot.jobs.access import SeenJob
from bot.webnet.models import Device
from bot.webnet.target import Target
from handlers import _faults
from handlers._views import kind, sign, stands

REACHABILITY_SIGNS = {"reachable": "🟢", "unreachable": "🔴"}
ACTIONS = ("ping", "backup")
MOST_TAKEN = 3  # faults that somebody is on


@dataclass(frozen=True, slots=True)
class Status:
    """Holds a device, the newest job and the newest ping on it, the addresses of jobs in WebNet by number, and the faults of the device
    that somebody is on."""

    device: Device
    job: SeenJob | None
    ping: SeenJob | None
    pages: dict[int, str]
    now: datetime
    taken: tuple[Fault, ...] = ()


def run(ctx: Context, values: Values) -> Status:
    device = _device(ctx, values["device"])
    job, ping = ctx.jobs.last_on(device.id)
    pages = {seen.number: ctx.job_page(seen.number) for seen in (job, ping) if seen}
    return Status(device, job, ping, pages, ctx.now, ctx.faults.taken.on_device(device.id))


def _device(ctx: Context, word: str) -> Device:
    """Reads the device from WebNet. One that is gone, or has another name by now, is looked for once more."""
    target, device = _look(ctx, word)
    if device is None or not target.names(device):
        target, device = _look(ctx, word)
    if device is None:
        raise NotFound(f"{target.hostname} is no longer here.")
    return device


def _look(ctx: Context, word: str) -> tuple[Target, Device | None]:
    target = ctx.devices.find(word, exact=False)
    ctx.audit.concerns(target)
    return target, ctx.devices.live(target)


def view(status: Status) -> Message:
    device = status.device
    stored, ping = _stored(device, status.now), _ping(status)
    parts: list[Part] = [
        Fields((("Last ping", ping), *_last_job_but_ping(status), ("Stored in WebNet", (stored,)))),
        *(
            text(*_faults.headline(fault), " · ", *_faults.on_it(fault.on_it, fault.since))
            for fault in status.taken[:MOST_TAKEN]
        ),
        Note(_about(device)),
    ]
    if device.enabled:
        buttons = (Button(name.title(), command=write_for_device(name, device.id)) for name in ACTIONS)
        parts.append(Buttons(tuple(buttons)))
    else:
        parts.append(Note(("Disabled in WebNet: no ping or backup can run on it.",)))
    enabled = "enabled" if device.enabled else "disabled"
    summary = (
        f"{device.hostname} ({device.mgmt_ip}): {enabled}; last ping {line_text(ping)}; stored in WebNet: {stored}"
    )
    return Message(summary=summary, title=device.hostname, parts=tuple(parts))


def _about(device: Device) -> Line:
    """Returns what does not change from one day to the next, as far as WebNet knows it."""
    words = (
        " ".join(word for word in (device.vendor, device.platform) if word),
        device.role or "",
        f"site {device.site}" if device.site else "",
        "enabled" if device.enabled else "disabled",
    )
    return (Mono(device.mgmt_ip) if device.mgmt_ip else "no address", *(f" · {word}" for word in words if word))


def _stored(device: Device, now: datetime) -> str:
    word = device.reachability_status or "unknown"
    checked = device.last_reachability_check
    age = f"checked {ago(now, checked)}" if checked else "never checked"
    return f"{REACHABILITY_SIGNS.get(word, '⚪')} {word}, {age}"


def _ping(status: Status) -> Line:
    """Shows what the newest ping found out about this device; it may have been a ping of several."""
    ping = status.ping
    if ping is None:
        return ("none known",)
    if ping.outcome is None:
        return _seen(status, ping, "")
    result, words = ping.outcome.of_host(status.device.hostname)
    return _seen(status, ping, f"{sign(result)} {words}")


def _last_job_but_ping(status: Status) -> Iterator[tuple[str, Line]]:
    """Yields the last job unless it is the last ping, which stands there already."""
    if status.job is None or status.ping is None or status.job.number != status.ping.number:
        yield "Last job", _last_job(status)


def _last_job(status: Status) -> Line:
    if status.job is None:
        return ("none known",)
    what = f"{kind(status.job.type)}: " if status.job.type else ""
    outcome = status.job.outcome
    return _seen(status, status.job, f"{sign(outcome.result)} {outcome.words}" if outcome else "", what)


def _seen(status: Status, seen: SeenJob, ended: str, what: str = "") -> Line:
    job, link = seen.job, Link(f"#{seen.number}", status.pages[seen.number])
    if job is None:
        return ("job ", link, f" by {seen.by}, state not known" if seen.by else ", state not known")
    when = job.finished_at or job.started_at or job.requested_at
    age = f", {ago(status.now, when)}" if when else ""
    how = ended or ("ended, but its log cannot be read now" if job.ended else " ".join(stands(job, seen.stuck)))
    return (f"{what}{phrase(how)}{age}, job ", link, f" by {seen.by}")


COMMAND = Command(
    name="status",
    summary="Show a device: address, platform, site, reachability and the last job on it",
    arguments=(DEVICE,),
    example="status rtr-fra1-001",
    role=Role.viewer,
    run=run,
    view=view,
    details="Name the device by host name, by address, by the first label of its name, or by a beginning that no other "
    "device has. The last ping and the last job are the newest that the bot knows of, whoever started them; what WebNet last "
    "stored about reachability may be older or newer. `ping` checks it now.",
)
