"""Time zones by their IANA names, and the moments at which the clocks there show a time. Pure, but for the files of the zones."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from bot.core.text import cut, meant, nearest

MOST_GUESSES = 3
LONGEST_SHOWN = 60  # characters of a name that an error repeats
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAYS = tuple(day[:3] for day in WEEKDAYS)  # as hours and times are written
_A_SECOND = timedelta(seconds=1)


class BadTime(ValueError):
    """Says what is wrong with a time, a zone or hours as they were written. `unnamed` is that sentence without `value`."""

    def __init__(self, value: str, words: str) -> None:
        super().__init__(f"{value!r} {words}")
        self.unnamed = f"what stands there {words}"


def zone(name: str) -> ZoneInfo:
    """Raises BadTime with the nearest names for a zone that does not exist."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError):  # OSError for the name of a folder, ValueError for an odd path
        near = meant(_guesses(name)) or " Write the name of one, such as `Europe/Berlin` or `UTC`."
        raise BadTime(cut(name, LONGEST_SHOWN), f"is no time zone.{near}") from None


def weekday(word: str) -> int | None:
    """Returns the number of a day, counted from Monday, which is 0, by its name or how that begins; None for another word."""
    folded = word.casefold()
    return next(
        (number for number, day in enumerate(WEEKDAYS) if len(word) >= 3 and f"{day}s".startswith(folded)), None
    )


def first(local: datetime, where: ZoneInfo) -> datetime:
    """Returns the first moment, in UTC, at which the clocks there show this time or a later one. A time in the hour that is
    missing when they are set forward is the moment at which they are set."""
    return _moments(local, where)[0]


def last(local: datetime, where: ZoneInfo) -> datetime:
    """Returns the last moment, in UTC, before which the clocks there show an earlier time: the second one in an hour that comes
    twice."""
    return _moments(local, where)[1]


def moment(text: str, where: ZoneInfo) -> datetime:
    """Reads a date, or a date and a time, in ISO 8601, and returns the moment in UTC: by the clocks there, where the text names no
    zone. Raises ValueError."""
    found = datetime.fromisoformat(text)
    try:
        return found.astimezone(UTC) if found.tzinfo else first(found, where)
    except OverflowError:  # within hours of the years 1 and 10000
        raise ValueError(text) from None


def at_clock(clock: time, days: Iterable[int], now: datetime, where: ZoneInfo) -> list[datetime]:
    """Returns the moments, in UTC, at which the clocks there show a time of day, or are put forward past it, on these days, counted
    from today. One that comes twice on a day has two."""
    today = now.astimezone(where).date()
    walls = [datetime.combine(today + timedelta(days=day), clock) for day in days]
    return [found for wall in walls for found in (first(wall, where), last(wall, where))]


def named(at: datetime, where: ZoneInfo) -> str:
    """Returns a moment with its zone, such as `2026-11-30 08:00 Europe/Berlin`."""
    return f"{at.astimezone(where):%Y-%m-%d %H:%M} {where}"


def _moments(local: datetime, where: ZoneInfo) -> tuple[datetime, datetime]:
    before, after = (local.replace(tzinfo=where, fold=fold).astimezone(UTC) for fold in (0, 1))
    if before <= after:
        return before, after
    low, high = after, before  # the time is missing: the clocks are set between the two, at a whole second
    while high - low > _A_SECOND:
        middle = low + (high - low) // (2 * _A_SECOND) * _A_SECOND
        low, high = (low, middle) if middle.astimezone(where).replace(tzinfo=None) > local else (middle, high)
    return high, high


def _guesses(name: str) -> list[str]:
    """Returns the names that are near, and those whose city is: `Berlin` alone is near to no whole name."""
    names = sorted(available_timezones())
    cities = {each.rpartition("/")[2]: each for each in names}
    near = (*nearest(name, names), *(cities[each] for each in nearest(name.rpartition("/")[2], cities)))
    return list(dict.fromkeys(near))[:MOST_GUESSES]
