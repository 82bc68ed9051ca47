"""Quiet hours of a channel: days, from when to when, in which time zone, and holidays, on which the whole day is quiet. Pure.

A day's hours may end on the next day. They begin when the clocks there first show their beginning, and end when the clocks show
their end for the last time: so an hour that comes twice is quiet as a whole, and one that is missing shortens the night.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.core import zones
from bot.core.text import did_you_mean
from bot.core.zones import DAYS, BadTime

EXAMPLE = "mon-fri 22:00-06:00 Europe/Berlin"
MOST_HOLIDAYS = 100
WHOLE_DAY = 24 * 60
_A_DAY, _A_MOMENT = timedelta(days=1), timedelta.resolution
_SHAPE = re.compile(
    r"\s*(?P<days>[^\W\d][\w\s,–-]*?)??\s*(?P<begin>\d?\d:\d\d)\s*[-–]\s*(?P<end>\d?\d:\d\d)\s+(?P<rest>\S.*)",
    re.DOTALL,
)


@dataclass(frozen=True)
class QuietHours:
    """`days` count from 0 for Monday, and are those on which the hours begin. `begin` and `end` are minutes of a day; the end lies on
    the next day unless it is later than the beginning."""

    days: tuple[int, ...]
    begin: int
    end: int
    where: ZoneInfo
    holidays: tuple[date, ...] = ()

    @classmethod
    def parse(cls, text: str) -> QuietHours:
        """Reads `mon-fri 22:00-06:00 Europe/Berlin 2026-12-25`, where the days may be missing (every day) and the dates are
        holidays. Raises BadTime for anything else, and for hours that would never end."""
        found = _SHAPE.fullmatch(text)
        if not found:
            raise BadTime(text, f"is not spelled like {EXAMPLE}")
        words = found["rest"].split()
        where = zones.zone(" ".join(word for word in words if not word[0].isdigit()))
        holidays = {_holiday(word) for word in words if word[0].isdigit()}
        if len(holidays) > MOST_HOLIDAYS:
            raise BadTime(text, f"has more than {MOST_HOLIDAYS} holidays")
        days, begin, end = _days(found["days"] or "mon-sun"), _minutes(found["begin"]), _minutes(found["end"])
        if begin in (end, WHOLE_DAY):
            raise BadTime(f"{found['begin']}-{found['end']}", "has no length; a whole day is 00:00-24:00")
        if (len(days), begin, end) == (len(DAYS), 0, WHOLE_DAY):
            raise BadTime(text, "is all day and every day, and would never end")
        return cls(days, begin, end, where, tuple(sorted(holidays)))

    @classmethod
    def daily(cls, window: str, where: ZoneInfo) -> QuietHours:
        """Reads `22:00-06:00`, for every day."""
        begin, end = map(_minutes, window.split("-"))
        return cls(tuple(range(len(DAYS))), begin, end, where)

    def __str__(self) -> str:
        """Returns the spelling that `parse` reads."""
        hours = "-".join(f"{at // 60:02}:{at % 60:02}" for at in (self.begin, self.end))
        return " ".join((_spelled(self.days), hours, self.where.key, *map(str, self.holidays)))

    def ends_at(self, now: datetime) -> datetime | None:
        """Returns when it is no longer quiet, in UTC; None if it is not quiet now. Hours that meet are one."""
        end = now
        day = now.astimezone(self.where).date() - 2 * _A_DAY  # the clocks of a zone may have skipped a day
        while day <= end.astimezone(self.where).date():
            for begins, ends in self._spans(day):
                if begins <= end < ends:
                    end = ends
            day += _A_DAY
        return end if end > now else None

    def next_end(self, now: datetime) -> datetime:
        """Returns the first end after this time of hours that are or will be quiet."""
        if ends := self.ends_at(now):
            return ends
        day = now.astimezone(self.where).date()
        while not (ends := next((ends for begins, ends in self._spans(day) if begins < ends and ends > now), None)):
            day += _A_DAY
        return self.ends_at(ends - _A_MOMENT) or ends

    def _spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """Yields the quiet times that begin on that day, in order."""
        midnight = datetime.combine(day, time())
        minutes = [(0, WHOLE_DAY)] if day in self.holidays else []
        if day.weekday() in self.days:
            minutes.append((self.begin, self.end if self.end > self.begin else self.end + WHOLE_DAY))
        for begin, end in minutes:
            yield (
                zones.first(midnight + timedelta(minutes=begin), self.where),
                zones.last(midnight + timedelta(minutes=end), self.where),
            )


def parsed(text: str) -> QuietHours | None:
    """Reads what `spelled` returns, and `off` for no quiet hours. Raises BadTime."""
    return QuietHours.parse(text) if text.strip().lower() not in {"", "off"} else None


def spelled(stored: str) -> str:
    """Returns the quiet hours of a channel's row as they are written on one line, empty for none."""
    return str(load(stored) or "")


def dump(hours: QuietHours | None) -> str:
    """Returns the JSON that a channel's row holds."""
    if hours is None:
        return "{}"
    days, clock, zone, *holidays = str(hours).split()
    begin, end = clock.split("-")
    return json.dumps({"days": days, "from": begin, "to": end, "zone": zone, "holidays": holidays})


@lru_cache(maxsize=1_000)
def load(stored: str) -> QuietHours | None:
    """Reads what `dump` wrote; None for no quiet hours. Hours that can no longer be read are none: a notice at night is better than
    one that is never sent."""
    try:
        values = json.loads(stored)
        if not values:
            return None
        hours = f"{values['days']} {values['from']}-{values['to']} {values['zone']}"
        return QuietHours.parse(" ".join((hours, *values["holidays"])))
    except (ValueError, KeyError, TypeError):
        return None


def _minutes(text: str) -> int:
    hours, minutes = map(int, text.split(":"))
    if minutes >= 60 or hours * 60 + minutes > WHOLE_DAY:
        raise BadTime(text, "is no time of the day")
    return hours * 60 + minutes


def _holiday(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadTime(text, "is no date such as 2026-12-25") from None


def _days(text: str) -> tuple[int, ...]:
    """Reads `mon-wed, sat`; a range may go over the weekend, such as `fri-mon`."""
    found: set[int] = set()
    for part in re.split(r"[,\s]+", re.sub(r"\s*[-–]\s*", "-", text.strip())):
        begin, _, end = part.partition("-")
        from_, to = _day(begin), _day(end or begin)
        found.update(number % len(DAYS) for number in range(from_, to + 1 + (len(DAYS) if to < from_ else 0)))
    return tuple(sorted(found))


def _day(word: str) -> int:
    number = zones.weekday(word)
    if number is None:
        raise BadTime(word, f"is no day of the week.{did_you_mean(word[:3].casefold(), DAYS)}")
    return number


def _spelled(days: tuple[int, ...]) -> str:
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ",".join(DAYS[run[0]] + (f"-{DAYS[run[-1]]}" if len(run) > 1 else "") for run in runs)
