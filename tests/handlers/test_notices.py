"""Each notice is held against its golden, as the Block Kit that Slack gets and as a line of a digest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.events import Event
from bot.core.message import Mention, Message, Span, line_text, plain
from bot.core.notice_kinds import COMPLIANCE, FLAGS
from bot.core.notices import Words
from bot.feeds import job_events
from bot.jobs.outcome import HostError, Outcome
from bot.slack.render import payload
from bot.webnet.models import Job
from handlers import notices
from lab.slack.limits import problems
from tests.golden import golden

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOSTILE = "<!channel> *x* `y` <https://evil.example|click> &amp; ~z~"
NOTICES = notices.discover()


def person(user: int | None, name: str) -> Span:
    return Mention("U0OSCAR", name) if user == 3 else name


WORDS = Words("/webnet", lambda job: f"https://webnet.example.net/jobs/{job}/", person)
JOB = Job.of(
    {
        "id": 170,
        "customer": 1,
        "type": "config_backup",
        "status": "failed",
        "user": 3,
        "requested_at": "2026-11-23T11:51:00Z",
        "started_at": "2026-11-23T11:52:00Z",
        "finished_at": "2026-11-23T11:52:47Z",
        "target_summary_json": {"filters": {"device_ids": [41]}},
    }
)
FAILED = Outcome("failed", (HostError("rtr-1", "Timed out"),), 1, at_least=False, words="failed: Timed out")
OSCAR = job_events.Requester(3, "oscar-operator")
NOBODY = job_events.Requester(None, "")


def job(
    outcome: Outcome, requester: job_events.Requester = OSCAR, devices: tuple[str, ...] = ("rtr-1",), **changes: Any
) -> Event:
    return job_events.event_of(replace(JOB, **changes), outcome, requester, devices, NOW)


def compliance(**values: object) -> Event:
    return Event("compliance:7", "compliance", COMPLIANCE.flag, 1, NOW, {"policy": "vty-ssh-only", **values})


def drift(**values: object) -> Event:
    sample = NOTICES["drift"].sample(NOW)
    return replace(sample, data={**sample.data, "alert": None, **values})


MANY = tuple(f"sw-{number}" for number in range(10))
SOME = tuple(HostError(host, "No route to host") for host in MANY)
EVENTS: dict[str, Event] = {
    "job-failed": job(FAILED),
    "job-done": job(
        Outcome("success", (), 1, at_least=False, words="reachable"), type="check_reachability", status="success"
    ),
    "job-partial": job(
        Outcome("partial", SOME, 40, at_least=True, words="success, but at least 10 of 40 devices reported errors"),
        devices=MANY,
        status="success",
        device_ids=frozenset(range(40)),
    ),
    "job-cancelled": job(Outcome("cancelled", (), None, at_least=False, words="cancelled"), NOBODY, (), started_at=None,
                         status="cancelled", device_ids=frozenset()),
    "job-empty": job(Outcome("unknown", (), None, at_least=False, words="ended without a status"), NOBODY, (), type="",
                     status="", started_at=None, finished_at=None, device_ids=frozenset(), user=None),
    "compliance-violated": compliance(
        change="violated", device=41, hostname="rtr-1", check=92, rules=["vty-transport", "ntp"], violations=9
    ),
    "compliance-kept": compliance(change="kept", device=41, hostname="rtr-1", check=None, rules=[], violations=0),
    "compliance-repeated": compliance(change="repeated", devices=12, check=92),
    "compliance-repeated-one": compliance(change="repeated", devices=1, check=None),
    "compliance-hostile": compliance(
        change="violated", policy=HOSTILE, device=41, hostname=HOSTILE, check=92, rules=[HOSTILE], violations=1
    ),
    "drift": drift(),
    "drift-alert": drift(alert={"id": 3, "severity": "critical", "open": True, "message": "36 lines changed"}),
    "drift-alert-closed": drift(alert={"id": 3, "severity": "", "open": False, "message": ""}),
    "drift-invisible": drift(added=0, removed=0, lines=[]),
    "drift-hostile": drift(
        hostname=HOSTILE, lines=[f"+ {HOSTILE}"], alert={"id": 3, "severity": HOSTILE, "open": True, "message": HOSTILE}
    ),
    "job-hostile": job(
        Outcome("failed", (HostError(HOSTILE, HOSTILE * 9),), 1, at_least=False, words=f"failed: {HOSTILE * 9}"),
        job_events.Requester(9, HOSTILE), (HOSTILE * 9,), type=HOSTILE * 20, status=HOSTILE * 20,
    ),
}  # fmt: skip


def view(event: Event) -> Message:
    return NOTICES[event.kind].view(event, WORDS)


@pytest.mark.parametrize("name", EVENTS)
def test_golden_of_a_notice(name: str) -> None:
    made = payload(view(EVENTS[name]))
    assert problems(made) == []
    golden(f"notices/{name}", made)


def test_golden_of_the_lines_of_a_digest() -> None:
    lines = {
        name: [NOTICES[event.kind].group(event), line_text(NOTICES[event.kind].line(event))]
        for name, event in EVENTS.items()
    }
    golden("notices/lines", lines)


@pytest.mark.parametrize("kind", [*NOTICES])
def test_a_sample_can_be_shown(kind: str) -> None:
    event = NOTICES[kind].sample(NOW)
    assert (event.kind, event.flag in FLAGS) == (kind, True)
    assert problems(payload(view(event))) == []
    assert plain(view(event))
    assert NOW - timedelta(days=1) < event.happened_at <= NOW


def test_every_kind_of_event_has_a_golden() -> None:
    assert {event.kind for event in EVENTS.values()} == {*NOTICES}
