"""`retry <job>` starts a ping or backup again, on the same devices: one that has ended, or that may never end."""

from __future__ import annotations

from bot.context import Context
from bot.core.approval_need import AND
from bot.core.arguments import JOB, Values
from bot.core.commands import Command, Role
from bot.core.errors import Conflict
from bot.jobs.starter import Started
from bot.webnet.job_kinds import KINDS
from handlers import _many, _views


def run(ctx: Context, values: Values) -> Started:
    job = ctx.jobs.get(values["job"])
    ctx.audit.concerns(ctx.devices.only_one_of(job))
    stuck = None if job.ended else ctx.jobs.stuck(job)
    if not job.ended and stuck is None:
        raise Conflict(
            f"Job #{job.id} {_views.state(job)}: only one that has ended, or seems to be lost, can be started again."
        )
    if reason := _views.no_retry(job):
        raise Conflict(f"Job #{job.id} cannot be started again: {reason} Start it in WebNet if you need it.")
    ctx.must_be_allowed(KINDS[job.type].word)
    failed = ctx.jobs.failed_hosts(job) if _many.ONLY.name in values else None
    if failed is not None and not failed:
        raise Conflict(f"The log of job #{job.id} has no error of a device, so nothing was started.")
    selection, lost = ctx.devices.of(job, failed), stuck is not None and stuck.how == "lost"
    if lost:  # whoever decides does so on both, and before the first
        ctx.must_be_allowed("cancel")
        ctx.approvals.allow(f"cancel{AND}{KINDS[job.type].word}", selection.targets, selection.left_out)
        ctx.jobs.cancel(job)
    return ctx.jobs.start(KINDS[job.type], selection, besides=job.id)


COMMAND = Command(
    name="retry",
    summary="Start an ended ping or backup again, on the same devices",
    arguments=(JOB, _many.ONLY),
    example="retry 163",
    role=Role.operator,
    changes=True,
    run=run,
    view=_views.started,
    details="Only for pings and backups that name their devices: of other jobs the bot cannot tell which devices they mean. Each "
    "device is checked again, as with `ping` and `backup`. WebNet's own retry is never used. A job that WebNet seems to have lost in its queue is cancelled first; one that has been running "
    "for an hour, or a minute for each of its devices if that is longer, goes on beside the new one.",
)
