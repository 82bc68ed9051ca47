"""What callers have open, as their home shows it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.compliance import OpenViolations
from bot.configs.open_alerts import OpenDrift
from bot.context import ChannelNotices
from bot.core.commands import Role
from bot.core.message import Message
from bot.core.notice_kinds import DRIFT, JOB_FAILURE
from bot.jobs.access import Own
from bot.webnet.models import Alert, Job
from bot.webnet.target import Target
from handlers import home
from store.compliance import Violation
from tests.handlers.requests import kept

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOSTILE = "<!channel> *x* `y` <https://evil.example|click> &amp; ~z~"


def job(number: int, status: str, devices: int = 1) -> Job:
    started = NOW if status == "running" else None
    return Job(number, 1, "config_backup", status, 3, NOW, started, None, frozenset(range(41, 41 + devices)))


def alert(number: int, hostname: str = "rtr-fra1-001") -> tuple[Alert, Target]:
    at = NOW - timedelta(minutes=number)
    return Alert(number, number, hostname, "warning", "open", "", at, ""), Target(41, hostname, "10.10.0.1")


def shown(**changes: object) -> Message:
    nothing: dict[str, object] = {
        "username": "vera-viewer",
        "role": Role.viewer,
        "customer": "Acme",
        "commands": ("diff", "jobs", "help"),
        "jobs": Own((), 0, {}, {}),
        "pages": {},
        "to_decide": (),
        "own": (),
        "drift": OpenDrift((), complete=True),
        "violations": OpenViolations(0, 0, ()),
        "channels": (),
    }
    return home.view(home.Home(**{**nothing, **changes}))  # type: ignore[arg-type]


JOBS = Own(
    (job(172, "queued"), job(171, "running", 3)),
    4,
    {172: ("rtr-fra1-001",), 171: ("rtr-fra1-001", "rtr-fra1-002")},
    {172: "lost"},
)
VIEWS: dict[str, Message] = {
    "home": shown(
        username="alice-admin",
        role=Role.admin,
        commands=("ack", "backup", "cancel", "jobs", "help"),
        jobs=JOBS,
        pages={number: f"https://webnet.example.net/jobs/{number}/" for number in (171, 172)},
        to_decide=tuple(kept(id=17 + number) for number in range(6)),
        own=(kept(id=30),),
        drift=OpenDrift(tuple(map(alert, range(1, 8))), complete=False),
        violations=OpenViolations(1_200, 600, ((Violation(1, 41, "rtr-fra1-001", NOW), "Telnet is off"),)),
        channels=(
            ChannelNotices("C0NOC", "noc", (JOB_FAILURE, DRIFT)),
            ChannelNotices("not an id", "old", (), rules=2),
        ),
    ),
    "home-empty": shown(),
    "home-hostile": shown(
        username=HOSTILE,
        customer=HOSTILE,
        drift=OpenDrift((alert(1, HOSTILE),), complete=True),
        violations=OpenViolations(1, 1, ((Violation(1, 41, HOSTILE, NOW), HOSTILE),)),
        channels=(ChannelNotices(HOSTILE, HOSTILE, (DRIFT,)),),
    ),
    "home-webnet-away": shown(drift=None),
}
