"""Points in time that have passed, as callers write them, and the moments that they mean. Pure.

A day means its beginning. A time of day is the last one that has passed; of one that comes twice, since the clocks are set back, the
first. One that is missing, since they are set forward, is the moment at which they are set.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.core import spoken_times, zones
from bot.core.errors import UsageError
from bot.core.spoken_times import CLOCK
from bot.core.values import DAYS, SINCE, YESTERDAY, age


def point(written: str, now: datetime, where: ZoneInfo) -> datetime:
    """Returns the moment, in UTC, that a value of `Kind.point` means, or where one of `Kind.window` begins. Raises UsageError for one
    that is yet to come."""
    at = _moment(written.removeprefix(f"{SINCE} "), now, where)
    if at is None or at > now:
        raise UsageError(f"`{written}` cannot be: name a time that has passed.")
    return at


def joined(words: tuple[str, ...]) -> tuple[str, ...]:
    """Returns words in which those that say one point in time are one, as it is written, without a `since` before it."""
    found: list[str] = []
    while words:
        since, colon, first = words[0].partition(":")
        if since.lower() == SINCE and (first or words[1:]):
            words = (first, *words[1:]) if colon and first else words[1:]
        said, number = spoken_times.begins(words)
        found.append(said if number > 1 else words[0])
        words = words[max(1, number) :]
    return tuple(found)


def _moment(written: str, now: datetime, where: ZoneInfo) -> datetime | None:
    """Returns None for what no calendar has."""
    if back := age(written):
        return now - back
    day, _, clock = written.lower().partition(" ")
    if day in DAYS:
        date = now.astimezone(where).date() - timedelta(days=day == YESTERDAY)
        return zones.first(datetime.combine(date, time.fromisoformat(clock or "00:00")), where)
    if CLOCK.fullmatch(written):
        days = [
            zones.at_clock(time.fromisoformat(written.zfill(5)), (day,), now, where)[0] for day in (-2, -1, 0)
        ]  # a zone may skip a day
        return max(moment for moment in days if moment <= now)
    try:
        return zones.moment(written, where)
    except ValueError:
        return None
