"""`giveback <notice>` takes back that somebody is on a fault."""

from __future__ import annotations

from bot.context import Context
from bot.core.arguments import Values
from bot.core.commands import Command, Role
from bot.core.message import Message
from bot.faults import Fault
from handlers import _faults


def run(ctx: Context, values: Values) -> Fault:
    return ctx.faults.give_back(values["notice"])


def view(fault: Fault) -> Message:
    return _faults.answer("Nobody is on it any more.", fault)


COMMAND = Command(
    name="giveback",
    summary="Say that you are not on a fault any more",
    arguments=(_faults.NOTICE,),
    example="giveback 163",
    role=Role.operator,
    visibility="ephemeral",
    run=run,
    view=view,
    details="Its notices offer Take again. An admin may give back what somebody else has taken.",
)
