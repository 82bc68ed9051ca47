"""Shows jobs, their cards and their parts, for several commands and notices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.core.arguments import DEVICE, Argument, Kind, write, write_for_job
from bot.core.message import Bold, Button, Buttons, Card, Line, Message, Note, Part, Span, Text, line_text, text
from bot.core.text import and_more, count, duration
from bot.jobs.card_state import CardState
from bot.jobs.outcome import Outcome
from bot.jobs.starter import Started
from bot.webnet.client import KINDS
from bot.webnet.models import Job

MOST_HOSTS = 5  # whose errors a card names; the log has all of them
SIGNS = {
    "queued": "🕓",
    "scheduled": "📅",
    "running": "🔄",
    "success": "✅",
    "partial": "⚠️",
    "failed": "❌",
    "cancelled": "🚫",
}


def no_retry(job: Job) -> str:
    """Returns the end of a sentence that says why a job cannot be started again from here; empty if it can."""
    if job.type not in KINDS:
        return f"it is a {kind(job.type)}, and only pings and backups can be."
    return "" if job.device_ids else "it does not name its devices, so it may mean every device."


def sign(status: str) -> str:
    """Returns the emoji for a status or an outcome; WebNet's list of statuses is open."""
    return SIGNS.get(status, "•")


def kind(job_type: str) -> str:
    """Returns a job type such as `config_backup` as words; WebNet's list of types is open."""
    return job_type.replace("_", " ") or "job"


def took(job: Job, now: datetime) -> str:
    """Returns how long a job ran, or has been running by `now`; empty if it never started."""
    if job.started_at is None:
        return ""
    return duration(((job.finished_at or now) - job.started_at).total_seconds())


def started(outcome: Started) -> Message:
    """Shows which job a command has started, or found running; the message is followed as a card."""
    what, where, number = outcome.kind.word, outcome.where, f"#{outcome.job_id}"
    cancel: tuple[Button, ...] = ()
    if outcome.already:
        words = f"A {what} of {where} is already running: job {number}. No second one was started."
        line = text("🔄 A ", what, " of ", Bold(where), " is already running: job ", Bold(number), ".")
        small = Note(("No second one was started.",))
    else:
        words = f"{what.capitalize()} of {where} started: job {number}."
        line = text("🕓 ", what.capitalize(), " of ", Bold(where), " started: job ", Bold(number), ".")
        small = Note((f"{kind(outcome.kind.type)} on {count(len(outcome.targets), 'device')}",))
        # The card takes this button away once the job runs.
        asked = f"Cancel the {what} of {where}, if it still waits?"
        cancel = (Button("Cancel", command=write_for_job("cancel", outcome.job_id), confirm=asked, thread=True),)
    parts = (line, small, Buttons((_open(outcome.job_id, outcome.page), *cancel)))
    return Message(summary=words, parts=parts, card=Card(outcome.job_id, what, where))


def _open(job_id: int, page: str) -> Button:
    return Button(f"Open job #{job_id}", url=page)


# -- configs

LINE = Argument("line", Kind.number, "the line to begin with", named=True, hidden=True, most=9_999_999)


def config_at(device: int, line: int) -> str:
    """Writes the command line that shows a device's config from this line on, counted from 1."""
    return write("config", (DEVICE, LINE), {"device": f"#{device}", "line": line})


# -- cards


def card(state: CardState) -> Message:
    """Shows the message of `started` again as the job goes on, and its outcome at the end."""
    job, outcome = state.job, state.outcome
    line = _state(state)
    parts: list[Part] = [text(*line)]
    if outcome and len(outcome.failed) > 1:
        parts.append(
            Text(tuple((Bold(error.host or "job"), f": {error.line}") for error in outcome.failed[:MOST_HOSTS]))
        )
        if len(outcome.failed) > MOST_HOSTS:
            parts.append(Note((and_more(len(outcome.failed) - MOST_HOSTS, "device"),)))
    if job and job.finished_at and (length := took(job, job.finished_at)):
        parts.append(Note((f"Job #{job.id}, took {length}",)))
    parts.append(Buttons((*_next_steps(state.card, job, outcome), _open(state.card.job, state.page))))
    return Message(line_text(line), parts=tuple(parts))


def card_ended(state: CardState, requester: Span) -> Message:
    """Notifies the requester of how the job ended."""
    line = (requester, " ", *_state(state))
    return Message(line_text(line), parts=(text(*line), Buttons((_open(state.card.job, state.page),))))


def _state(state: CardState) -> Line:
    card, job, outcome = state.card, state.job, state.outcome
    what: Line = (f"{card.what.capitalize()} of ", Bold(card.where))
    if job is None:
        return ("• ", *what, f": WebNet does not know job #{card.job} any more, so its outcome is not known.")
    if outcome:
        return (f"{sign(outcome.result)} ", *what, f": {outcome.words}.".replace("..", "."))
    if state.over:
        words = "has ended, but its log could not be read" if job.ended else f"is still {job.status} after a day"
        return ("• ", *what, f": job #{job.id} {words}. It is not followed any longer.")
    return (f"{sign(job.status)} ", *what, f" is {job.status or 'under way'}: job ", Bold(f"#{job.id}"), ".")


def _next_steps(card: Card, job: Job | None, outcome: Outcome | None) -> Iterator[Button]:
    if job is None or outcome is None or outcome.result == "success":
        return
    if outcome.result != "cancelled":
        yield Button("Logs", command=write_for_job("logs", job.id), thread=True)
    if not no_retry(job):
        yield Button(
            "Retry",
            command=write_for_job("retry", job.id),
            confirm=f"Start the {card.what} of {card.where} again?",
        )
