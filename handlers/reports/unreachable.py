"""The devices that do not answer, and how old that knowledge is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bot.core.message import Line, Link, Mono
from bot.core.reports import Data, Section, Shown
from bot.core.text import ago, and_more, cut
from bot.report_reader import ReportReader

MOST = 8


def read(reader: ReportReader) -> dict[str, Any]:
    found = reader.unreachable()
    devices = [
        {
            "hostname": cut(one.hostname, 100),
            "at": one.checked_at.isoformat() if one.checked_at else None,
            "job": one.job,
        }
        for one in found[:MOST]
    ]
    return {"number": len(found), "devices": devices}


def lines(data: Data, shown: Shown) -> Iterator[Line]:
    for one in data["devices"]:
        age = ago(shown.now, datetime.fromisoformat(one["at"])) if one["at"] else "it is not known when"
        if one["job"]:
            by: Line = ("found by ping ", Link(f"#{one['job']}", shown.job_page(one["job"])))
        else:
            by = ("as WebNet has it, checked" if one["at"] else "as WebNet has it",)
        yield ("• ", Mono(one["hostname"]), ": ", *by, f" {age}" if one["at"] else f"; {age}")
    if (more := data["number"] - len(data["devices"])) > 0:
        yield (and_more(more, "device"),)


def sample(now: datetime) -> dict[str, Any]:
    at = (now - timedelta(hours=5)).isoformat()
    return {"number": 1, "devices": [{"hostname": "edge-nyc1-003", "at": at, "job": 168}]}


SECTION = Section("unreachable", "Unreachable devices", 30, read, lines, sample)
