"""`jobs [words]` lists the newest jobs of the workspace's customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.context import Context
from bot.core.arguments import Argument, Kind, Values
from bot.core.commands import Command, Role
from bot.core.errors import UsageError
from bot.core.line import straight
from bot.core.message import Button, Buttons, Line, Link, Message, Note, Part, Span, Text, When, text
from bot.core.parsing import LONGEST_SHOWN
from bot.core.text import count, nearest
from bot.jobs.paging import Position, Slice
from bot.webnet.models import Job
from handlers._views import kind, sign, took

STATUSES = ("queued", "scheduled", "running", "success", "partial", "failed", "cancelled")
TYPES = {
    "backup": "config_backup",
    "ping": "check_reachability",
    "commands": "run_commands",
    "deploy": "config_deploy",
    "compliance": "compliance_check",
    "discovery": "topology_discovery",
    "ansible": "ansible_playbook",
}
WORDS = (*STATUSES, *TYPES, "mine")


@dataclass(frozen=True, slots=True)
class Asked:
    """Holds the words that were typed and where in the list to look. Every word must fit, so two statuses fit no job."""

    words: tuple[str, ...]
    position: Position

    def fits(self, job: Job) -> bool:
        return all(_fits(word, job) for word in self.words if word != "mine")

    def line(self, position: Position) -> str:
        """Writes the command line that looks for the same words at another position."""
        page = position.page if position.page > 1 and (position.before or position.after) else None
        return COMMAND.write({"words": self.words, "before": position.before, "after": position.after, "page": page})


@dataclass(frozen=True, slots=True)
class Listing:
    """Holds the jobs that were found; `started_by` and `pages`, their addresses in WebNet, are by the job's number."""

    asked: Asked
    found: Slice
    started_by: dict[int, str]
    pages: dict[int, str]
    now: datetime


def _fits(word: str, job: Job) -> bool:
    if word in STATUSES:
        return job.status == word
    return TYPES.get(word, word) in job.type


def _read(values: Values) -> Asked:
    words = tuple(dict.fromkeys(straight(word).lower() for word in values.get("words", ())))
    for word in words:
        if ":" in word:
            raise UsageError(
                f"`{word[:LONGEST_SHOWN]}` is not understood. Try a word such as `failed`, `backup` or `mine`."
            )
    return Asked(words, Position(values.get("before"), values.get("after"), values.get("page", 1)))


def run(ctx: Context, values: Values) -> Listing:
    asked = _read(values)
    found, started_by = ctx.jobs.look(asked.fits, asked.position, mine="mine" in asked.words)
    pages = {job.id: ctx.job_page(job.id) for job in found.jobs}
    return Listing(asked, found, started_by, pages, ctx.now)


def view(listing: Listing) -> Message:
    asked, found = listing.asked, listing.found
    title = " ".join(("Jobs", *asked.words))
    parts: list[Part] = []
    if found.jobs:
        parts.append(Text(tuple(_row(job, listing) for job in found.jobs)))
        summary = f"{title}: {', '.join(f'#{job.id} {kind(job.type)} {job.status}' for job in found.jobs)}"
    else:
        summary = f"No {' '.join(('jobs', *asked.words))} found."
        parts.append(text(summary, *_meant(asked.words)))
    parts.append(Note(_looked(found)))
    if buttons := _buttons(asked, found):
        parts.append(Buttons(buttons))
    return Message(summary=summary, title=title, parts=tuple(parts))


def _row(job: Job, listing: Listing) -> Line:
    spans: list[Span] = [
        f"{sign(job.status)} ",
        Link(f"#{job.id}", listing.pages[job.id]),
        f" {kind(job.type)} · {job.status} · {listing.started_by[job.id]}",
    ]
    if job.requested_at:
        spans += [" · ", When(job.requested_at)]
    if length := took(job, listing.now):
        spans.append(f" · {length}")
    return tuple(spans)


def _meant(words: tuple[str, ...]) -> tuple[str, ...]:
    strange = [word for word in words if word not in WORDS]
    guesses = [guess for word in strange for guess in nearest(word, WORDS, limit=1)]
    if guesses:
        return (f" Did you mean {', '.join(guesses)}?",)
    return (f" Words that narrow it down: {', '.join(WORDS)}, or a part of a type.",) if strange else ()


def _looked(found: Slice) -> Line:
    """Says how far was looked, because WebNet cannot filter and its list holds the jobs of all customers."""
    words = f"Looked through {count(found.looked, 'job')} of WebNet"
    if found.looked_to is None:
        return (f"{words}.",)
    return (f"{words}, back to ", When(found.looked_to), "." if found.complete else "; there are more.")


def _buttons(asked: Asked, found: Slice) -> tuple[Button, ...]:
    buttons = []
    if found.newer:
        buttons.append(Button("Newer", command=asked.line(found.newer), replace=True))
    if found.older:
        label = "Older" if found.complete else "Look further"
        buttons.append(Button(label, command=asked.line(found.older), replace=True))
    return tuple(buttons)


COMMAND = Command(
    name="jobs",
    summary="List the newest jobs: number, type, status, who, when, how long",
    arguments=(
        Argument("words", Kind.words, "a status, a type or `mine`", placeholder="[failed|backup|mine|…]"),
        *(Argument(name, Kind.number, named=True, hidden=True) for name in ("before", "after", "page")),
    ),
    example="jobs failed",
    role=Role.viewer,
    run=run,
    view=view,
    details=f"Words narrow it down, and all of them must fit: {', '.join(WORDS)}, or a part of a job's type.",
)
