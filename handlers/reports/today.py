"""What ends today, and what keeps notices from arriving: approvals, snoozes, parked notices and feeds that are late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bot.core.message import Button, Line, Mono, When
from bot.core.reports import Data, Section, Shown
from bot.core.text import ago, and_more, count, cut
from bot.report_reader import ReportReader

MOST = 5


def read(reader: ReportReader) -> dict[str, Any]:
    found = reader.ending()
    requests = [
        {
            "request": one.number,
            "what": cut(one.payload.what, 60),
            "devices": len(one.payload.devices),
            "by": cut(one.payload.username, 100),
            "until": one.row.expires_at.isoformat(),
        }
        for one in found.requests[:MOST]
    ]
    snoozes = [
        {"name": cut(one.name, 100), "by": cut(one.by, 100), "until": one.until.isoformat()}
        for one in found.snoozes[:MOST]
    ]
    feeds = {name: at.isoformat() if at else None for name, at in found.feeds.items()}
    return {
        "number": len(found.requests) + len(found.snoozes) + found.parked + len(feeds),
        "waiting": len(found.requests),
        "requests": requests,
        "ending": len(found.snoozes),
        "snoozes": snoozes,
        "parked": found.parked,
        "feeds": feeds,
    }


def lines(data: Data, shown: Shown) -> Iterator[Line]:
    for one in data["requests"]:
        where = f" of {count(one['devices'], 'device')}" if one["devices"] else ""
        until = When(datetime.fromisoformat(one["until"]))
        yield (f"• Request #{one['request']}: {one['what']}{where}, asked for by {one['by']}, expires ", until)
    if (more := data["waiting"] - len(data["requests"])) > 0:
        yield (and_more(more, "request"),)
    for one in data["snoozes"]:
        until = When(datetime.fromisoformat(one["until"]))
        yield ("• ", Mono(one["name"]), f" is snoozed by {one['by']} until ", until)
    if (more := data["ending"] - len(data["snoozes"])) > 0:
        yield (and_more(more, "snooze"),)
    if data["parked"]:
        verb = "is" if data["parked"] == 1 else "are"
        yield (
            f"• {count(data['parked'], 'notice')} to this workspace {verb} parked: `webnet-bot notify list` says why.",
        )
    for name, at in data["feeds"].items():
        read_at = f"last read {ago(shown.now, datetime.fromisoformat(at))}" if at else "never read"
        yield (f"• The feed of {name} is late: {read_at}. Notices may be missing.",)


def buttons(data: Data) -> tuple[Button, ...]:
    return (Button("Show what waits for approval", command="approvals"),) if data["waiting"] else ()


def sample(now: datetime) -> dict[str, Any]:
    until = (now + timedelta(hours=1)).isoformat()
    request = {"request": 17, "what": "backup", "devices": 6, "by": "oscar-operator", "until": until}
    snooze = {"name": "rtr-fra1-001", "by": "bob-both", "until": until}
    requests, snoozes = {"waiting": 1, "requests": [request]}, {"ending": 1, "snoozes": [snooze]}
    return {"number": 2, **requests, **snoozes, "parked": 0, "feeds": {}}


SECTION = Section("today", "Ends today, or is stuck", 70, read, lines, sample, buttons, of_workspace=True)
