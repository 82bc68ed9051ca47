"""Reports as they may stand in the outbox, and as the command shows them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from bot.core.message import Message
from bot.core.report_times import ReportTime
from handlers import _faults, _report, report
from tests.handlers.faults import FAULT

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOSTILE = "<!channel> *x* `y` <https://evil.example|click> &amp; ~z~"
NOTHING: dict[str, dict[str, Any]] = {
    "jobs": {"number": 0, "still": 0, "lately": [], "before": []},
    "backups": {"number": 0, "never": 0, "unread": 0, "days": 2, "devices": []},
    "unreachable": {"number": 0, "devices": []},
    "drift": {"number": 0, "complete": True, "alerts": []},
    "compliance": {"number": 0, "devices": 0, "newest": []},
    "changes": {"number": 0, "devices": 0, "newest": []},
    "handled": {"number": 0, "taken": 0, "faults": [], "snoozed": 0, "snoozes": []},
    "today": {"number": 0, "waiting": 0, "requests": [], "ending": 0, "snoozes": [], "parked": 0, "feeds": {}},
    "schedules": {"number": 0, "complete": True, "schedules": []},
}
TREND = [None, 1, 0, 2, 4, 3, 5, 8, 2, 2, 1, 0, None, 4]


def data(sections: dict[str, Any], **changes: object) -> dict[str, Any]:
    made = {
        "customer": "Acme",
        "made_at": NOW.isoformat(),
        "due_at": NOW.isoformat(),
        "since": (NOW - timedelta(days=1)).isoformat(),
        "late": False,
        "skipped": [],
        "sections": sections,
        "trends": {},
    }
    return {**made, **changes}


SAMPLES = {section.name: section.sample(NOW) for section in _report.SECTIONS}
SAMPLES["jobs"]["lately"][0] |= _faults.taken(FAULT)


def many(found: Any) -> Any:
    """Makes a sample as long as a section may be: every list with eight entries of which there are more, and names as long."""
    if isinstance(found, dict):
        return {
            name: 12_345 if name in ("number", "still", "waiting", "ending", "taken", "snoozed") else many(each)
            for name, each in found.items()
        }
    if isinstance(found, list):
        return [many(found[0])] * 8 if found and isinstance(found[0], dict) else found
    return found


def hostile(found: Any) -> Any:
    """Makes a sample whose every text from outside is hostile."""
    if isinstance(found, dict):
        return {
            name: each if name in ("at", "until", "due", "last", "on_it_since") else hostile(each)
            for name, each in found.items()
        }
    if isinstance(found, list):
        return [hostile(each) for each in found]
    return HOSTILE if isinstance(found, str) else found


REPORTS: dict[str, dict[str, Any]] = {
    "report": data(SAMPLES, trends={"jobs": TREND, "compliance": TREND}),
    "report-nothing": data(NOTHING),
    "report-late": data(NOTHING, late=True, skipped=["2026-11-21", "2026-11-22"]),
    "report-skipped": data({}, skipped=["2026-11-23"]),
    "report-unknown": data({name: {"error": "WebNet does not answer."} for name in NOTHING}),
    "report-many": data(many(SAMPLES), trends=dict.fromkeys(NOTHING, TREND)),
    "report-odd": data(
        NOTHING
        | {
            "drift": {**NOTHING["drift"], "complete": False},
            "schedules": {**NOTHING["schedules"], "complete": False},
            "today": {**NOTHING["today"], "number": 3, "parked": 2, "feeds": {"jobs": None}},
            "backups": {**NOTHING["backups"], "unread": 7},
        }
    ),
    "report-hostile": data(hostile(SAMPLES), customer=HOSTILE),
}


def shown(**changes: object) -> Message:
    asked = report.Shown(REPORTS["report"], lambda job: f"https://webnet.example.net/jobs/{job}/", None, "/webnet")
    return report.view(replace(asked, **changes))  # type: ignore[arg-type]


TIME = ReportTime(time(7, 30), "Europe/Berlin")
VIEWS: dict[str, Message] = {
    "report": shown(),
    "report-next": shown(data=REPORTS["report-nothing"], next=NOW + timedelta(hours=19)),
    "report-set": report.view(report.Changed(TIME, NOW + timedelta(hours=19))),
    "report-off": report.view(report.Changed(None, None)),
    "report-off-before": report.view(report.Changed(None, None, before=False)),
}
