"""Shows the report: as the notice that comes at its time, and as the answer to `report now`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from bot.core.message import Bold, Buttons, Line, Message, Note, Part, Span, Text, When
from bot.core.reports import Data, Section, Shown, gathered, sparkline
from bot.report_reader import ReportReader
from handlers import reports

SECTIONS = reports.discover()
MOST_DATES = 5


def read(reader: ReportReader, going_on: Callable[[], object] = lambda: None) -> dict[str, Any]:
    """Returns what every section has to say of the reader's customer, as plain JSON. `going_on` is called before each."""
    return gathered(SECTIONS, reader, going_on)


def view(data: Data, job_page: Callable[[int], str]) -> Message:
    """Shows a report, or says which ones did not go out."""
    if not data["sections"]:
        words = f"{skipped(data)} `report now` shows how everything is at the moment."
        return Message(words, parts=(Text((("⚠️ ", words),)),))
    made_at = datetime.fromisoformat(data["made_at"])
    parts: list[Part] = [Note(tuple(_made(data)))]
    for section in SECTIONS:
        if (own := data["sections"].get(section.name)) is not None:
            parts += _section(section, own, Shown(made_at, data["trends"].get(section.name, ()), job_page))
    title = f"Report for {data['customer']}"
    return Message(f"{title}: {summary(data)}", title, tuple(parts))


def summary(data: Data) -> str:
    """Returns the numbers of a report in one line."""
    found = data["sections"]
    words = (
        f"{one.title.lower()} {found[one.name].get('number', 'not known')}" for one in SECTIONS if one.name in found
    )
    return ", ".join(words)


def skipped(data: Data) -> str:
    """Returns a sentence about the reports that did not go out."""
    days = map(date.fromisoformat, data["skipped"])
    dates = [f"{day.day} {day:%B}" for day in days]
    more = len(dates) - MOST_DATES
    named = ", ".join(dates[:MOST_DATES]) + (f" and {more} more" if more > 0 else "")
    reports_of = "report of" if len(dates) == 1 else "reports of"
    them = "it" if len(dates) == 1 else "them"
    return f"The {reports_of} {named} did not go out: the bot was away then, or could not make or send {them} in time."


def _made(data: Data) -> Iterator[Span]:
    if data["late"]:
        yield from (Bold("Late"), ": it was due ", When(datetime.fromisoformat(data["due_at"])), ". ")
    if data["skipped"]:
        yield f"{skipped(data)} "
    made, since = (When(datetime.fromisoformat(data[name])) for name in ("made_at", "since"))
    yield from ("As of ", made, ", since ", since, ".")


def _section(section: Section[Any], own: Data, shown: Shown) -> Iterator[Part]:
    if "error" in own:
        yield Text(((Bold(section.title), f": not known. {own['error']}"),))
        return
    number, lines = own["number"], tuple(section.lines(own, shown))
    bars = sparkline((*shown.trend, number)) if any(each is not None for each in shown.trend) else ""
    head: Line = (
        Bold(section.title),
        f": {f'{number:,}' if number or lines else 'nothing'}",
        f"  {bars}" if bars else "",
    )
    yield Text((head, *lines))
    if buttons := tuple(section.buttons(own)):
        yield Buttons(buttons)
