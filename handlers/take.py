"""`take <notice>` says to everybody who was notified of a fault that the caller is on it."""

from __future__ import annotations

from bot.context import Context
from bot.core.arguments import Values
from bot.core.commands import Command, Role
from bot.core.message import Message
from bot.faults import Fault
from handlers import _faults


def run(ctx: Context, values: Values) -> Fault:
    return ctx.faults.take(values["notice"])


def view(fault: Fault) -> Message:
    return _faults.answer("You are on it, and every notice of it says so.", fault)


COMMAND = Command(
    name="take",
    summary="Say that you are on a fault",
    arguments=(_faults.NOTICE,),
    example="take 163",
    role=Role.operator,
    visibility="ephemeral",
    run=run,
    view=view,
    details="The button Take of a notice does the same. Its notice says who is on it since when, in every channel that got it, and so do "
    "`jobs`, `status` and the reports. Of two who take it at once one has it, and the other reads who. `giveback` takes that back, "
    "and `done` ends it.",
)
