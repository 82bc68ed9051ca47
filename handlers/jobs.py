"""`jobs [words]` lists the newest jobs of the workspace's customer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.context import Context
from bot.core.arguments import MOST_DIGITS, Argument, Kind, Values, write_for_job
from bot.core.commands import Command, Role
from bot.core.errors import NotFound, UsageError
from bot.core.line import straight
from bot.core.message import Button, Buttons, Line, Link, Message, Note, Part, Table, When, text
from bot.core.parsing import LONGEST_SHOWN
from bot.core.points import joined
from bot.core.text import and_more, count, cut, duration, nearest
from bot.core.values import age, is_point
from bot.faults import Fault
from bot.jobs.access import Listing
from bot.jobs.paging import Position
from bot.jobs.wanted import OPEN, OUTCOMES, Wanted
from bot.webnet.models import Job
from handlers import _faults, _views

STATUSES = (*OPEN, *OUTCOMES)
TYPES = {
    "backup": "config_backup",
    "ping": "check_reachability",
    "commands": "run_commands",
    "deploy": "config_deploy",
    "compliance": "compliance_check",
    "discovery": "topology_discovery",
    "ansible": "ansible_playbook",
}
# The rest of WebNet's own types; it takes any others, which a word with `_` names that is no device.
OTHER_TYPES = ("ip_range_scan", "credential_test", "auto_remediation")
PARTS = frozenset(part for kind in (*TYPES.values(), *OTHER_TYPES) for part in kind.split("_"))
WORDS = (*STATUSES, *TYPES, "mine")
AS_SAID = {"success": "successful", "partial": "partly failed"}  # before the word "jobs"
ACCEPTED = "a status, a type, a device, a user of WebNet, `mine`, or a time such as `2h`, `yesterday` or `since 08:00`"
ONE = {"1 min": "minute", "1 h": "hour", "1 day": "day"}  # after "in the last"
LONGEST_WORDS = 120
COLUMNS = ("Job", "Type", "Devices", "Outcome", "Started by", "Requested", "Took")
MOST_USERS = 5
_NAME = re.compile(r"\A(?:status|type|device|user):(?=.)", re.IGNORECASE)  # as elsewhere a filter is written


@dataclass(frozen=True, slots=True)
class Asked:
    """Holds the words that were typed, what they mean, and where in the list to look. `time` says how far back, such as `in the last
    2 h`."""

    words: tuple[str, ...]
    wanted: Wanted
    position: Position
    device: str = ""
    user: str = ""
    time: str = ""

    def line(self, position: Position) -> str:
        """Writes the command line that looks for the same words at another position."""
        page = position.page if position.page > 1 and (position.before or position.after) else None
        return COMMAND.write({"words": self.words, "before": position.before, "after": position.after, "page": page})


@dataclass(frozen=True, slots=True)
class Result:
    """Holds the jobs that were found; `pages`, their addresses in WebNet, and `taken`, the failures that somebody is on, are by the
    job's number."""

    asked: Asked
    listing: Listing
    pages: dict[int, str]
    now: datetime
    taken: Mapping[int, Fault] = field(default_factory=dict)


def run(ctx: Context, values: Values) -> Result:
    typed = (_NAME.sub("", piece) for word in values.get("words", ()) for piece in straight(word).split(","))
    words = tuple(dict.fromkeys(joined(tuple(filter(None, typed)))))
    asked = Asked(words, Wanted(), Position(values.get("before"), values.get("after"), values.get("page", 1)))
    for word in words:
        asked = _with(asked, word, ctx)
    listing = ctx.jobs.look(asked.wanted, asked.position)
    pages = {job.id: ctx.job_page(job.id) for job in listing.found.jobs}
    return Result(asked, listing, pages, ctx.now, ctx.faults.taken.by_job(pages))


def _with(asked: Asked, word: str, ctx: Context) -> Asked:
    """Adds what one more word means. Raises UsageError for one that means nothing, and NotFound for a device that is nearly
    named."""
    wanted, known = asked.wanted, word.lower()
    if known in STATUSES:
        return replace(asked, wanted=replace(wanted, statuses=(*wanted.statuses, known)))
    if known in TYPES or known in PARTS:
        return replace(asked, wanted=replace(wanted, types=(*wanted.types, TYPES.get(known, known))))
    if is_point(word):
        _refuse_second(asked.time, word, "time")
        since = ctx.point(word)
        return replace(asked, wanted=replace(wanted, since=since), time=_time(word, ctx.named(since)))
    if known == "mine":
        _refuse_second(asked.user, word, "user")
        return replace(asked, wanted=replace(wanted, user=ctx.caller.user), user=ctx.caller.username)
    return _with_name(asked, word, ctx)


def _time(written: str, moment: str) -> str:
    """Says how far back a point in time is, whose moment is named as well."""
    if (back := age(written)) is None:
        return f"since {moment}"
    span = duration(back.total_seconds())
    return f"in the last {ONE.get(span, span)}"


def _with_name(asked: Asked, word: str, ctx: Context) -> Asked:
    try:
        target = ctx.devices.find(word, exact=False)
    except NotFound as error:
        return _with_user(asked, word, ctx, error)
    _refuse_second(asked.device, word, "device")
    ctx.audit.concerns(target)
    return replace(asked, wanted=replace(asked.wanted, device=target.id), device=target.hostname)


