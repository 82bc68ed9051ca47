"""How jobs and what was started are shown, wherever they are shown."""

from __future__ import annotations

from datetime import datetime

from bot.core.message import Bold, Button, Buttons, Message, Note, text
from bot.core.words import duration
from bot.webnet.models import Job
from bot.webnet.starting import Started

SIGNS = {
    "queued": "🕓",
    "scheduled": "📅",
    "running": "🔄",
    "success": "✅",
    "partial": "⚠️",
    "failed": "❌",
    "cancelled": "🚫",
}


def sign(status: str) -> str:
    return SIGNS.get(status, "•")


def kind(job_type: str) -> str:
    """`config_backup` as words; WebNet's list of types is open."""
    return job_type.replace("_", " ") or "job"


def took(job: Job, now: datetime) -> str:
    """How long it ran, or has been running; empty if it never started."""
    if job.started_at is None:
        return ""
    return duration(((job.finished_at or now) - job.started_at).total_seconds())


def started(outcome: Started) -> Message:
    """The answer of a command that starts a job."""
    what, where, number = outcome.kind.word, outcome.target.hostname, f"#{outcome.job_id}"
    if outcome.already:
        words = f"A {what} of {where} is running already: job {number}. No second one was started."
        line = text("🔄 A ", what, " of ", Bold(where), " is running already: job ", Bold(number), ".")
        small = Note(("No second one was started.",))
    else:
        words = f"{what.capitalize()} of {where} started: job {number}."
        line = text("🕓 ", what.capitalize(), " of ", Bold(where), " started: job ", Bold(number), ".")
        small = Note((f"{kind(outcome.kind.type)} on 1 device",))
    return Message(summary=words, parts=(line, small, Buttons((Button(f"Open job {number}", url=outcome.page),))))
