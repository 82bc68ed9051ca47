"""The configs that changed since the last report, with how many lines, and by whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bot.core.message import Line, Link, Mono
from bot.core.reports import Data, Section, Shown
from bot.core.text import ago, and_more, count, cut
from bot.report_reader import Changed, ReportReader

MOST = 8


def read(reader: ReportReader) -> dict[str, Any]:
    found = reader.changes(MOST)
    return {"number": found.number, "devices": found.devices, "newest": [_change(one) for one in found.newest]}


def _change(one: Changed) -> dict[str, Any]:
    change = one.change
    return {
        "hostname": cut(one.hostname, 100),
        "added": change.added,
        "removed": change.removed,
        "at": change.changed_at.isoformat(),
        "deploy": change.deploy,
        "approver": cut(change.approver, 100),
        "job": one.job,
        "by": cut(one.by, 100),
    }


def lines(data: Data, shown: Shown) -> Iterator[Line]:
    if data["number"] > 1:
        yield (f"{count(data['number'], 'change')} on {count(data['devices'], 'device')}",)
    for one in data["newest"]:
        age = ago(shown.now, datetime.fromisoformat(one["at"]))
        yield (
            "• ",
            Mono(one["hostname"]),
            f": +{one['added']:,} −{one['removed']:,} lines, seen {age}",
            *_by(one, shown),
        )
    if (more := data["number"] - len(data["newest"])) > 0:
        yield (and_more(more, "change"),)


def _by(one: Data, shown: Shown) -> Line:
    if one["deploy"]:
        return (
            f", by deploy #{one['deploy']} of the bot" + (f", approved by {one['approver']}" * bool(one["approver"])),
        )
    if one["job"]:
        by = f", by {one['by']}" if one["by"] else ", by nobody known"
        return (f"{by}: commit ", Link(f"#{one['job']}", shown.job_page(one["job"])))
    return (", with no commit in WebNet behind it",)


def sample(now: datetime) -> dict[str, Any]:
    at = (now - timedelta(hours=3)).isoformat()
    change = {"hostname": "rtr-fra1-001", "added": 12, "removed": 3, "at": at, "deploy": None, "approver": ""}
    return {"number": 1, "devices": 1, "newest": [{**change, "job": 44, "by": "oscar-operator"}]}


SECTION = Section("changes", "Changed configs", 60, read, lines, sample)
