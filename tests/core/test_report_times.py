"""When reports are due: one a date, whatever the clocks there do."""

from __future__ import annotations

import random
import re
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from bot.core.report_times import MOST_BACK, ReportTime

BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("daily 07:30 Europe/Berlin", "daily 07:30 Europe/Berlin"),
        (" DAILY 7:05 UTC ", "daily 07:05 UTC"),
        ("Weekly Monday 00:00 America/New_York", "weekly mon 00:00 America/New_York"),
        ("weekly SUN  23:59  Asia/Kathmandu", "weekly sun 23:59 Asia/Kathmandu"),
    ],
)
def test_a_time_is_read_and_spelled_alike(written: str, spelled: str) -> None:
    assert str(ReportTime.read(written)) == spelled
    assert ReportTime.read(spelled) == ReportTime.read(written)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "is not spelled like daily 07:30 Europe/Berlin"),
        ("daily 07:30", "is not spelled like"),
        ("daily 24:00 UTC", "'24:00' is no time of the day"),
        ("weekly funday 07:30 UTC", "write one of mon, tue"),
        ("weekly monkey 07:30 UTC", "'monkey' is no day of the week"),
        ("weekly mo 07:30 UTC", "'mo' is no day of the week"),
        ("daily 07:30 Nowhere", "'Nowhere' is no time zone. Write the name of one, such as `Europe/Berlin`"),
        ("daily 07:30 Europe/Berlim", "Did you mean `Europe/Berlin`"),
        ("daily 07:30 Europe", "is no time zone"),
        ("daily 07:30 ../../etc/passwd", "is no time zone"),
        ("daily ٠٧:٣٠ UTC", "is not spelled like"),
        ("x" * 5_000, "…"),
    ],
)
def test_what_is_no_time_is_refused_with_words(written: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)) as refused:
        ReportTime.read(written)
    assert len(str(refused.value)) < 300


def test_an_hour_that_is_missing_or_comes_twice_gives_one_report() -> None:
    half_past_two = ReportTime(time(2, 30), BERLIN)
    (missing,) = half_past_two.due(at("2026-03-28T12:00"), at("2026-03-29T12:00"))
    assert missing[1] == at("2026-03-29T01:00")  # the moment at which the clocks are set forward
    (twice,) = half_past_two.due(at("2026-10-24T12:00"), at("2026-10-25T12:00"))
    assert twice[1] == at("2026-10-25T00:30")


def test_a_week_has_one_report_on_its_day() -> None:
    monday = ReportTime(time(7, 30), BERLIN, 0)
    assert monday.next(at("2026-11-29T12:00")) == at("2026-11-30T06:30")
    due = monday.due(at("2026-11-01T12:00"), at("2026-11-30T06:30"))
    assert [day.isoformat() for day, _ in due] == ["2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23", "2026-11-30"]


def test_a_date_that_had_its_report_has_no_second_one_at_another_time() -> None:
    noon, monday = ReportTime(time(12), "UTC"), ReportTime(time(12), "UTC", 0)
    now, today = at("2026-11-30T11:00"), "2026-11-30"
    assert noon.next(now, today) == at("2026-12-01T12:00")
    assert monday.next(now, today) == at("2026-12-07T12:00")
    assert monday.next(at("2026-12-06T11:00"), "2026-12-07") == at(
        "2026-12-14T12:00"
    )  # which a zone far to the east has had already
    assert noon.due(now, at("2026-12-01T12:00"), today) == [(date(2026, 12, 1), at("2026-12-01T12:00"))]


def test_what_was_missed_for_very_long_is_bounded() -> None:
    assert len(ReportTime(time(7), "UTC").due(at("2001-01-01T00:00"), at("2026-11-29T12:00"))) == MOST_BACK + 1


def test_whatever_the_looks_every_date_is_due_once_and_in_order() -> None:
    """Looks at random moments of two years, in zones that set their clocks by an hour, by half an hour, at midnight, or not at all."""
    chance = random.Random(18)
    zones = (BERLIN, "Australia/Lord_Howe", "America/Havana", "Asia/Kathmandu", "Africa/Casablanca", "UTC")
    for _ in range(60):
        zone, weekday = chance.choice(zones), chance.choice((None, None, chance.randrange(7)))
        when = ReportTime(time(chance.randrange(24), chance.choice((0, 15, 30, 59))), zone, weekday)
        began = at("2026-01-01T00:00") + timedelta(minutes=chance.randrange(600_000))
        looks = sorted(began + timedelta(minutes=chance.randrange(60 * 24 * 25)) for _ in range(40))
        found = [each for since, now in pairwise((began, *looks)) for each in when.due(since, now)]
        days = [day for day, _ in found]
        assert days == sorted(set(days)), (when, began)
        first, last = (each.astimezone(ZoneInfo(zone)).date() for each in (began, looks[-1]))
        between = (first + timedelta(days=number) for number in range(1, (last - first).days))
        assert {day for day in between if weekday in (None, day.weekday())} <= {*days}, (when, began)
        assert all(when.next(since) > since for since in looks)
