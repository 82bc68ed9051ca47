"""Shows the report of a channel."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.core.events import Event
from bot.core.message import Line, Message
from bot.core.notice_kinds import JOB_FAILURE
from bot.core.notices import Notice, Words
from bot.core.report_times import LATE
from bot.core.text import phrase
from handlers import _report


def view(event: Event, words: Words) -> Message:
    """One that waited to be sent is late as well."""
    late = event.data["late"] or words.waited(event, LATE)
    return _report.view({**event.data, "late": late}, words.job_page)


def line(event: Event) -> Line:
    return (_report.summary(event.data) if event.data["sections"] else phrase(_report.skipped(event.data)),)


def group(_: Event) -> str:
    return "Report"


def sample(now: datetime) -> Event:
    values = {
        "customer": "Acme",
        "made_at": now.isoformat(),
        "due_at": now.isoformat(),
        "since": (now - timedelta(days=1)).isoformat(),
        "late": False,
        "skipped": [],
        "sections": {section.name: section.sample(now) for section in _report.SECTIONS},
        "trends": {},
    }
    return Event("sample:report", "report", JOB_FAILURE.flag, 0, now, values)


NOTICE = Notice("report", view, line, group, sample, alone=True)
