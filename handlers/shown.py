"""How jobs and what was started are shown, wherever they are shown."""

from __future__ import annotations

from datetime import datetime

from bot.core.message import Bold, Button, Buttons, Message, Note, text
from bot.core.words import count, duration
from bot.webnet.client import KINDS
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


def ended(job: Job) -> bool:
    return job.finished_at is not None or job.status in ("success", "partial", "failed", "cancelled")


def no_retry(job: Job) -> str:
    """Why a job cannot be started anew from here, in a sentence; empty if it can."""
    if job.type not in KINDS:
        return f"it is a {kind(job.type)}, and only pings and backups are."
    return "" if job.device_ids else "it does not name its devices, so it may mean every device."


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
    what, where, number = outcome.kind.word, outcome.where, f"#{outcome.job_id}"
    if outcome.already:
        words = f"A {what} of {where} is running already: job {number}. No second one was started."
        line = text("🔄 A ", what, " of ", Bold(where), " is running already: job ", Bold(number), ".")
        small = Note(("No second one was started.",))
    else:
        words = f"{what.capitalize()} of {where} started: job {number}."
        line = text("🕓 ", what.capitalize(), " of ", Bold(where), " started: job ", Bold(number), ".")
        small = Note((f"{kind(outcome.kind.type)} on {count(len(outcome.targets), 'device')}",))
    return Message(summary=words, parts=(line, small, Buttons((Button(f"Open job {number}", url=outcome.page),))))
