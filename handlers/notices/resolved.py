"""Shows that a drift alert was resolved."""

from __future__ import annotations

from datetime import datetime

from bot.core.events import Event
from bot.core.message import Bold, Line, Message, Mono, Note, When, line_text, text
from bot.core.notice_kinds import DRIFT
from bot.core.notices import Notice, Words


def view(event: Event, _: Words) -> Message:
    sentence = line(event)
    return Message(line_text(sentence), parts=(text("✅ ", *sentence), Note(("Seen ", When(event.happened_at)))))


def line(event: Event) -> Line:
    return (Bold(f"Drift alert #{event.data['alert']['id']}"), " on ", Mono(event.data["hostname"]), " is resolved")


def group(_: Event) -> str:
    return "Drift alert resolved"


def sample(now: datetime) -> Event:
    values = {"device": 1, "hostname": "rtr-fra1-001", "alert": {"id": 3, "open": False}}
    return Event("sample:resolved", "resolved", DRIFT.flag, 0, now, values)


NOTICE = Notice("resolved", view, line, group, sample)
