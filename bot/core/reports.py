"""Describes a section of the report, and gathers what all sections say. Pure.

What a section reads is plain JSON without secrets, so that a report can wait in the outbox: `number` is how many there are, whose
trend is kept from day to day, and the rest belongs to its own view.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from bot.core.errors import BotError
from bot.core.message import Button, Line

log = logging.getLogger(__name__)

R = TypeVar("R")
Data = Mapping[str, Any]

BARS = "▁▂▃▄▅▆▇█"
TREND_DAYS = 14


@dataclass(frozen=True, slots=True)
class Shown:
    """Holds what a section's view needs beside its data: when the report was made, its numbers of the TREND_DAYS days before, the
    oldest first and None where nothing is kept, and the addresses of jobs in WebNet."""

    now: datetime
    trend: Sequence[int | None]
    job_page: Callable[[int], str]

    def days_ago(self, days: int) -> int | None:
        """Returns the number of so many days ago."""
        return self.trend[-days] if len(self.trend) >= days else None


@dataclass(frozen=True, slots=True)
class Section(Generic[R]):
    """Says one thing in a report: `read` asks the reader of one customer, `lines` shows what that gave, and `buttons` what can be
    done about it. Sections stand by rising `order`, what needs a hand first. `sample` is what `read` may give. The number of one that
    is `of_workspace` differs between the workspaces of a customer, so it has no trend."""

    name: str
    title: str
    order: int
    read: Callable[[R], dict[str, Any]]
    lines: Callable[[Data, Shown], Iterable[Line]]
    sample: Callable[[datetime], dict[str, Any]]
    buttons: Callable[[Data], Sequence[Button]] = lambda _: ()
    of_workspace: bool = False


def gathered(
    sections: Iterable[Section[R]], reader: R, going_on: Callable[[], object] = lambda: None
) -> dict[str, Any]:
    """Reads every section, by its name. One that cannot be read now says why, and keeps none of the others back. `going_on` is
    called before each; what it raises ends it all."""
    found = {}
    for section in sections:
        going_on()
        found[section.name] = _read(section, reader)
    return found


def _read(section: Section[R], reader: R) -> dict[str, Any]:
    try:
        found = section.read(reader)
    except BotError as error:
        return {"error": error.words}
    except Exception:  # one section that fails must not hold up the others
        log.exception("the section %s of a report cannot be read", section.name)
        return {"error": "It could not be read; the bot's log says why."}
    return {**found, "trend": False} if section.of_workspace else found


def numbers(data: Data) -> dict[str, int]:
    """Returns the number of each section that could be read and has a trend."""
    return {name: one["number"] for name, one in data.items() if "number" in one and one.get("trend", True)}


def trend(history: Mapping[str, Mapping[str, int]], name: str, today: datetime) -> list[int | None]:
    """Returns the numbers of a section of the TREND_DAYS days before today, the oldest first; `history` holds them by date."""
    dates = [(today - timedelta(days=days)).date().isoformat() for days in range(TREND_DAYS, 0, -1)]
    return [history.get(each, {}).get(name) for each in dates]


def sparkline(values: Sequence[int | None]) -> str:
    """Draws numbers as bars, the highest one of full height; a day of which nothing is known is a dot. Empty without any number
    but zeros."""
    most = max((value for value in values if value), default=0)
    if not most:
        return ""
    return "".join("·" if value is None else BARS[value * (len(BARS) - 1) // most] for value in values)
