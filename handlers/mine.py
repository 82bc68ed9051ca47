"""`mine` lists the faults that the caller is on, and their running jobs."""

from __future__ import annotations

from dataclasses import dataclass

from bot.context import Context
from bot.core.arguments import Values
from bot.core.commands import Command, Role
from bot.core.message import Bold, Buttons, Line, Link, Message, Mono, Note, Part, Text, When, sentence, text
from bot.core.text import and_more, count
from bot.faults import Fault
from bot.jobs.access import Own
from bot.webnet.models import Job
from handlers import _faults, _views

MOST = 10


@dataclass(frozen=True, slots=True)
class Mine:
    """`pages`, the addresses of jobs in WebNet, are by the job's number."""

    faults: tuple[Fault, ...]
    jobs: Own
    pages: dict[int, str]


def run(ctx: Context, _: Values) -> Mine:
    jobs = ctx.jobs.own(MOST)
    return Mine(ctx.faults.mine(), jobs, {job.id: ctx.job_page(job.id) for job in jobs.jobs})


def view(mine: Mine) -> Message:
    if not mine.faults and not mine.jobs.jobs:
        return sentence("You are on no fault, and no job of yours is running.")
    parts: list[Part] = [] if mine.faults else [text("You are on no fault.")]
    for fault in mine.faults[:MOST]:
        since: Line = (" · since ", When(fault.since)) if fault.since else ()
        parts += [text(*_faults.headline(fault)), Note((Mono(fault.key), *since))]
        parts.append(Buttons(tuple(_faults.taken_buttons(fault.key))))
    if (more := len(mine.faults) - MOST) > 0:
        parts.append(Note((and_more(more, "fault"),)))
    if mine.jobs.jobs:
        parts.append(Text(((Bold("My running jobs"),), *(_job(job, mine) for job in mine.jobs.jobs))))
    if mine.jobs.more:
        parts.append(Note((and_more(mine.jobs.more, "job"),)))
    summary = (
        f"You are on {count(len(mine.faults), 'fault')}, and {count(len(mine.jobs.jobs), 'job')} of yours still run."
    )
    return Message(summary, "What I am on", tuple(parts))


def _job(job: Job, mine: Mine) -> Line:
    sign, words = _views.stands(job, mine.jobs.stuck.get(job.id))
    names = ", ".join(mine.jobs.devices.get(job.id, ()))
    where = f" · {names}" if names else ""
    return (f"{sign} ", Link(f"#{job.id}", mine.pages[job.id]), f" {_views.kind(job.type)}{where} · {words}")


COMMAND = Command(
    name="mine",
    summary="List the faults that you are on, and your running jobs",
    example="mine",
    role=Role.viewer,
    visibility="ephemeral",
    run=run,
    view=view,
    details="`take` says that you are on a fault, `giveback` and `done` end that.",
)
