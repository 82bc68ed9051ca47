"""Which moment a point in time means, also where the clocks are set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.arguments import Argument, Kind
from bot.core.errors import UsageError
from bot.core.parsing import parse
from bot.core.points import joined, point
from bot.core.zones import named

NOW = datetime(2026, 11, 30, 2, 15, tzinfo=UTC)  # 03:15 in Berlin
BERLIN, APIA = ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Apia")
FORWARD, BACK = datetime(2027, 3, 28, 6, tzinfo=UTC), datetime(2026, 10, 25, 6, tzinfo=UTC)  # some hours after
SKIPPED = datetime(2011, 12, 30, 15, tzinfo=UTC)  # 05:00 of 31 December, which followed 29 December in Apia


def utc(*fields: int) -> datetime:
    return datetime(*fields, tzinfo=UTC)  # type: ignore[misc]  # at least three


@pytest.mark.parametrize(
    ("written", "now", "where", "expected"),
    [
        ("2h", NOW, BERLIN, NOW - timedelta(hours=2)),
        ("3d", FORWARD, BERLIN, FORWARD - timedelta(days=3)),
        ("since 2h", NOW, BERLIN, NOW - timedelta(hours=2)),
        ("today", NOW, BERLIN, utc(2026, 11, 29, 23)),
        ("Yesterday", NOW, BERLIN, utc(2026, 11, 28, 23)),
        ("yesterday", utc(2026, 11, 29, 23, 30), BERLIN, utc(2026, 11, 28, 23)),
        ("yesterday", FORWARD + timedelta(days=1), BERLIN, utc(2027, 3, 27, 23)),
        ("today", FORWARD, BERLIN, utc(2027, 3, 27, 23)),
        ("2026-11-20", NOW, BERLIN, utc(2026, 11, 19, 23)),
        ("2026-10-20", NOW, BERLIN, utc(2026, 10, 19, 22)),
        ("2026-11-20 14:00", NOW, BERLIN, utc(2026, 11, 20, 13)),
        ("2026-11-20T14:00+05:00", NOW, BERLIN, utc(2026, 11, 20, 9)),
        ("03:15", NOW, BERLIN, NOW),
        ("3:16", NOW, BERLIN, NOW + timedelta(minutes=1) - timedelta(days=1)),
        ("08:00", NOW, BERLIN, utc(2026, 11, 29, 7)),
        ("02:30", FORWARD, BERLIN, utc(2027, 3, 28, 1)),
        ("2027-03-28 02:30", FORWARD, BERLIN, utc(2027, 3, 28, 1)),
        ("02:30", BACK, BERLIN, utc(2026, 10, 25, 0, 30)),
        ("02:30", BACK - timedelta(hours=5, minutes=10), BERLIN, utc(2026, 10, 25, 0, 30)),
        ("2026-10-25 02:30", BACK, BERLIN, utc(2026, 10, 25, 0, 30)),
        ("06:00", SKIPPED, APIA, utc(2011, 12, 30, 10)),
    ],
)
def test_a_point_is_a_moment_by_the_clocks_there(
    written: str, now: datetime, where: ZoneInfo, expected: datetime
) -> None:
    found = point(written, now, where)
    assert found == expected
    assert found.utcoffset() == timedelta()


@pytest.mark.parametrize(
    "written", ["2026-11-30 03:16", "2026-12-01", "0001-01-01", "9999-12-31T23:59-12:00", "since 2030-01-01"]
)
def test_what_is_yet_to_come_or_in_no_calendar_is_refused(written: str) -> None:
    with pytest.raises(UsageError, match="name a time that has passed"):
        point(written, NOW, BERLIN)


def test_an_answer_names_the_zone() -> None:
    assert named(utc(2026, 11, 29, 23, 30), BERLIN) == "2026-11-30 00:30 Europe/Berlin"


def test_a_date_and_the_time_behind_it_are_one_point() -> None:
    assert joined(("2026-11-20", "14:00", "2026-11-28", "08:00")) == ("2026-11-20 14:00", "2026-11-28 08:00")
    assert joined(("yesterday", "08:00", "2026-11-20")) == ("yesterday", "08:00", "2026-11-20")


CHANGES = (
    Argument("page", Kind.number, named=True, hidden=True),
    Argument("window", Kind.window, "a hint"),
    Argument("site", Kind.text, named=True),
    Argument("since", Kind.point, "a point", named=True),
    Argument("text", Kind.words),
)


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("", {}),
        ("2h", {"window": "2h"}),
        ("3d site:fra1 ntp", {"window": "3d", "site": "fra1", "text": ("ntp",)}),
        ("site:fra1 1d12h", {"window": "1d12h", "site": "fra1"}),
        ("since 08:00 ntp server", {"window": "since 08:00", "text": ("ntp", "server")}),
        ("Since yesterday", {"window": "since yesterday"}),
        ("since 2026-11-20 14:00 ntp", {"window": "since 2026-11-20 14:00", "text": ("ntp",)}),
        ("since 2026-11-20 ntp", {"window": "since 2026-11-20", "text": ("ntp",)}),
        ('"since 2026-11-20 14:00"', {"window": "since 2026-11-20 14:00"}),
        ("since:2026-11-20T14:00 x", {"since": "2026-11-20T14:00", "text": ("x",)}),
        ("yesterday ntp", {"window": "yesterday", "text": ("ntp",)}),
        ("ntp 2h", {"text": ("ntp", "2h")}),
        ("08:00 ntp", {"window": "since 08:00", "text": ("ntp",)}),
        ("2026-11-20 14:00 ntp", {"window": "since 2026-11-20 14:00", "text": ("ntp",)}),
        ('"2026-11-20" "0h"', {"text": ("2026-11-20", "0h")}),
        ("08:00:2b 10.0.0.1", {"text": ("08:00:2b", "10.0.0.1")}),
        ('"ip route 2h"', {"text": ("ip route 2h",)}),
        ("2h 3d", {"window": "2h", "text": ("3d",)}),
    ],
)
def test_how_far_to_look_back_stands_first_or_not_at_all(line: str, values: dict[str, object]) -> None:
    assert parse(CHANGES, line) == values


@pytest.mark.parametrize(
    "line",
    [
        "since",
        "since noon",
        "since 25:00",
        "since:soon",
        "since 2026-13-01 08:00",
        "25:00 ntp",
        "0h",
        "99999d",
        "2026-13-01",
    ],
)
def test_what_is_no_point_in_time_is_refused(line: str) -> None:
    with pytest.raises(UsageError, match="is not understood"):
        parse(CHANGES, line)
