"""`search_message` offers the lines of a message to search the configs for. Nobody types it: a shortcut on a message runs it."""

from __future__ import annotations

from itertools import islice

from bot.context import Context
from bot.core.api_keys import MARK
from bot.core.arguments import Values
from bot.core.commands import Command, Role
from bot.core.line import quoted
from bot.core.message import Button, Buttons, Message, sentence, text
from bot.core.text import count, cut

MOST = 5
SHORTEST, LONGEST = 2, 200  # characters of a line
AROUND = " \t`>*•-"  # what stands around a line in a chat and in no config
LABEL = 60


def run(ctx: Context, _: Values) -> tuple[str, ...]:
    ctx.must_be_allowed("search")
    lines = (line.strip(AROUND) for line in ctx.message_text.splitlines())
    fitting = (line for line in lines if SHORTEST <= len(line) <= LONGEST and MARK[:-1] not in line)
    return tuple(islice(dict.fromkeys(fitting), MOST))


def view(lines: tuple[str, ...]) -> Message:
    if not lines:
        return sentence(
            f"That message has no line to search for: one of {SHORTEST} to {LONGEST} characters, with no secret in it."
        )
    buttons = tuple(Button(cut(line, LABEL), command=f"search {quoted(line)}") for line in lines)
    other = Button("Other words", command=f"search {quoted(lines[0])}", form=True)
    summary = f"Search the configs for a line of the message: {count(len(lines), 'line')} to choose from."
    return Message(summary, title="Search configs", parts=(text("Search the configs for:"), Buttons((*buttons, other))))


COMMAND = Command(
    name="search_message",
    summary="Offer the lines of a message to search for",
    example="search_message",
    role=Role.viewer,
    visibility="ephemeral",
    hidden=True,
    run=run,
    view=view,
)
