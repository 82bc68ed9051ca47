"""`why_message` finds the jobs and drift alerts that a notice names. Nobody types it: a shortcut on a message runs it."""

from __future__ import annotations

import re
from itertools import islice

from bot.context import Context
from bot.core.arguments import MOST_DIGITS, Values
from bot.core.commands import Command, Role
from bot.core.message import Button, Buttons, Message, sentence, text
from bot.core.text import count

MOST = 5
_NUMBER = re.compile(rf"(alert )?#([1-9][0-9]{{0,{MOST_DIGITS - 1}}})\b", re.IGNORECASE)


def run(ctx: Context, _: Values) -> tuple[tuple[str, str], ...]:
    """Returns what is named, as (`job` or `alert`, number)."""
    ctx.must_be_allowed("why")
    found = (("alert" if alert else "job", number) for alert, number in _NUMBER.findall(ctx.message_text))
    return tuple(islice(dict.fromkeys(found), MOST))


def view(found: tuple[tuple[str, str], ...]) -> Message:
    if not found:
        return sentence("That message names no job and no drift alert by its number.")
    buttons = tuple(
        Button(f"{kind.capitalize()} #{number}", command=f"why {number}" if kind == "job" else f"why alert:{number}")
        for kind, number in found
    )
    summary = f"The message names {count(len(found), 'number')}."
    return Message(summary, title="Why this notice?", parts=(text("Explain the notice of:"), Buttons(buttons)))


COMMAND = Command(
    name="why_message",
    summary="Find the jobs and drift alerts that a notice names",
    example="why_message",
    role=Role.viewer,
    visibility="ephemeral",
    hidden=True,
    run=run,
    view=view,
)
