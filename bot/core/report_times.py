"""When a channel gets its report: every day, or on one day of the week, at a time of day in a time zone. Pure.

A report belongs to a date there, and a date has one moment for it: where a time of day is missing, since the clocks are set
forward, that at which they are set; of a time that comes twice the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.core import zones
from bot.core.text import cut
from bot.core.zones import DAYS, BadTime

LATE = timedelta(minutes=10)  # after its moment a report says that it is late
MOST_BACK = 31  # dates that are looked at for reports that did not go out
LONGEST_SHOWN = 60  # characters of what was written that an error repeats
EXAMPLE = "daily 07:30 Europe/Berlin"

_DAY = timedelta(days=1)
_SPELLING = re.compile(r"(?:(daily)|weekly\s+(\w+))\s+(\d{1,2}):(\d{2})\s+(\S+)", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class ReportTime:
    """`weekday` counts from Monday, which is 0; without one the report comes every day. `zone` is an IANA name."""

    at: time
    zone: str
    weekday: int | None = None

    def __str__(self) -> str:
        when = "daily" if self.weekday is None else f"weekly {DAYS[self.weekday]}"
        return f"{when} {self.at:%H:%M} {self.zone}"

    @classmethod
    def read(cls, text: str) -> ReportTime:
        """Reads what `str` writes, in any case. Raises BadTime."""
        found = _SPELLING.fullmatch(text.strip())
        if found is None:
            raise BadTime(cut(text, LONGEST_SHOWN), f"is not spelled like {EXAMPLE} or weekly mon 07:30 Europe/Berlin")
        daily, day, hour, minute, zone = found.groups()
        weekday = None if daily else zones.weekday(day)
        if not daily and weekday is None:
            raise BadTime(cut(day, LONGEST_SHOWN), f"is no day of the week: write one of {', '.join(DAYS)}")
        if int(hour) > 23 or int(minute) > 59:
            raise BadTime(f"{hour}:{minute}", "is no time of the day")
        return cls(time(int(hour), int(minute)), zones.zone(zone).key, weekday)

    @property
    def rests(self) -> timedelta:
        """The time from one report to the next, about."""
        return _DAY if self.weekday is None else 7 * _DAY

    def due(self, since: datetime, now: datetime, settled: str = "") -> list[tuple[date, datetime]]:
        """Returns the dates whose moment has come after `since`, each with that, the oldest first; no older than MOST_BACK days.
        The dates up to `settled` have had theirs already, at another time of day."""
        today = self._today(now)
        first = max(today - MOST_BACK * _DAY, min(self._today(since), today) - _DAY)
        found = ((each, self._moment(each)) for each in self._dates(first, (today - first).days + 1))
        return [(each, at) for each, at in found if since < at <= now and each.isoformat() > settled]

    def next(self, now: datetime, settled: str = "") -> datetime:
        """Returns the first moment after now, of a date after `settled`."""
        dates = (each for each in self._dates(self._today(now), 9) if each.isoformat() > settled)
        return next(moment for each in dates if (moment := self._moment(each)) > now)

    def _today(self, now: datetime) -> date:
        return now.astimezone(ZoneInfo(self.zone)).date()

    def _dates(self, first: date, number: int) -> Iterator[date]:
        dates = (first + each * _DAY for each in range(number))
        return (each for each in dates if self.weekday in (None, each.weekday()))

    def _moment(self, on: date) -> datetime:
        return zones.first(datetime.combine(on, self.at), ZoneInfo(self.zone))
