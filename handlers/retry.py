"""`retry <job>` starts a ping or backup that has ended again, on the same devices."""

from __future__ import annotations

from bot.context import Context
from bot.core.arguments import JOB, Values
from bot.core.commands import Command, Role
from bot.core.errors import Conflict
from bot.jobs.starter import Started
from bot.webnet.client import KINDS
from handlers import _views


def run(ctx: Context, values: Values) -> Started:
    job = ctx.jobs.get(values["job"])
    ctx.audit.concerns(ctx.devices.only_one_of(job))
    if not job.ended:
        raise Conflict(f"Job #{job.id} is {job.status or 'unknown'}: only one that has ended can be started again.")
    if reason := _views.no_retry(job):
        raise Conflict(f"Job #{job.id} cannot be started again: {reason} Start it in WebNet if you need it.")
    return ctx.jobs.start(KINDS[job.type], ctx.devices.of(job))


COMMAND = Command(
    name="retry",
    summary="Start an ended ping or backup again, on the same devices",
    arguments=(JOB,),
    example="retry 163",
    role=Role.operator,
    changes=True,
    run=run,
    view=_views.started,
    details="Only for pings and backups that name their devices: of other jobs the bot cannot tell which devices they mean. Each "
    "device is checked again, as with `ping` and `backup`. WebNet's own retry is never used.",
)
