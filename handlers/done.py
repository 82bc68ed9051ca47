"""`done <notice> <word>` says what became of a fault."""

from __future__ import annotations

from bot.context import Context
from bot.core.arguments import Argument, Kind, Values
from bot.core.commands import Command, Role
from bot.core.errors import UsageError
from bot.core.message import Message
from bot.core.text import cut, in_one_line
from bot.faults import Fault
from handlers import _faults

WORD = Argument("word", Kind.rest, "what it was, or what you did", placeholder="<word>")
LONGEST = 300  # characters: it stands in every notice of the fault


def run(ctx: Context, values: Values) -> Fault:
    word = in_one_line(values.get("word", ""))
    if not word:
        raise UsageError("Say in a word what it was: the notice shows that.", form=True)
    return ctx.faults.done(values["notice"], cut(word, LONGEST))


def view(fault: Fault) -> Message:
    return _faults.answer("It is done, and every notice of it says so.", fault)


COMMAND = Command(
    name="done",
    summary="Say that a fault is done, and what it was",
    arguments=(_faults.NOTICE, WORD),
    example="done 163 power supply replaced",
    role=Role.operator,
    visibility="ephemeral",
    run=run,
    view=view,
    details="Whoever is on a fault can say so, and anybody where nobody is. Nothing changes in WebNet.",
)
