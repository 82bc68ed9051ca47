"""`show <devices> <command>` sends devices a command that only reads, and shows what they answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.context import Context
from bot.core.arguments import DEVICES, Argument, Kind, Values
from bot.core.commands import Command, Role
from bot.core.errors import BotError, Conflict, UsageError
from bot.core.message import Bold, Card, Message, Mono, Step, Steps, text
from bot.core.text import count, phrase
from bot.devices.selection import LeftOut, Selection
from bot.jobs.card_state import Brought
from bot.jobs.starter import Started
from bot.show.saved import DEFAULT
from bot.webnet.job_kinds import COMMANDS, showing
from bot.webnet.target import Target
from handlers import _many, _outputs, _views

_SHORT = re.compile(r"\Asho?(?= )", re.IGNORECASE)  # as it is typed on a terminal
MOST_JOBS = 30  # of one `show`, which starts a job for each wording


@dataclass(frozen=True, slots=True)
class Sent:
    """Holds the jobs that were started, one for each wording: the words that it sends, and its start. `left_out` were meant as well."""

    starts: tuple[tuple[str, Started], ...]
    left_out: tuple[LeftOut, ...] = ()


def run(ctx: Context, values: Values) -> Sent | tuple[Brought, ...]:
    if "jobs" in values:
        return tuple(_brought(ctx, values["jobs"]))
    if "devices" not in values or "command" not in values:
        saved = ", ".join(ctx.shows.saved.commands)
        words = f"Name devices and what to show: `{ctx.prompt} show {EXAMPLE}`. Saved commands are {saved}."
        raise UsageError(words, form=True)
    command = _SHORT.sub("show", values["command"])
    ctx.shows.check(command)
    selection = ctx.devices.select(values["devices"])
    wordings, left_out = _wordings(ctx, command, selection.targets)
    targets = tuple(target for of_one in wordings.values() for target in of_one)
    left_out = (*selection.left_out, *left_out)
    ctx.approvals.allow(COMMANDS.word, targets, left_out)  # for all of them before the first
    sent = _send(ctx, wordings)
    ctx.audit.concerns(*(target for _, started in sent.starts for target in started.targets))
    return replace(sent, left_out=(*left_out, *sent.left_out))


def _wordings(
    ctx: Context, asked: str, targets: Sequence[Target]
) -> tuple[Mapping[str, Sequence[Target]], Sequence[LeftOut]]:
    """Returns the devices by the words that their platforms take, and those whose platform takes none. Raises UsageError if there are
    no others."""
    by_words: dict[str, list[Target]] = {}
    left_out, refusals = list[LeftOut](), list[UsageError]()
    for target in targets:
        try:
            by_words.setdefault(ctx.shows.words(asked, target.platform), []).append(target)
        except UsageError as error:
            refusals.append(error)
            platform = target.platform or "not known"
            left_out.append(LeftOut(target.hostname, f"may not be sent this, because its platform is {platform}"))
    if not by_words:
        raise refusals[0]
    return by_words, left_out


def _send(ctx: Context, wordings: Mapping[str, Sequence[Target]]) -> Sent:
    """Starts a job for each wording. What fails once one was started leaves its devices out. Raises BotError if none was."""
    starts, left_out = list[tuple[str, Started]](), list[LeftOut]()
    for words, targets in wordings.items():
        try:
            started = ctx.jobs.start(showing(words), Selection(tuple(targets)))
            if started.already:
                raise Conflict(_busy(started))
        except BotError as error:
            if not starts:
                raise
            left_out += (LeftOut(target.hostname, f"was not asked: {phrase(error.words)}") for target in targets)
        else:
            starts.append((words, started))
            left_out += started.left_out
    return Sent(tuple(starts), tuple(left_out))


def _busy(started: Started) -> str:
    by = f", started by {started.by}" if started.by else ""
    lost = f" WebNet seems to have lost it: `cancel {started.job_id}` takes it back." if started.stuck else ""
    return f"Commands are being run on {started.where} already: job #{started.job_id}{by}. Nothing was sent; try again when it has ended.{lost}"


def _brought(ctx: Context, numbers: str) -> Iterator[Brought]:
    listed = dict.fromkeys(numbers.split())
    if len(listed) > MOST_JOBS:
        raise UsageError(f"That is {count(len(listed), 'job')}, where {MOST_JOBS} are shown at once.")
    for number in listed:
        if not number.isdecimal():
            raise UsageError(f"`{number}` is no number of a job.")
        job = ctx.jobs.get(int(number))
        ctx.audit.concerns(ctx.devices.only_one_of(job))
        if job.type != COMMANDS.type:
            raise UsageError(f"Job #{job.id} has run no commands: `logs {job.id}` shows what it reported.")
        yield Brought(job, ctx.jobs.log(job))


def view(result: Sent | tuple[Brought, ...]) -> Message:
    return _view_sent(result) if isinstance(result, Sent) else _view_output(result)


def _view_sent(sent: Sent) -> Message:
    (words, first), *others = sent.starts
    message = _views.started(replace(first, left_out=sent.left_out))
    line, *more = message.parts
    if not others:
        return replace(message, parts=(line, text(Mono(words)), *more))
    where = count(sum(len(started.targets) for _, started in sent.starts), "device")
    left_out = tuple(each.words for each in sent.left_out)
    jobs = ((Mono(each), f" on {started.where}: job ", Bold(f"#{started.job_id}")) for each, started in sent.starts)
    steps = Steps(tuple(Step("pending", line) for line in jobs), title=("🕓 Show of ", Bold(where), " started:"))
    return Message(
        summary=f"Show of {where} started: {count(len(sent.starts), 'job')}.",
        parts=(steps, *_many.left_out(left_out)),
        card=Card(first.job_id, COMMANDS.word, where, left_out, tuple(started.job_id for _, started in others)),
    )


def _view_output(brought: tuple[Brought, ...]) -> Message:
    title = _outputs.title(brought)
    number = sum(len(_outputs.answers(each.log)) for each in brought)
    if not number:
        words = f"{title}: no device has answered; `logs` shows what was reported."
        return Message(words, title, (text(words),))
    parts = tuple(_outputs.parts(brought))
    return Message(f"{title}: {count(number, 'answer')}", title, parts, detail=_outputs.detail(brought))


EXAMPLE = "rtr-fra1-001 bgp"
COMMAND = Command(
    name="show",
    summary="Show what devices answer to a command that only reads",
    arguments=(
        _outputs.JOBS,
        replace(DEVICES, required=False, placeholder="<devices>"),
        Argument(
            "command",
            Kind.rest,
            "a saved command, or the words for the device from `show`, `display`, `get`, `info` or `/` on; others in quotes",
            placeholder="<command>",
            begins="sh|sho|show|display|get|info|/.*",
        ),
    ),
    example=f"show {EXAMPLE}",
    role=Role.operator,
    changes=True,
    visibility="ephemeral",
    run=run,
    view=view,
    details=f"A saved command sends each platform's own words: {', '.join(DEFAULT)}, and those of the settings. Whatever may do more than "
    "read is refused, with the rule that refused it. Equal answers are shown once; uptimes, clocks and counters do not count for that. "
    "Secrets are hidden.",
)
