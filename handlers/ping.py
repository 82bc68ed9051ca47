"""`ping <devices>` starts one reachability job on all of them."""

from __future__ import annotations

from bot.context import Context
from bot.core.arguments import DEVICES, Values
from bot.core.commands import Command, Role
from bot.jobs.starter import Started
from bot.webnet.job_kinds import REACHABILITY
from handlers import _many, _views


def run(ctx: Context, values: Values) -> Started:
    return ctx.jobs.start(REACHABILITY, ctx.devices.select(values["devices"]))


COMMAND = Command(
    name="ping",
    summary="Test whether devices can be reached",
    arguments=(DEVICES,),
    example="ping 10.10.0.1",
    role=Role.operator,
    changes=True,
    run=run,
    view=_views.started,
    details="Starts one reachability job for all of them and answers at once with its number. " + _many.HELP,
)