def _with_user(asked: Asked, word: str, ctx: Context, no_device: NotFound) -> Asked:
    users = ctx.jobs.users(word.removeprefix("@"))
    if len(users) == 1:
        _refuse_second(asked.user, word, "user")
        return replace(asked, wanted=replace(asked.wanted, user=users[0].id), user=users[0].username)
    shown = f"`{cut(word, LONGEST_SHOWN)}` is not understood"
    if users:
        names = ", ".join(sorted(user.username for user in users)[:MOST_USERS])
        raise UsageError(f"{shown}: it may be any of {names}.")
    if guesses := nearest(word, WORDS, limit=1):
        raise UsageError(f"{shown}. Did you mean {guesses[0]}?")
    if len(no_device.message.parts) > 1:  # it offers devices of similar names
        raise no_device
    if "_" in word:
        return replace(asked, wanted=replace(asked.wanted, types=(*asked.wanted.types, word.lower())))
    if (number := word.removeprefix("#")).isdecimal():
        raise UsageError(f"{shown}. What one job reported: `{write_for_job('logs', int(number[:MOST_DIGITS]))}`.")
    raise UsageError(f"{shown}: {ACCEPTED} narrows the list down. Statuses and types: {', '.join(WORDS[:-1])}.")


def _refuse_second(first: object, word: str, what: str) -> None:
    if first:
        raise UsageError(f"`{cut(word, LONGEST_SHOWN)}` is a second {what}. Name one {what}.")


def view(result: Result) -> Message:
    asked, listing = result.asked, result.listing
    jobs = listing.found.jobs
    named = _named(asked)
    title = named[:1].upper() + named[1:]
    parts: list[Part] = []
    if jobs:
        parts.append(Table(title, COLUMNS, tuple(_row(job, result) for job in jobs)))
        said = (f"#{job.id} {_views.kind(job.type)} {_ended(job, listing)[1]}" for job in jobs)
        summary = f"{title}: {', '.join(said)}"
    else:
        summary = f"No {named} found."
        parts.append(text(summary))
    parts.append(Note(_looked(listing)))
    if buttons := _buttons(asked, listing):
        parts.append(Buttons(buttons))
    return Message(summary=summary, title=title, parts=tuple(parts))


def _named(asked: Asked) -> str:
    """Returns what was asked for, such as `failed backup jobs on rtr-fra1-001 in the last 2 h`."""
    types = [
        next((name for name, kind in TYPES.items() if kind == one), _views.kind(one)) for one in asked.wanted.types
    ]
    statuses = [AS_SAID.get(status, status) for status in asked.wanted.statuses]
    return " ".join(
        (
            *statuses,
            *types,
            "jobs",
            *((f"on {asked.device}",) if asked.device else ()),
            *((f"of {asked.user}",) if asked.user else ()),
            *((asked.time,) if asked.time else ()),
        )
    )


def _row(job: Job, result: Result) -> tuple[Line, ...]:
    listing = result.listing
    sign, words = _ended(job, listing)
    fault = result.taken.get(job.id)
    return (
        (f"{sign} ", Link(f"#{job.id}", result.pages[job.id])),
        (_views.kind(job.type),),
        (_where(job, listing),),
        (words, *((" · ", *_faults.on_it(fault.on_it, fault.since)) if fault else ())),
        (listing.started_by[job.id],),
        (When(job.requested_at),) if job.requested_at else (),
        (_views.took(job, result.now),),
    )


def _ended(job: Job, listing: Listing) -> tuple[str, str]:
    """Returns the sign and the words for how a job ended, or for how it stands."""
    if outcome := listing.outcomes.get(job.id):
        return _views.sign(outcome.result), cut(outcome.words, LONGEST_WORDS)
    if job.ended:
        return _views.sign(""), f"{job.status} in WebNet, nobody has looked at its log"
    return _views.stands(job, listing.stuck.get(job.id))


def _where(job: Job, listing: Listing) -> str:
    names = listing.devices.get(job.id, ())
    if not names:
        return "every enabled device" if job.everywhere and not job.ended else ""
    more = len(job.device_ids) - len(names)
    return ", ".join(names) + (f" {and_more(more)}" if more else "")


def _looked(listing: Listing) -> Line:
    """Says how far was looked, because WebNet cannot filter and its list holds the jobs of all customers."""
    found, unread = listing.found, ""
    if listing.unread:
        unread = f" Nobody has looked at how {count(listing.unread, 'other job')} ended."
    words = f"Looked through {count(found.looked, 'job')} of WebNet"
    if found.looked_to is None:
        return (f"{words}.{unread}",)
    return (f"{words}, back to ", When(found.looked_to), ("." if found.complete else "; there are more.") + unread)


def _buttons(asked: Asked, listing: Listing) -> tuple[Button, ...]:
    found, buttons = listing.found, []
    if found.newer:
        buttons.append(Button("Newer", command=asked.line(found.newer), replace=True))
    if found.older:
        label = "Older" if found.complete else "Look further"
        buttons.append(Button(label, command=asked.line(found.older), replace=True))
    return tuple(buttons)


COMMAND = Command(
    name="jobs",
    summary="List the newest jobs: number, type, devices, how they ended, who, when, how long",
    arguments=(
        Argument("words", Kind.words, ACCEPTED, placeholder="[failed|backup|mine|…]"),
        *(Argument(name, Kind.number, named=True, hidden=True) for name in ("before", "after", "page")),
    ),
    example="jobs failed",
    role=Role.viewer,
    run=run,
    view=view,
    details=f"Words narrow it down, and all of them must fit: {', '.join(WORDS)}, a part of a job's type, a device, a user of "
    "WebNet, or a time such as `2h`, `yesterday` or `since 08:00`. How a job ended is read from its log: `failed` are also those that WebNet calls a success "
    "while devices failed.",
)
