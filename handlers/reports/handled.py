"""What somebody is on already, and what is snoozed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bot.core.message import Line, Mono, When, line_text
from bot.core.reports import Data, Section, Shown
from bot.core.text import and_more, cut
from bot.report_reader import ReportReader
from handlers import _faults

MOST = 5
LONGEST = 140  # characters of what is said about one fault


def read(reader: ReportReader) -> dict[str, Any]:
    taken, snoozes = reader.taken, reader.snoozes
    return {
        "number": len(taken) + len(snoozes),
        "taken": len(taken),
        "faults": [
            {"what": cut(line_text(_faults.headline(fault)), LONGEST), **_faults.taken(fault)} for fault in taken[:MOST]
        ],
        "snoozed": len(snoozes),
        "snoozes": [
            {
                "name": cut(one.name, 100),
                "everywhere": one.channel is None,
                "by": cut(one.by, 100),
                "reason": cut(one.reason, 100),
                "until": one.until.isoformat(),
                "until_resolved": one.until_resolved,
            }
            for one in snoozes[:MOST]
        ],
    }


def lines(data: Data, _: Shown) -> Iterator[Line]:
    for one in data["faults"]:
        yield (f"• {one['what']}", *_faults.also(one))
    if (more := data["taken"] - len(data["faults"])) > 0:
        yield (and_more(more, "fault"),)
    for one in data["snoozes"]:
        where = "in every channel" if one["everywhere"] else "in one channel"
        until = "until all is resolved, at the latest " if one["until_resolved"] else "until "
        said = f" is snoozed {where} {until}"
        reason = f" by {one['by']}: {one['reason']}"
        yield ("• ", Mono(one["name"]), said, When(datetime.fromisoformat(one["until"])), reason)
    if (more := data["snoozed"] - len(data["snoozes"])) > 0:
        yield (and_more(more, "snooze"),)


def sample(now: datetime) -> dict[str, Any]:
    since, until = (now - timedelta(hours=1)).isoformat(), (now + timedelta(days=2)).isoformat()
    fault = {"what": "Job #170: backup failed on rtr-fra1-001", "on_it": "oscar-operator", "on_it_since": since}
    snooze = {"name": "sw-fra1-005", "everywhere": False, "by": "bob-both", "reason": "the line card is replaced"}
    snoozes = [{**snooze, "until": until, "until_resolved": False}]
    return {"number": 2, "taken": 1, "faults": [fault], "snoozed": 1, "snoozes": snoozes}


SECTION = Section("handled", "Taken or snoozed", 65, read, lines, sample, of_workspace=True)
