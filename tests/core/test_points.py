"""Which moment a point in time means, also where the clocks are set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.arguments import Argument, Kind, write
from bot.core.errors import UsageError
from bot.core.parsing import parse
from bot.core.points import joined, point
from bot.core.spoken_times import is_meant
from bot.core.spoken_times import point as spoken
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
        ("yesterday 08:00", NOW, BERLIN, utc(2026, 11, 29, 7)),
        ("since today 02:00", NOW, BERLIN, utc(2026, 11, 30, 1)),
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


def test_words_that_say_one_point_are_one() -> None:
    assert joined(("2026-11-20", "14:00", "2026-11-28", "08:00")) == ("2026-11-20 14:00", "2026-11-28 08:00")
    assert joined(("yesterday", "8:00", "2026-11-20")) == ("yesterday 08:00", "2026-11-20")
    assert joined(("3", "days", "last", "2h")) == ("3d", "2h")
    assert joined(("3d", "24h", "2", "rtr-1")) == ("3d", "24h", "2", "rtr-1")


@pytest.mark.parametrize(
    ("said", "written"),
    {
        "2 hours": "2h",
        "2hrs": "2h",
        "last 2h": "2h",
        "in the last 90 minutes": "90m",
        "past hour": "1h",
        "last week": "1w",
        "2h ago": "2h",
        "an hour ago": "1h",
        "Yesterday at 8:00": "yesterday 08:00",
        "2026-11-20 8:00": "2026-11-20 08:00",
        "last change": "",
        "2 vlans": "",
        "yesterday 25:00": "",
        "a week": "",
    }.items(),
)
def test_what_is_said_is_written_as_one_point(said: str, written: str) -> None:
    assert spoken(said) == written


@pytest.mark.parametrize(
    "word", ["tomorrow", "Monday", "8am", "08:00-10:00", "20.11.2026", "11/20/2026", "1mo", "-2h", "last-night", "ago"]
)
def test_a_word_that_may_be_meant_as_a_time_is_known(word: str) -> None:
    assert is_meant(word)


@pytest.mark.parametrize(
    "word", ["ntp", "10.0.0.1", "00:1b:2c:3d:4e:5f", "2001:db8::1", "100", "vlan20", "1/0/24", "10/24"]
)
def test_a_word_that_means_something_else_is_no_time(word: str) -> None:
    assert not is_meant(word)


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
        ("last 2 hours site:fra1 ntp", {"window": "2h", "site": "fra1", "text": ("ntp",)}),
        ("past hour", {"window": "1h"}),
        ("2 h", {"window": "2h"}),
        ("20days ntp", {"window": "20d", "text": ("ntp",)}),
        ("2h ago ntp", {"window": "2h", "text": ("ntp",)}),
        ("Yesterday 8:00 ntp", {"window": "since yesterday 08:00", "text": ("ntp",)}),
        ("since yesterday 08:00", {"window": "since yesterday 08:00"}),
        ("since 2 days", {"window": "since 2d"}),
        ("since: yesterday", {"window": "since yesterday"}),
        ("since:2026-11-20 14:00 x", {"since": "2026-11-20 14:00", "text": ("x",)}),
        ("since:3 days x", {"since": "3d", "text": ("x",)}),
        ("x since:last hour", {"since": "1h", "text": ("x",)}),
        ('since:"3 days" x', {"since": "3d", "text": ("x",)}),
        ('yesterday "08:00"', {"window": "yesterday", "text": ("08:00",)}),
        ('"last 2h"', {"text": ("last 2h",)}),
        ("last change", {"text": ("last", "change")}),
    ],
)
def test_how_far_to_look_back_stands_first_or_not_at_all(line: str, values: dict[str, object]) -> None:
    assert parse(CHANGES, line) == values


def test_a_time_and_a_text_that_would_belong_to_it_are_read_back() -> None:
    for values in ({"window": "2h", "text": ("ago",)}, {"window": "yesterday", "site": "fra1", "text": ("08:00", "x")}):
        assert parse(CHANGES, write("changes", CHANGES, values).removeprefix("changes ")) == values


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
