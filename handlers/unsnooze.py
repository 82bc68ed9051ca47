"""`unsnooze <what>` ends a snooze now."""

from __future__ import annotations

from bot.context import Context
from bot.core.arguments import Values
from bot.core.commands import Command, Role
from bot.core.message import Line, Message, Mono, line_text, text
from bot.core.text import count
from bot.snoozes.access import Shown
from handlers import _snooze


def run(ctx: Context, values: Values) -> tuple[Shown, ...]:
    return ctx.snoozes.end(values["what"], everywhere=values.get("where") == _snooze.EVERYWHERE)


def view(ended: tuple[Shown, ...]) -> Message:
    held = sum(shown.held for shown in ended)
    released = f" {count(held, 'notice')} that {'was' if held == 1 else 'were'} held will come now." if held else ""
    said: Line = (Mono(ended[0].name), f" is no longer snoozed {_snooze.place(ended[0])}.{released}")
    return Message(line_text(said), parts=(text(*said),))


COMMAND = Command(
    name="unsnooze",
    summary="End a snooze now",
    arguments=(_snooze.WHAT, _snooze.WHERE),
    example="unsnooze rtr-fra1-001",
    role=Role.operator,
    changes=True,
    run=run,
    view=view,
    details="What was held comes at once. Only an administrator ends a snooze that holds `everywhere`.",
)
