"""Reminds of a fault that nobody is on, in the thread of its notice."""

from __future__ import annotations

from datetime import datetime

from bot.core.events import Event
from bot.core.message import Bold, Buttons, Line, Message, line_text, text
from bot.core.notice_kinds import JOB_FAILURE
from bot.core.notices import Notice, Words
from handlers import _faults


def view(event: Event, _: Words) -> Message:
    said: Line = ("⏰ Nobody is on this yet. ", *line(event))
    buttons = Buttons(tuple(_faults.open_buttons(event.data["notice"])))
    return Message(line_text(said), parts=(text(*said), buttons))


def line(event: Event) -> Line:
    return (Bold(event.data["group"]), ": ", event.data["line"])


def group(_: Event) -> str:
    return "Nobody is on this yet"


def sample(now: datetime) -> Event:
    values = {"notice": "job:163:ended", "group": "Config backup failed", "line": "#163 rtr-fra1-001: failed"}
    return Event("sample:reminder", "reminder", JOB_FAILURE.flag, 0, now, values)


NOTICE = Notice("reminder", view, line, group, sample)
