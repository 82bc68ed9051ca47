"""`pick_command` offers the commands that its caller may run, each with its form. Nobody types it: a shortcut of the chat runs it."""

from __future__ import annotations

from itertools import islice
from typing import Any

from bot.context import Context
from bot.core.arguments import Values
from bot.core.commands import Command, Role
from bot.core.message import Button, Buttons, Message, text

IN_A_ROW = 20


def run(ctx: Context, _: Values) -> tuple[Command[Any, Any], ...]:
    return ctx.allowed()


def view(commands: tuple[Command[Any, Any], ...]) -> Message:
    buttons = iter([_button(command) for command in commands])
    rows = iter(lambda: tuple(islice(buttons, IN_A_ROW)), ())
    return Message("Which command?", title="WebNet command", parts=(text("Which command?"), *map(Buttons, rows)))


def _button(command: Command[Any, Any]) -> Button:
    takes = any(not argument.button_only for argument in command.arguments)
    return Button(command.name.capitalize(), command=command.name, form=takes, modal=not takes)


COMMAND = Command(
    name="pick_command",
    summary="Offer the commands that you can run",
    example="pick_command",
    role=Role.viewer,
    visibility="ephemeral",
    hidden=True,
    run=run,
    view=view,
)
