"""`report [now]` shows how everything is, and sets when this channel is shown it by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.context import Context
from bot.core.arguments import Argument, Kind, Values
from bot.core.commands import Command, Role
from bot.core.message import Line, Message, Mono, Note, When, sentence, text
from bot.core.report_times import EXAMPLE, ReportTime
from bot.core.reports import trend
from handlers import _report

EVERYBODY = "Everybody in this channel reads it, guests and people of other organizations included."


@dataclass(frozen=True, slots=True)
class Shown:
    """A report of now, and when the channel gets the next one by itself."""

    data: dict[str, Any]
    job_page: Callable[[int], str]
    next: datetime | None
    prompt: str


@dataclass(frozen=True, slots=True)
class Changed:
    """When the channel gets its report from now on, and `next`; None where it gets none."""

    time: ReportTime | None
    next: datetime | None
    before: bool = True


def run(ctx: Context, values: Values) -> Shown | Changed:
    when = values.get("when", "now").strip()
    if when.lower() == "off":
        return Changed(None, None, before=ctx.report.stop())
    if when.lower() != "now":
        return Changed(ctx.report.set(when), ctx.report.next())
    since = ctx.report.since
    sections = _report.read(ctx.report_reader(since))
    history, today = ctx.report.history(), ctx.now.astimezone(UTC)
    data = {
        "customer": ctx.customer_name,
        "made_at": ctx.now.isoformat(),
        "since": since.isoformat(),
        "late": False,
        "skipped": [],
        "sections": sections,
        "trends": {name: trend(history, name, today) for name in sections},
    }
    return Shown(data, ctx.job_page, ctx.report.next(), ctx.prompt)


def view(result: Shown | Changed) -> Message:
    if isinstance(result, Changed):
        return _changed(result)
    message = _report.view(result.data, result.job_page)
    if result.next:
        note: Line = ("This channel gets the next report ", When(result.next), ".")
    else:
        note = ("This channel gets no report by itself: ", Mono(f"{result.prompt} report {EXAMPLE}"), " changes that.")
    return replace(message, parts=(*message.parts, Note(note)))


def _changed(done: Changed) -> Message:
    if done.time is None or done.next is None:
        return sentence(
            "This channel gets no report any more." if done.before else "This channel got no report before."
        )
    words = f"This channel gets a report from now on: {done.time}."
    small: Line = ("The next one comes ", When(done.next), f". {EVERYBODY} If it is private, invite the bot.")
    return Message(words, parts=(text(words), Note(small)))


COMMAND = Command(
    name="report",
    summary="Show what failed, what is missing and what changed, or set when this channel is shown that",
    arguments=(
        Argument(
            "when",
            Kind.rest,
            f"`now`, `{EXAMPLE}`, `weekly mon 07:30 Europe/Berlin`, or `off`",
            placeholder="[now|daily 07:30 <zone>|weekly mon 07:30 <zone>|off]",
        ),
    ),
    example=f"report {EXAMPLE}",
    role=Role.viewer,
    run=run,
    view=view,
    details="A report says what failed since the last one and what still does, which devices have no good backup or were found "
    "unreachable, which drift nobody acknowledged, which policies are violated, which configs changed, who is on a fault, "
    "what is snoozed, what ends today, and which schedules did not run. Only administrators of WebNet change when it comes. A channel gets one a day at most; one that is "
    "late by more than three hours is skipped, and the channel is notified of that.",
)
