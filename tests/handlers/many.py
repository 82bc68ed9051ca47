"""Views of jobs on many devices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.core.detail_pages import page_of
from bot.core.message import Card, Message
from bot.devices.selection import LeftOut
from bot.jobs.card_state import CardState
from bot.jobs.logs import JobLog
from bot.jobs.outcome import HostError, Outcome
from bot.jobs.starter import Started
from bot.webnet.job_kinds import BACKUP
from bot.webnet.models import Job, LogLine
from bot.webnet.target import Target
from handlers import _many, _views, logs

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PAGE = "https://webnet.example.net/jobs/170/"
NAMES = tuple(f"rtr-fra1-{number:03}" for number in range(1, 41))
LEFT_OUT = tuple(LeftOut(name, "is disabled in WebNet") for name in NAMES[33:])
JOB = Job(170, 1, "config_backup", "success", 9, NOW, NOW, NOW + timedelta(seconds=90), frozenset(range(1, 34)))
REFUSED = "Authentication to device failed."
FAILED = tuple(HostError(name, REFUSED) for name in NAMES[:2])
OUTCOME = Outcome(
    "partial", "success, but 2 of 33 devices reported errors", FAILED, 33, answered=30, failures=2, skipped=1
)
CARD = Card(170, "backup", "33 devices", tuple(each.words for each in LEFT_OUT))


def listed(page: int) -> Message:
    said = [("ERROR", name, REFUSED) for name in NAMES[:2]] + [
        ("INFO", name, "Backed up config") for name in NAMES[2:32]
    ]
    log = JobLog(tuple(LogLine(number, NOW, *each) for number, each in enumerate(said)), full=False)
    members = _many.Members(NAMES[:33], CARD.left_out)
    return page_of(logs.view(logs.Logs(JOB, log, OUTCOME, PAGE, members)), page, "logs 170 by:device")


TARGETS = tuple(Target(number, name, f"10.10.0.{number}") for number, name in enumerate(NAMES[:33], 1))
VIEWS: dict[str, Message] = {
    "many-started": _views.started(Started(170, BACKUP, TARGETS, PAGE, left_out=LEFT_OUT)),
    "many-card-partial": _views.card(CardState(CARD, PAGE, JOB, OUTCOME, over=True)),
    "many-devices": listed(1),
    "many-devices-last-page": listed(2),
}
