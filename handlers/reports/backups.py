"""The devices without a backup for some days, and those that were never backed up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bot.core.arguments import write_for_device
from bot.core.message import Button, Line, Mono
from bot.core.reports import Data, Section, Shown
from bot.core.text import ago, and_more, count, cut
from bot.report_reader import ReportReader

MOST, MOST_BUTTONS = 8, 3


def read(reader: ReportReader) -> dict[str, Any]:
    found = reader.without_backup(MOST)
    counts = found.counts
    devices = [
        {"device": one.id, "hostname": cut(one.hostname, 100), "at": one.since.isoformat() if one.since else None}
        for one in found.longest
    ]
    return {
        "number": counts.never + counts.old,
        "never": counts.never,
        "unread": counts.unread,
        "days": found.within // timedelta(days=1),
        "devices": devices,
    }


def lines(data: Data, shown: Shown) -> Iterator[Line]:
    if data["number"]:
        old = data["number"] - data["never"]
        yield (f"{old:,} without one for {count(data['days'], 'day')}, {data['never']:,} never backed up",)
    for one in data["devices"]:
        age = f"last {ago(shown.now, datetime.fromisoformat(one['at']))}" if one["at"] else "never"
        yield ("• ", Mono(one["hostname"]), f": {age}")
    if (more := data["number"] - len(data["devices"])) > 0:
        yield (and_more(more, "device"),)
    if data["unread"]:
        yield (f"Of {count(data['unread'], 'device')} it is not known yet: their configs are still to be read.",)


def buttons(data: Data) -> tuple[Button, ...]:
    first = data["devices"][:MOST_BUTTONS]
    return tuple(
        Button(cut(f"Back up {one['hostname']}", 60), command=write_for_device("backup", one["device"]))
        for one in first
    )


def sample(now: datetime) -> dict[str, Any]:
    devices = [
        {"device": 9, "hostname": "lsw-ams2-002", "at": None},
        {"device": 1, "hostname": "rtr-fra1-001", "at": (now - timedelta(days=4)).isoformat()},
    ]
    return {"number": 2, "never": 1, "unread": 0, "days": 2, "devices": devices}


SECTION = Section("backups", "Devices without a good backup", 20, read, lines, sample, buttons)
