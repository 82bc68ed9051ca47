"""The schedules of WebNet that should have run by now and did not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bot.core.message import Bold, Line, When
from bot.core.reports import Data, Section, Shown
from bot.core.text import ago, and_more, cut
from bot.report_reader import ReportReader

MOST = 5


def read(reader: ReportReader) -> dict[str, Any]:
    found = reader.overdue()
    if not found.known:
        return {"error": "WebNet does not say when its schedules run next."}
    schedules = [
        {
            "name": cut(one.name or f"schedule {one.id}", 100),
            "kind": cut(one.job_type.replace("_", " ") or "job", 60),
            "due": one.next_run.isoformat() if one.next_run else None,
            "last": one.last_run.isoformat() if one.last_run else None,
        }
        for one in found.schedules[:MOST]
    ]
    return {"number": len(found.schedules), "complete": found.complete, "schedules": schedules}


def lines(data: Data, shown: Shown) -> Iterator[Line]:
    for one in data["schedules"]:
        due: Line = ("was due ", When(datetime.fromisoformat(one["due"]))) if one["due"] else ("is overdue",)
        last = f"last ran {ago(shown.now, datetime.fromisoformat(one['last']))}" if one["last"] else "never ran"
        yield ("• ", Bold(one["name"]), f" ({one['kind']}) ", *due, f"; {last}")
    if (more := data["number"] - len(data["schedules"])) > 0:
        yield (and_more(more, "schedule"),)
    if not data["complete"]:
        yield ("WebNet has more schedules than were looked at.",)


def sample(now: datetime) -> dict[str, Any]:
    due, last = (now - timedelta(hours=5)).isoformat(), (now - timedelta(days=1, hours=5)).isoformat()
    schedule = {"name": "nightly-backup", "kind": "config backup", "due": due, "last": last}
    return {"number": 1, "complete": True, "schedules": [schedule]}


SECTION = Section("schedules", "Schedules that did not run", 80, read, lines, sample)
