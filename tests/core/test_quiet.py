"""Quiet hours: when they end, on nights when the clocks are set as well, and how they are spelled."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.core.quiet import QuietHours, dump, load

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "UTC",
)


def end(spelled: str, now: str) -> str | None:
    """Both moments as the clocks in UTC show them."""
    found = QuietHours.parse(spelled).ends_at(datetime.fromisoformat(now).replace(tzinfo=UTC))
    return found and f"{found:%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2026-11-30 20:59", None),  # a Monday, where Berlin is an hour ahead
        ("2026-11-30 21:00", "2026-12-01 05:00"),
        ("2026-12-01 04:59", "2026-12-01 05:00"),
        ("2026-12-01 05:00", None),
        ("2026-12-04 23:00", "2026-12-05 05:00"),  # Friday's hours end on Saturday
        ("2026-12-05 22:00", None),  # Saturday's own do not begin
        ("2026-12-07 02:00", None),  # nor did Sunday's
        ("2026-07-01 20:00", "2026-07-02 04:00"),  # in summer
    ],
)
def test_the_hours_of_a_day_end_on_the_next_one(now: str, ends: str | None) -> None:
    assert end("mon-fri 22:00-06:00 Europe/Berlin", now) == ends


def test_a_holiday_is_quiet_as_a_whole_and_one_with_the_nights_beside_it() -> None:
    spelled = "mon-fri 22:00-06:00 Europe/Berlin 2026-12-25 2026-12-26"
    assert end(spelled, "2026-12-24 22:00") == "2026-12-26 23:00"  # Saturday's midnight, since no hours begin there
    assert end(spelled, "2026-12-25 12:00") == "2026-12-26 23:00"
    assert end(spelled, "2026-12-24 12:00") is None
    assert end("22:00-06:00 UTC 2026-12-25", "2026-12-24 23:00") == "2026-12-26 06:00"


def test_days_that_meet_are_one() -> None:
    assert end("sat-sun 00:00-24:00 UTC", "2026-12-05 08:00") == "2026-12-07 00:00"


@pytest.mark.parametrize(
    ("spelled", "now", "ends"),
    [
        ("02:30-05:00 Europe/Berlin", "2026-03-29 00:59", None),  # 01:59, a moment before the hour that is missing
        ("02:30-05:00 Europe/Berlin", "2026-03-29 01:00", "2026-03-29 03:00"),  # 03:00
        ("22:00-02:30 Europe/Berlin", "2026-03-29 00:59", "2026-03-29 01:00"),
        ("22:00-02:30 Europe/Berlin", "2026-03-29 01:00", None),
        ("02:10-02:50 Europe/Berlin", "2026-03-29 01:00", None),  # these hours are missing themselves
        ("22:00-06:00 Europe/Berlin", "2026-03-28 22:00", "2026-03-29 04:00"),  # a night of seven hours
        ("00:00-06:00 Africa/Cairo", "2026-04-23 21:59", None),  # there midnight itself is missing on the 24th
        ("00:00-06:00 Africa/Cairo", "2026-04-23 22:00", "2026-04-24 03:00"),
        ("23:00-02:15 Australia/Lord_Howe", "2026-10-03 15:00", "2026-10-03 15:30"),  # half an hour is missing
    ],
)
def test_an_hour_that_is_missing_is_over_when_the_clocks_are_set(spelled: str, now: str, ends: str | None) -> None:
    assert end(spelled, now) == ends


@pytest.mark.parametrize(
    ("spelled", "now", "ends"),
    [
        ("02:30-05:00 Europe/Berlin", "2026-10-25 00:29", None),  # 02:29 for the first time
        ("02:30-05:00 Europe/Berlin", "2026-10-25 00:30", "2026-10-25 04:00"),
        ("02:30-05:00 Europe/Berlin", "2026-10-25 01:10", "2026-10-25 04:00"),  # 02:10 for the second time
        ("22:00-02:30 Europe/Berlin", "2026-10-25 00:45", "2026-10-25 01:30"),  # 02:45 for the first time
        ("22:00-02:30 Europe/Berlin", "2026-10-25 01:30", None),
        ("02:10-02:50 Europe/Berlin", "2026-10-25 00:55", "2026-10-25 01:50"),
        ("22:00-06:00 Europe/Berlin", "2026-10-24 20:00", "2026-10-25 05:00"),  # a night of nine hours
    ],
)
def test_an_hour_that_comes_twice_is_quiet_until_its_second_end(spelled: str, now: str, ends: str | None) -> None:
    assert end(spelled, now) == ends


def test_a_day_that_a_zone_skipped_keeps_nothing_quiet_for_longer() -> None:
    assert end("22:00-06:00 Pacific/Apia", "2011-12-30 09:00") == "2011-12-30 16:00"  # from Thursday to Saturday


def generated(seed: int, number: int) -> list[tuple[QuietHours, datetime]]:
    made = []
    chance = random.Random(seed)
    while len(made) < number:
        begin, length = chance.randrange(96) * 15, chance.randrange(1, 95) * 15
        days = tuple(sorted(chance.sample(range(7), chance.randint(1, 7))))
        hours = QuietHours(
            days, begin, (begin + length) % 1440, QuietHours.parse(f"1:00-2:00 {chance.choice(ZONES)}").where
        )
        made.append((hours, datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(366 * 1440))))
    return made


def test_generated_hours_end_where_they_say_and_read_as_they_are_spelled() -> None:
    for hours, now in generated(seed=18, number=300):
        assert QuietHours.parse(str(hours)) == hours
        if ends := hours.ends_at(now):
            assert hours.ends_at(ends) is None
            assert hours.ends_at(ends - timedelta(seconds=1)) == ends
        if hours.where.key in {"UTC", "Asia/Kathmandu"}:
            assert (ends is not None) == shown_as_quiet(hours, now), (str(hours), now)


def shown_as_quiet(hours: QuietHours, now: datetime) -> bool:
    """Where the clocks are never set, what they show is enough."""
    local = now.astimezone(hours.where)
    minute, day, over = local.hour * 60 + local.minute, local.weekday(), hours.end <= hours.begin
    today = day in hours.days and hours.begin <= minute and (over or minute < hours.end)
    return today or ((day - 1) % 7 in hours.days and over and minute < hours.end)


@pytest.mark.parametrize(
    ("typed", "spelled"),
    [
        ("mon-fri 22:00-06:00 Europe/Berlin", "mon-fri 22:00-06:00 Europe/Berlin"),
        ("  Monday – Friday 9:30 – 24:00 UTC ", "mon-fri 09:30-24:00 UTC"),
        ("fri-mon, wed 0:00-12:00 UTC", "mon,wed,fri-sun 00:00-12:00 UTC"),
        ("22:00-06:00 UTC 2027-01-01 2026-12-25", "mon-sun 22:00-06:00 UTC 2026-12-25 2027-01-01"),
    ],
)
def test_hours_are_read_as_they_are_typed_and_spelled_in_one_way(typed: str, spelled: str) -> None:
    assert str(QuietHours.parse(typed)) == spelled


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("at night", "is not spelled like mon-fri 22:00-06:00 Europe/Berlin"),
        ("22:00-06:00", "is not spelled like"),
        ("mob 22:00-06:00 UTC", "no day of the week. Did you mean `mon`?"),
        ("22:00-06:00 Europe/Berln", "no time zone. Did you mean `Europe/Berlin`"),
        ("22:00-06:00 Berlin", "Did you mean `Europe/Berlin`?"),
        ("22:00-06:00 america/new york", "Did you mean `America/New_York`"),
        ("22:00-06:00 ../etc/passwd", "no time zone"),
        ("22:00-06:00 Europe", "no time zone"),
        ("22:00-25:00 UTC", "no time of the day"),
        ("22:60-23:00 UTC", "no time of the day"),
        ("22:00-22:00 UTC", "has no length"),
        ("24:00-06:00 UTC", "has no length"),
        ("00:00-24:00 UTC", "would never end"),
        ("22:00-06:00 UTC 2026-02-30", "no date such as"),
    ],
)
def test_hours_that_cannot_be_read_are_refused_in_words(typed: str, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("?", r"\?").replace(".", r"\.")):
        QuietHours.parse(typed)


def test_too_many_holidays_are_refused() -> None:
    dates = " ".join(f"{date(2026, 1, 1) + timedelta(days=number)}" for number in range(101))
    with pytest.raises(ValueError, match="more than 100 holidays"):
        QuietHours.parse(f"22:00-06:00 UTC {dates}")


def test_a_row_holds_the_hours_as_json_and_hours_that_can_no_longer_be_read_are_none() -> None:
    hours = QuietHours.parse("mon-fri,sun 22:00-06:00 Europe/Berlin 2026-12-25")
    assert load(dump(hours)) == hours
    assert json.loads(dump(hours))["zone"] == "Europe/Berlin"
    assert load(dump(None)) is None
    assert load(dump(hours).replace("Berlin", "Gone")) is None
