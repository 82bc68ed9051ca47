"""`help [subcommand]` shows what this caller may run."""

from __future__ import annotations

from dataclasses import dataclass

from bot.context import Context
from bot.core.arguments import Argument, Kind, Values
from bot.core.commands import Command, Role
from bot.core.errors import UsageError
from bot.core.line import straight
from bot.core.message import Button, Buttons, Line, Message, Mono, Note, Part, Text, text
from bot.core.text import nearest


@dataclass(frozen=True, slots=True)
class Help:
    """Holds the commands that the caller may run; `one` is set if a single subcommand was asked for."""

    prompt: str
    username: str
    role: Role
    commands: tuple[Command[object, object], ...]
    one: Command[object, object] | None


def run(ctx: Context, values: Values) -> Help:
    allowed = {command.name: command for command in ctx.allowed()}
    one = None
    if "subcommand" in values:
        name = straight(values["subcommand"][0]).lower()
        one = allowed.get(name)
        if one is None:
            guess = nearest(name[:40], allowed, limit=1)
            meant = f" Did you mean `help {guess[0]}`?" if guess else ""
            raise UsageError(f"There is no subcommand `{name[:40]}` that you can run.{meant}")
    return Help(ctx.prompt, ctx.caller.username, ctx.caller.role, tuple(allowed.values()), one)


def view(shown: Help) -> Message:
    return _one(shown, shown.one) if shown.one else _all(shown)


def _all(shown: Help) -> Message:
    lines: list[Line] = []
    for command in shown.commands:
        lines.append((Mono(f"{shown.prompt} {command.usage}"), f"  {command.summary}"))
        lines.append(("    e.g. ", Mono(f"{shown.prompt} {command.example}")))
    parts: tuple[Part, ...] = (
        Text(tuple(lines)),
        Note((f"What {shown.username} ({shown.role.name}) may run. More on one: {shown.prompt} help <subcommand>",)),
        Note(("A subcommand that needs more than its name asks for the rest in a form when you type the name alone.",)),
    )
    names = ", ".join(command.name for command in shown.commands)
    return Message(summary=f"You can run: {names}", title="What you can run", parts=parts)


def _one(shown: Help, command: Command[object, object]) -> Message:
    parts: list[Part] = [
        text(Mono(f"{shown.prompt} {command.usage}")),
        text(f"{command.summary}."),
        text("Example: ", Mono(f"{shown.prompt} {command.example}")),
    ]
    if command.details:
        parts.insert(2, text(command.details))
    if any(not argument.button_only for argument in command.arguments):
        parts.append(Buttons((Button("Fill in", command=command.name, form=True),)))
    return Message(summary=f"{shown.prompt} {command.usage}: {command.summary}", title=command.name, parts=tuple(parts))


COMMAND = Command(
    name="help",
    summary="Show what you can run",
    arguments=(Argument("subcommand", Kind.words, "one that you can run"),),
    example="help jobs",
    role=Role.viewer,
    run=run,
    view=view,
)
