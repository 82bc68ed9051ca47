"""Shows that a feed has failed for long, so that silence means nothing, and that it is read again."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.core.events import Event
from bot.core.message import Bold, Line, Message, When, line_text, text
from bot.core.notice_kinds import JOB_FAILURE
from bot.core.notices import Notice, Words


def view(event: Event, _: Words) -> Message:
    said: Line = ("✅ ", *line(event), ".")
    if not _has_ended(event):
        why = event.data["why"] or "The bot's log says why."
        said = ("⚠️ ", *line(event), f". {why} What happens meanwhile comes once it is read again.")
    return Message(line_text(said), parts=(text(*said),))


def line(event: Event) -> Line:
    feed = Bold(f"The feed of {event.data['feed']}")
    return (feed, " is read again") if _has_ended(event) else (feed, " has failed since ", When(event.happened_at))


def group(event: Event) -> str:
    return "Feed is read again" if _has_ended(event) else "Feed fails"


def _has_ended(event: Event) -> bool:
    return "why" not in event.data


def sample(now: datetime) -> Event:
    values = {"feed": "jobs", "why": "WebNet does not answer."}
    return Event("sample:feed", "feed", JOB_FAILURE.flag, 0, now - timedelta(minutes=10), values)


NOTICE = Notice("feed", view, line, group, sample)
