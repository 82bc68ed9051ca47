"""`cancel <job>` cancels a job that is still queued or scheduled."""

from __future__ import annotations

from bot.context import Context
from bot.core.arguments import JOB, Values
from bot.core.commands import Command, Role
from bot.core.errors import Passed
from bot.core.message import Message, sentence
from bot.webnet.models import Job
from handlers import _views

WAITING = ("queued", "scheduled")


def run(ctx: Context, values: Values) -> Job:
    job = ctx.jobs.get(values["job"])
    ctx.audit.concerns(ctx.devices.only_one_of(job))
    if job.status not in WAITING:
        raise Passed(f"Job #{job.id} {_views.state(job)}: only one that is queued or scheduled can be cancelled.")
    ctx.jobs.cancel(job)
    return job


def view(job: Job) -> Message:
    return sentence(
        f"Cancelled {_views.kind(job.type)}, job #{job.id}. A worker of WebNet that had already claimed it may still run it."
    )


COMMAND = Command(
    name="cancel",
    summary="Cancel a job that is queued or scheduled",
    arguments=(JOB,),
    example="cancel 163",
    role=Role.operator,
    changes=True,
    once=True,
    run=run,
    view=view,
    details="A running job cannot be cancelled. WebNet may still run one that a worker has already claimed; `jobs` shows how it ended.",
)
