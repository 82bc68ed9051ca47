"""`snoozes` lists what is snoozed here."""

from __future__ import annotations

from bot.context import Context
from bot.core.arguments import Values
from bot.core.commands import Command, Role
from bot.core.message import Buttons, Message, Part, line_text, sentence, text
from bot.core.text import and_more, count, phrases
from bot.snoozes.access import Shown
from handlers import _snooze

MOST = 10


def run(ctx: Context, _: Values) -> tuple[Shown, ...]:
    return ctx.snoozes.here()


def view(found: tuple[Shown, ...]) -> Message:
    if not found:
        return sentence("Nothing is snoozed here.")
    parts: list[Part] = []
    for shown in found[:MOST]:
        parts += [text(*_snooze.line(shown)), Buttons((_snooze.unsnooze(shown),))]
    if len(found) > MOST:
        parts.append(text(and_more(len(found) - MOST, "snooze")))
    title = count(len(found), "snooze")
    said = phrases(line_text(_snooze.line(shown)) for shown in found[:MOST])
    return Message(f"{title}: {said}", title=title, parts=tuple(parts))


COMMAND = Command(
    name="snoozes",
    summary="List what is snoozed here, until when, why, and how many notices are held",
    example="snoozes",
    role=Role.viewer,
    visibility="ephemeral",
    run=run,
    view=view,
    details="It lists the snoozes of this channel and those of every channel, the first to end first.",
)
