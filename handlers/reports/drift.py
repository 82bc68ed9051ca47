"""The drift alerts that nobody has acknowledged, the oldest first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bot.core.arguments import write_for_alert
from bot.core.message import Button, Line, Mono
from bot.core.reports import Data, Section, Shown
from bot.core.text import ago, and_more, cut
from bot.report_reader import ReportReader
from handlers import _faults

MOST, MOST_BUTTONS = 8, 5


def read(reader: ReportReader) -> dict[str, Any]:
    found = reader.drift()
    taken = {fault.alert: fault for fault in reader.taken}
    alerts = [
        {
            "alert": alert.id,
            "hostname": cut(target.hostname, 100),
            "severity": cut(alert.severity, 40),
            "at": alert.detected_at.isoformat() if alert.detected_at else None,
            **_faults.taken(taken.get(alert.id)),
        }
        for alert, target in reversed(found.alerts)
    ]
    return {"number": len(alerts), "complete": found.complete, "alerts": alerts[:MOST]}


def lines(data: Data, shown: Shown) -> Iterator[Line]:
    for one in data["alerts"]:
        age = f", {ago(shown.now, datetime.fromisoformat(one['at']))}" if one["at"] else ""
        severity = f" ({one['severity']})" if one["severity"] else ""
        yield ("• ", Mono(one["hostname"]), f": drift alert #{one['alert']}{severity}{age}", *_faults.also(one))
    if (more := data["number"] - len(data["alerts"])) > 0:
        yield (and_more(more, "drift alert"),)
    if not data["complete"]:
        yield ("There may be more: WebNet lists too many to look at all of them now.",)


def buttons(data: Data) -> tuple[Button, ...]:
    first = data["alerts"][:MOST_BUTTONS]
    return tuple(Button(f"Acknowledge #{one['alert']}", command=write_for_alert("ack", one["alert"])) for one in first)


def sample(now: datetime) -> dict[str, Any]:
    at = (now - timedelta(days=2)).isoformat()
    alert = {"alert": 3, "hostname": "sw-fra1-005", "severity": "warning", "at": at}
    return {"number": 1, "complete": True, "alerts": [alert]}


SECTION = Section("drift", "Drift that nobody acknowledged", 40, read, lines, sample, buttons)
