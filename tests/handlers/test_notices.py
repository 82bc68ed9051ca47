"""Each notice is held against its golden, as the Block Kit that Slack gets and as a line of a digest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.events import Event
from bot.core.message import Mention, Message, Span, line_text
from bot.core.notice_kinds import COMPLIANCE, FLAGS, JOB_FAILURE
from bot.core.notices import Words
from bot.core.plain_text import plain
from bot.delivery.digest import MANY as MANY_LINES
from bot.delivery.digest import Entry, page
from bot.feeds import job_events
from bot.jobs.outcome import HostError, Outcome
from bot.slack.newest_blocks import IN_MESSAGES
from bot.slack.render import payload
from bot.webnet.models import Job
from handlers import notices
from lab.slack.limits import problems
from store.marks import Mark
from tests.golden import DOUBLED, golden
from tests.handlers.reports import REPORTS

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
FAILED = Outcome("failed", "failed: Timed out", (HostError("rtr-1", "Timed out"),), 1, failures=1)
OSCAR = job_events.Requester(3, "oscar-operator")
NOBODY = job_events.Requester(None, "")


def job(
    outcome: Outcome, requester: job_events.Requester = OSCAR, devices: tuple[str, ...] = ("rtr-1",), **changes: Any
) -> Event:
    return job_events.event_of(replace(JOB, **changes), outcome, requester, devices, NOW)


def compliance(**values: object) -> Event:
    return Event("compliance:7", "compliance", COMPLIANCE.flag, 1, NOW, {"policy": "vty-ssh-only", **values})


def commit(**values: object) -> Event:
    sample = NOTICES["commit"].sample(NOW)
    return replace(sample, data={**sample.data, **values})


def drift(**values: object) -> Event:
    sample = NOTICES["drift"].sample(NOW)
    return replace(sample, data={**sample.data, "alert": None, **values})


MANY = tuple(f"sw-{number}" for number in range(10))
CANCELLED = "cancelled in WebNet; a worker may still run it"
SOME = tuple(HostError(host, "No route to host") for host in MANY)
EVENTS: dict[str, Event] = {
    "job-failed": job(FAILED),
    "job-stopped": job(replace(FAILED, words="failed: Authentication to device failed.")),
    "job-done": job(
        Outcome("success", "reachable", total=1, answered=1), type="check_reachability", status="success"
    ),
    "job-partial": job(
        Outcome(
            "partial", "success, but at least 10 of 40 devices reported errors", SOME, 40, at_least=True, failures=10
        ),
        devices=MANY,
        status="success",
        device_ids=frozenset(range(40)),
    ),
    "job-cancelled": job(Outcome("cancelled", CANCELLED), NOBODY, (), started_at=None,
                         status="cancelled", device_ids=frozenset()),
    "job-everywhere": job(
        Outcome(
            "partial", "🚨 COMMIT WITHOUT DEVICES: every enabled device of Acme: 444 in the log, 2 failed (2 no route)",
            SOME[:2], answered=442, failures=2, everywhere=True,
        ),
        devices=(), type="config_deploy_commit", status="success", device_ids=frozenset(),
    ),
    "job-empty": job(Outcome("unknown", "ended without a status"), NOBODY, (), type="",
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
    "commit": commit(),
    "commit-everywhere": commit(name=HOSTILE, devices=[], total=0),
    "commit-many": commit(user=3, devices=[f"rtr-{number}" for number in range(10)], total=12),
    "drift": drift(),
    "drift-long": drift(added=9, removed=9, lines=[f"{sign}  mtu {n}" for n in range(9) for sign in "-+"]),
    "drift-alert": drift(alert={"id": 3, "severity": "critical", "open": True, "message": "36 lines changed"}),
    "reminder": Event("reminder:7", "reminder", JOB_FAILURE.flag, 1, NOW, {"notice": "job:170:ended", "group": HOSTILE, "line": HOSTILE}),
    "feed": Event("feed:jobs:1:x", "feed", JOB_FAILURE.flag, 1, NOW, {"feed": "jobs", "why": HOSTILE}),
    "feed-ended": Event("feed:jobs:1:x:ended", "feed", JOB_FAILURE.flag, 1, NOW, {"feed": "jobs"}),
    "resolved": Event("drift:alert:3:resolved", "resolved", JOB_FAILURE.flag, 1, NOW, {"device": 1, "hostname": HOSTILE, "alert": {"id": 3, "open": False}}),
    "drift-alert-closed": drift(alert={"id": 3, "severity": "", "open": False, "message": ""}),
    "drift-invisible": drift(added=0, removed=0, lines=[]),
    "drift-hostile": drift(
        hostname=HOSTILE, lines=[f"+ {HOSTILE}"], alert={"id": 3, "severity": HOSTILE, "open": True, "message": HOSTILE}
    ),
    "job-hostile": job(
        Outcome("failed", f"failed: {HOSTILE * 9}", (HostError(HOSTILE, HOSTILE * 9),), 1, failures=1),
        job_events.Requester(9, HOSTILE), (HOSTILE * 9,), type=HOSTILE * 20, status=HOSTILE * 20,
    ),
    **{name: Event(f"report:{name}", "report", JOB_FAILURE.flag, 1, NOW, data) for name, data in REPORTS.items()},
}  # fmt: skip


def test_a_report_that_waited_to_be_sent_says_that_it_is_late() -> None:
    said = [
        str(NOTICES["report"].view(EVENTS["report-nothing"], replace(WORDS, now=NOW + timedelta(minutes=minutes))))
        for minutes in (1, 11)
    ]
    assert ["it was due" in each for each in said] == [False, True]


def test_a_notice_of_a_commit_that_waited_for_long_does_not_say_that_it_goes_on() -> None:
    said = [
        plain(NOTICES["commit"].view(EVENTS["commit"], replace(WORDS, now=NOW + timedelta(minutes=minutes))))
        for minutes in (1, 11)
    ]
    assert ["is being committed" in each for each in said] == [True, False]
    assert all("2026-11-23 12:00 UTC" in each for each in said)


MARKED = {
    "taken": [Mark(kind="taken", at=NOW, by=3, name="oscar-operator")],
    "taken-elsewhere": [Mark(kind="taken", at=NOW, by=9, name="zoe-of-elsewhere")],
    "snoozed": [Mark(kind="snoozed", at=NOW, by=3, name="oscar-operator", until=NOW)],
    "done": [Mark(kind="taken", at=NOW, by=3), Mark(kind="done", at=NOW, by=3, name="oscar-operator", word=HOSTILE)],
    "ended": [Mark(kind="taken", at=NOW, by=3), Mark(kind="ended", at=NOW)],
}


@pytest.mark.parametrize("name", MARKED)
def test_golden_of_a_notice_with_marks(name: str) -> None:
    event = EVENTS["drift-alert"]
    made = payload(NOTICES[event.kind].view(event, WORDS.marked(MARKED[name])))
    assert problems(made) == []
    assert "zoe" not in str(made)
    golden(f"notices/marked-{name}", made)


def view(event: Event) -> Message:
    return NOTICES[event.kind].view(event, WORDS)


@pytest.mark.parametrize("name", EVENTS)
def test_golden_of_a_notice(name: str) -> None:
    made = payload(view(EVENTS[name]))
    assert problems(made) == []
    assert DOUBLED.findall(plain(view(EVENTS[name]))) == []
    golden(f"notices/{name}", made)


def test_golden_of_notices_with_the_newest_blocks() -> None:
    shown = {name: payload(view(event), IN_MESSAGES) for name, event in EVENTS.items()}
    assert [name for name in shown if problems(shown[name])] == []
    golden("newest/notices", {n: made for n, made in shown.items() if made != payload(view(EVENTS[n]))})


def test_golden_of_the_lines_of_a_digest() -> None:
    lines = {
        name: [NOTICES[event.kind].group(event), line_text(NOTICES[event.kind].line(event))]
        for name, event in EVENTS.items()
    }
    assert [line for _, line in lines.values() if DOUBLED.search(f"{line}, just now")] == []
    golden("notices/lines", lines)


NAMED = {"job-failed": ["#170", "rtr-1"], "job-partial": ["#170"], "compliance-violated": ["rtr-1", "vty-ssh-only"], "commit": ["#164"],
         "compliance-repeated": ["vty-ssh-only"], "drift": ["rtr-fra1-001", "+1 −1"], "resolved": ["#3"],
         "drift-alert": ["#3", "critical", "rtr-fra1-001", "+1 −1"], "drift-alert-closed": ["#3", "rtr-fra1-001"]}  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_a_digest_of_many_lines_cuts_no_line_before_it_has_said_what_it_is_about(name: str) -> None:
    event = EVENTS[name]
    notice = NOTICES[event.kind]
    entries = [Entry((each,), event.flag, notice.group(event), notice.line(event)) for each in range(MANY_LINES)]
    message = page(entries, lambda _: True).message
    shown = [line for line in plain(message, 100_000).splitlines() if line.startswith("•")]
    assert len(shown) == MANY_LINES
    assert [what for what in NAMED[name] if what not in shown[-1]] == []


@pytest.mark.parametrize("kind", [*NOTICES])
def test_a_sample_can_be_shown(kind: str) -> None:
    event = NOTICES[kind].sample(NOW)
    assert (event.kind, event.flag in FLAGS) == (kind, True)
    assert problems(payload(view(event))) == []
    assert plain(view(event))
    assert NOW - timedelta(days=1) < event.happened_at <= NOW


def test_every_kind_of_event_has_a_golden() -> None:
    assert {event.kind for event in EVENTS.values()} == {*NOTICES}
