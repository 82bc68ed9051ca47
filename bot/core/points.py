"""Points in time that have passed, as callers write them, and the moments that they mean. Pure.

A day means its beginning. A time of day is the last one that has passed; of one that comes twice, since the clocks are set back, the
first. One that is missing, since they are set forward, is the moment at which they are set.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.core import zones
from bot.core.errors import UsageError
from bot.core.values import CLOCK, DATE, DAYS, SINCE, YESTERDAY, age


def point(written: str, now: datetime, where: ZoneInfo) -> datetime:
    """Returns the moment, in UTC, that a value of `Kind.point` means, or where one of `Kind.window` begins. Raises UsageError for one
    that is yet to come."""
    at = _moment(written.removeprefix(f"{SINCE} "), now, where)
    if at is None or at > now:
        raise UsageError(f"`{written}` cannot be: name a time that has passed.")
    return at


def joined(words: tuple[str, ...]) -> tuple[str, ...]:
    """Returns words in which a date and the time of day behind it are one."""
    found: list[str] = []
    for word in words:
        if found and DATE.fullmatch(found[-1]) and CLOCK.fullmatch(word):
            found[-1] = f"{found[-1]} {word}"
        else:
            found.append(word)
    return tuple(found)


def _moment(written: str, now: datetime, where: ZoneInfo) -> datetime | None:
    """Returns None for what no calendar has."""
    if back := age(written):
        return now - back
    if written.lower() in DAYS:
        day = now.astimezone(where).date() - timedelta(days=written.lower() == YESTERDAY)
        return zones.first(datetime.combine(day, time()), where)
    if CLOCK.fullmatch(written):
        days = [
            zones.at_clock(time.fromisoformat(written.zfill(5)), (day,), now, where)[0] for day in (-2, -1, 0)
        ]  # a zone may skip a day
        return max(moment for moment in days if moment <= now)
    try:
        return zones.moment(written, where)
    except ValueError:
        return None
