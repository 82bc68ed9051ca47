"""`backup <devices>` starts one config backup job on all of them."""

from __future__ import annotations

from bot.context import Context
from bot.core.arguments import DEVICES, Values
from bot.core.commands import Command, Role
from bot.jobs.starter import Started
from bot.webnet.job_kinds import BACKUP
from handlers import _many, _views


def run(ctx: Context, values: Values) -> Started:
    return ctx.jobs.start(BACKUP, ctx.devices.select(values["devices"]))


COMMAND = Command(
    name="backup",
    summary="Back up the configuration of devices",
    arguments=(DEVICES,),
    example="backup rtr-fra1-001",
    role=Role.operator,
    changes=True,
    run=run,
    view=_views.started,
    details="Starts one config backup job for all of them and answers at once with its number. " + _many.HELP,
)
