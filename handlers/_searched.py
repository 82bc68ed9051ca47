"""Shows what of the copy of the configs was searched, and how fresh it is; and a file of all that was found."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice

from bot.configs import spellings
from bot.configs.page import Page
from bot.configs.query import Query
from bot.configs.search import Freshness
from bot.context import Context
from bot.core.arguments import Argument, Kind
from bot.core.csv_cells import safe_cell
from bot.core.errors import NotFound
from bot.core.message import Button, File, Line, Link, Mono, Note, Span, When
from bot.core.spoken_times import is_meant
from bot.core.text import count
from bot.webnet.target import Target

PAGED = (
    Argument("as", Kind.choice, named=True, hidden=True, choices=("csv",)),
    Argument("page", Kind.number, named=True, hidden=True, most=9_999),
)
FILTERS = (
    Argument("site", Kind.text, "devices of this site", named=True),
    Argument("vendor", Kind.text, "devices of this vendor", named=True),
    Argument("device", Kind.text, "devices whose name begins so", named=True),
)


MOST_SPELLED = 3
MOST_LOOKED_UP = 5  # words of which one may be a device
NO_FILTERS = frozenset({"role", "group", "platform", "customer", "host", "hostname", "name", "tag", "region", "status"})
NAMES = frozenset({"site", "vendor", "device", "since", "was", "word", "regex"})
PATTERNS = frozenset({"re", "regexp", "pattern", "grep"})
_NAMED = re.compile("([a-z]+)([:=])(.*)", re.IGNORECASE | re.DOTALL)
_AS_TEXT = " was searched for as text: "


def paged(page: int, *, as_file: bool) -> dict[str, object]:
    """Returns the values of PAGED for a page, or for a file of everything."""
    return {"as": "csv" if as_file else None, "page": page if page > 1 else None}


def other_pages(page: Page, back: str, on: str, line: Callable[[int], str]) -> Iterator[Button]:
    """Yields the buttons, labelled `back` and `on`, to the pages beside this one; `line(page)` is the command line of a page."""
    if page.number > 1:
        yield Button(back, command=line(page.number - 1), replace=True)
    if page.number < page.count:
        yield Button(on, command=line(page.number + 1), replace=True)


def small_print(filters: Mapping[str, str], searched: int | None, fresh: Freshness, *, late: bool) -> Note:
    """`searched` is how many devices match the filters."""
    line: list[Span] = []
    if late:
        line.append("Time ran out before everything was searched; narrow it down, such as by a filter. ")
    if searched is not None:
        line.append(f"{count(searched, 'device')} {'fits' if searched == 1 else 'fit'} {_written(filters)}. ")
    line.append("Searched the configs of " if searched is None else "In all, the bot has the configs of ")
    line += _extent(fresh)
    if fresh.without:
        line.append(f"; {count(fresh.without, 'other')} {'has' if fresh.without == 1 else 'have'} none in WebNet")
    if fresh.at:
        line += ["; as of ", When(fresh.at)]
    return Note((*line, "."))


def where(filters: Mapping[str, str]) -> str:
    """Returns the filters in parentheses, behind a space; empty without any."""
    return f" ({_written(filters)})" if filters else ""


def _written(filters: Mapping[str, str]) -> str:
    return " ".join(f"{name}:{value}" for name, value in filters.items())


def taken_as_text(words: Sequence[str], time: Line) -> Iterator[Note]:
    """Yields what to write instead of words that look like a filter, a pattern or a time, and were searched for as text. `time` says
    how a time is written here."""
    for word in words:
        found = _NAMED.fullmatch(word)
        name, sign, value = found.groups() if found else ("", "", "")
        instead: Line = ("the filters are ", Mono("site:"), ", ", Mono("vendor:"), " and ", Mono("device:"), ".")
        if name.lower() in PATTERNS:
            instead = ("a pattern is ", Mono(f"search regex:{value}"), ".")
        elif name.lower() in NAMES and not value:
            instead = ("what stands behind the colon follows it without a blank.",)
        elif not (value and (name.lower() in NO_FILTERS or (sign == "=" and name.lower() in NAMES))):
            continue
        yield Note((Mono(word), _AS_TEXT, *instead))
    if times := [word for word in words if is_meant(word)]:
        yield Note((Mono(" ".join(times)), _AS_TEXT, *time))


def meant_otherwise(words: Sequence[str]) -> list[str]:
    """Returns the words that look like a filter, a pattern or a time."""
    named = {*NAMES, *NO_FILTERS, *PATTERNS}
    found = ((word, _NAMED.fullmatch(word)) for word in words)
    return [word for word, name in found if is_meant(word) or (name is not None and name[1].lower() in named)]


def spelled(query: Query, finds: Callable[[Query], object]) -> tuple[Query, ...]:
    """Returns the query with other spellings of its words, such as the whole name of an interface, as far as that `finds` anything."""
    if query.pattern:
        return ()
    others = (
        replace(query, words=words, page=1, as_file=False)
        for words in islice(spellings.others(query.words), MOST_SPELLED)
    )
    return tuple(other for other in others if finds(other))


def named_device(ctx: Context, words: Sequence[str]) -> tuple[Target, tuple[str, ...]] | None:
    """Returns the device that one of these words names, and the other words: they may have been meant for it alone, and not for lines
    that hold its name."""
    for place, word in enumerate(words[:MOST_LOOKED_UP]):
        with suppress(NotFound):
            if target := ctx.devices.named(word):
                return target, (*words[:place], *words[place + 1 :])
    return None


def _extent(fresh: Freshness) -> Line:
    searched = count(fresh.have - fresh.without, "device")
    if fresh.have == fresh.of:
        return (searched,)
    so_far = f"{searched}; {fresh.have:,} of {fresh.of:,} were looked at so far"
    return (f"{so_far}, since ", When(fresh.since)) if fresh.since else (so_far,)


def file(name: str, title: str, columns: Iterable[str], rows: Iterable[Iterable[object]], webnet: str) -> File:
    """Makes a CSV of rows, whose cells no spreadsheet takes for a formula."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(columns)
    writer.writerows(map(safe_cell, row) for row in rows)
    instead = (
        "This Slack app may not send files (it lacks the scope ",
        Mono("files:write"),
        "); look in ",
        Link("WebNet", webnet),
    )
    return File(name, title, written.getvalue(), instead)
