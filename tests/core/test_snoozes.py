"""When a snooze ends, what it holds, and what ends it early."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.core.errors import UsageError
from bot.core.events import DeviceFacts, Event, Facts
from bot.core.snoozes import Subject, devices_of, ending, holding, look, open_faults, word_for

NOW = datetime(2026, 11, 30, 2, 15, tzinfo=UTC)  # 03:15 in Berlin
BERLIN, GREENWICH = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
FORWARD, BACK = datetime(2027, 3, 28, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 0, 10, tzinfo=UTC)


@dataclass(frozen=True)
class Snooze:
    kind: str
    subject: int
    until: datetime = NOW + timedelta(hours=1)
    until_resolved: bool = False
    rank: int = 0
    faults: frozenset[str] = frozenset()


def event(key: str = "event:1", kind: str = "job", data: dict[str, Any] | None = None, **facts: Any) -> Event:
    return Event(key, kind, "flag", 1, NOW, data or {}, facts=Facts(kind=kind, **facts))


def on(*devices: int, **facts: Any) -> Event:
    known = tuple(DeviceFacts(each, f"rtr{each}") for each in devices)
    return event(data={"total": len(devices)}, devices=known, **facts)


def failed(*hosts: str, of: int = 3, number: int | None = None) -> Event:
    """A job on devices 1 to `of` that failed on these hosts."""
    ids = [int(host[3:]) for host in hosts if host[3:].isdecimal()]
    well = [] if number else [each for each in range(1, of + 1) if each not in ids]
    found = on(
        *range(1, of + 1),
        outcome="partial",
        job_type="config_backup",
        opens=tuple(f"backup:{each}" for each in ids),
        ends=tuple(f"backup:{each}" for each in well),
    )
    errors = [[host, "timed out"] for host in hosts]
    return replace(found, data={**found.data, "errors": errors, "failed": number or len(hosts), "at_least": False})


DRIFT = event(
    "drift:17:5", "drift", {"alert": {"id": 5}}, severity="warning", opens=("drift:alert:5",),
    devices=(DeviceFacts(17, "rtr17"),),
)  # fmt: skip
VIOLATED = event("compliance:8", "compliance", opens=("compliance:3:17",), devices=(DeviceFacts(17, "rtr17"),))
REPEATED = event("compliance:repeated:3:92:8", "compliance", {"devices": 4})
BACKUP = on(17, outcome="failed", opens=("backup:17",))
WELL = replace(BACKUP, facts=replace(BACKUP.facts, opens=(), ends=("backup:17",), outcome="success"))


@pytest.mark.parametrize(
    ("span", "now", "zone", "until"),
    [
        ("1h", NOW, GREENWICH, NOW + timedelta(hours=1)),
        ("7d", NOW, GREENWICH, NOW + timedelta(days=7)),
        ("until 08:00", NOW, BERLIN, datetime(2026, 11, 30, 7, 0, tzinfo=UTC)),
        ("until 3:00", NOW, BERLIN, datetime(2026, 12, 1, 2, 0, tzinfo=UTC)),
        ("Until 2026-12-01T08:00", NOW, BERLIN, datetime(2026, 12, 1, 7, 0, tzinfo=UTC)),
        ("until 2026-12-01T08:00+00:00", NOW, BERLIN, datetime(2026, 12, 1, 8, 0, tzinfo=UTC)),
        ("until 02:30", FORWARD, BERLIN, datetime(2027, 3, 28, 1, 0, tzinfo=UTC)),  # the hour is missing
        ("until 02:30", BACK, BERLIN, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # the hour comes twice
        ("until 02:30", BACK + timedelta(minutes=40), BERLIN, datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ],
)
def test_a_snooze_ends_at_the_moment_that_is_said(span: str, now: datetime, zone: Any, until: datetime) -> None:
    assert ending(span, now, zone) == (until, False)


def test_a_snooze_until_resolved_lasts_a_week_at_most() -> None:
    assert ending("until resolved", NOW, BERLIN) == (NOW + timedelta(days=7), True)


@pytest.mark.parametrize(
    "span", ["0s", "8d", "9999d", "99999d", "until 2026-11-30", "until 2026-12-08", "until 0001-01-01"]
)
def test_a_snooze_lasts_neither_no_time_nor_more_than_a_week(span: str) -> None:
    with pytest.raises(UsageError, match="7 days at most"):
        ending(span, NOW, BERLIN)


@pytest.mark.parametrize(
    ("found", "devices"),
    [
        (on(17), {17}),
        (on(1, 2), {1, 2}),
        (replace(on(1, 2), data={"total": 3}), set()),  # one of them is not known
        (failed("rtr2"), {2}),
        (failed("rtr2", "rtr3"), {2, 3}),
        (failed("rtr2", number=2), set()),  # one of them is not named
        (failed("renamed"), set()),
        (DRIFT, {17}),
        (REPEATED, set()),
    ],
)
def test_an_event_is_about_the_devices_that_failed_if_all_are_known(found: Event, devices: set[int]) -> None:
    assert devices_of(found) == devices


@pytest.mark.parametrize(
    ("found", "word"),
    [(on(17), "#17"), (failed("rtr2"), "#2"), (failed("rtr2", "rtr3"), ""), (DRIFT, "alert:5"), (VIOLATED, "policy:3")],
)
def test_the_form_is_filled_in_with_what_the_notice_is_about(found: Event, word: str) -> None:
    assert word_for(found) == word


@pytest.mark.parametrize(
    ("found", "kind", "subject"),
    [(on(17), "device", 17), (failed("rtr2"), "device", 2), (DRIFT, "alert", 5), (VIOLATED, "device", 17),
     (VIOLATED, "policy", 3), (REPEATED, "policy", 3)],
)  # fmt: skip
def test_a_snooze_holds_what_is_about_its_subject_alone(found: Event, kind: str, subject: int) -> None:
    snooze = Snooze(kind, subject)
    assert holding(found, [snooze]) == snooze
    assert holding(found, [replace(snooze, subject=99)]) is None


def test_an_event_about_several_devices_is_held_while_all_of_them_are_snoozed() -> None:
    short, long = Snooze("device", 2), Snooze("device", 3, NOW + timedelta(hours=3))
    assert holding(failed("rtr2", "rtr3"), [long]) is None
    assert holding(failed("rtr2", "rtr3"), [long, short]) == short
    twice = Snooze("device", 2, NOW + timedelta(hours=2))
    assert holding(failed("rtr2", "rtr3"), [long, short, twice]) == twice


def test_a_snooze_ends_early_when_the_severity_rises() -> None:
    critical = replace(DRIFT, facts=replace(DRIFT.facts, severity="Critical"))
    first = look(Snooze("device", 17), DRIFT)
    assert (first.rank, first.why) == (2, "")
    assert look(Snooze("device", 17, rank=first.rank), critical).why == "severity"
    assert look(Snooze("device", 17, rank=4), critical).why == ""
    assert (
        look(Snooze("device", 17, rank=2), replace(DRIFT, facts=replace(DRIFT.facts, severity="unheard-of"))).why == ""
    )


def test_a_snooze_until_resolved_ends_with_the_last_of_its_faults() -> None:
    snooze = Snooze("device", 17, until_resolved=True, faults=look(Snooze("device", 17), BACKUP).faults)
    two = replace(snooze, faults=look(snooze, DRIFT).faults)
    assert two.faults == {"backup:17", "drift:alert:5"}
    assert look(two, WELL).why == ""
    assert look(snooze, WELL).why == "resolved"
    assert look(replace(snooze, until_resolved=False), WELL).why == ""


def test_a_job_on_several_devices_resolves_the_fault_of_one_that_did_not_fail() -> None:
    snooze = Snooze("device", 2, until_resolved=True, faults=look(Snooze("device", 2), failed("rtr2")).faults)
    assert snooze.faults == {"backup:2"}
    assert look(snooze, failed("rtr2", "rtr3")).why == ""
    assert look(snooze, failed("rtr3", number=2)).why == ""  # one more failed, which is not named
    assert look(snooze, failed("rtr3")).why == "resolved"
    assert look(snooze, on(1, 2, 3, outcome="success", ends=("backup:1", "backup:2"))).why == "resolved"


def test_a_snooze_begins_with_the_faults_that_are_open() -> None:
    about = Subject("device", 17, "rtr17", 17)
    later = replace(BACKUP, key="event:2")
    assert open_faults(about, [BACKUP, DRIFT, WELL, on(18, opens=("backup:18",))]) == {"drift:alert:5": [DRIFT]}
    assert open_faults(about, [WELL, BACKUP, later]) == {"backup:17": [BACKUP, later]}
