"""`search <text>` finds lines in the configs of the workspace's customer."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from bot.configs import sections
from bot.configs.query import Query, query_of
from bot.configs.search import FoundOn, Freshness, Result
from bot.context import Context
from bot.core.arguments import Argument, Kind, Values
from bot.core.commands import Command, Role
from bot.core.csv_cells import safe_cell
from bot.core.message import Bold, Button, Buttons, File, Line, Link, Message, Mono, Note, Part, Span, When, text
from bot.core.text import and_more, count
from handlers import _views

NEVER = "Secrets are not in the copy that is searched, so they are never found."


@dataclass(frozen=True, slots=True)
class Shown:
    """Holds one page of hits. `everything` is None unless the whole result was asked for, as a file."""

    result: Result
    everything: list[FoundOn] | None
    webnet: str


def run(ctx: Context, values: Values) -> Shown:
    query = query_of(values)
    if query.as_file:
        result, everything = ctx.configs.every(query)
        return Shown(result, everything, ctx.webnet_page)
    return Shown(ctx.configs.search(query), None, ctx.webnet_page)


def view(shown: Shown) -> Message:
    result = shown.result
    if not result.devices:
        return _nothing(result)
    if shown.everything is not None:
        return _file(shown, shown.everything)
    summary = f"{_amount(result)} {_verb(result.lines)} {result.query.shown}"
    parts: list[Part] = [text(Bold(_amount(result)), f" {_verb(result.lines)} ", Mono(result.query.shown))]
    for found in result.found:
        parts += _device(found)
    parts += [Buttons(buttons) for buttons in _buttons(result) if buttons]
    parts.append(Note(_small_print(result)))
    return Message(summary=summary, title="Search", parts=tuple(parts))


def _amount(result: Result) -> str:
    return f"{count(result.lines, 'line')} on {count(result.devices, 'device')}"


def _verb(lines: int) -> str:
    return "fits" if lines == 1 else "fit"


def _device(found: FoundOn) -> list[Part]:
    lines = sections.lines_of(found.text)
    heading = text(Bold(found.target.hostname), f" · {count(found.lines, 'line')} · config of ", When(found.created_at))
    parts: list[Part] = [heading, sections.code(sections.around(lines, found.hits))]
    if found.lines > len(found.hits):
        parts.append(Note((and_more(found.lines - len(found.hits), "line"),)))
    return parts


def _buttons(result: Result) -> list[tuple[Button, ...]]:
    query = result.query
    page = min(query.page, result.pages)
    configs = tuple(
        Button(
            f"Show config of {found.target.hostname}",
            command=_views.config_at(found.target.id, found.hits[0].number),
            modal=True,
        )
        for found in result.found
    )
    other = []
    if page > 1:
        other.append(Button("Back", command=_line(query, page=page - 1), replace=True))
    if page < result.pages:
        other.append(Button("More devices", command=_line(query, page=page + 1), replace=True))
    if result.devices > 1 or any(found.lines > len(found.hits) for found in result.found):
        other.append(Button("All as CSV", command=_line(query, as_file=True)))
    return [configs, tuple(other)]


def _line(query: Query, page: int = 1, *, as_file: bool = False) -> str:
    """Writes the command line that repeats this search at another page, or as a file."""
    how = {"as": "csv" if as_file else None, "page": page if page > 1 else None}
    return COMMAND.write({**how, **query.filters, "text": query.words, "regex": query.pattern})


def _file(shown: Shown, everything: list[FoundOn]) -> Message:
    result = shown.result
    summary = f"{_amount(result)} {_verb(result.lines)} {result.query.shown}"
    instead = (
        "This Slack app may not send files (it lacks the scope ",
        Mono("files:write"),
        "); look in ",
        Link("WebNet", shown.webnet),
    )
    rows = sum(len(found.hits) for found in everything)
    notes: list[Part] = [Note(_small_print(result))]
    if rows < result.lines:
        notes.insert(0, Note((f"The file holds the first {count(rows, 'line')}.",)))
    return Message(
        summary=summary,
        parts=(text(Bold(_amount(result)), f" {_verb(result.lines)} ", Mono(result.query.shown)), *notes),
        file=File("search.csv", f"Search: {result.query.shown}", _csv(everything), instead),
    )


def _csv(everything: Iterable[FoundOn]) -> str:
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(("device", "address", "config_of", "line", "section", "text"))
    for found in everything:
        nesting = sections.Nesting(sections.lines_of(found.text))
        for hit in found.hits:
            section = nesting.section_of(hit.number - 1)
            row = (found.target.hostname, found.target.mgmt_ip, found.created_at, hit.number, section, hit.line.strip())
            writer.writerow(map(safe_cell, row))
    return written.getvalue()


def _nothing(result: Result) -> Message:
    query = result.query
    if query.secret:
        summary = f"Nothing was found: a part of {query.shown} looks like a secret. {NEVER}"
        hint = "Search for the words before it, such as the name of the command."
        return Message(summary=summary, parts=(text(summary), text(hint), Note(_small_print(result))))
    summary = f"No line fits {query.shown}."
    return Message(
        summary=summary, parts=(text("No line fits ", Mono(query.shown), "."), text(NEVER), Note(_small_print(result)))
    )


def _small_print(result: Result) -> Line:
    """Says what was searched, and how fresh the copy is."""
    fresh = result.fresh
    line: list[Span] = []
    if result.late:
        line.append("Time ran out before everything was searched; narrow it down, such as by a filter. ")
    if result.searched is None:
        line.append(f"Searched the {_extent(fresh)}")
    else:
        filters = " ".join(f"{name}:{value}" for name, value in result.query.filters.items())
        line.append(f"Searched {count(result.searched, 'device')} ({filters}) of the {_extent(fresh)}")
    if fresh.without:
        line.append(f"; {fresh.without:,} of them have none in WebNet")
    if fresh.at:
        line += ["; as of ", When(fresh.at)]
    return (*line, ".")


def _extent(fresh: Freshness) -> str:
    if fresh.have < fresh.of:
        return f"configs of {fresh.have:,} of {count(fresh.of, 'device')} so far"
    return f"configs of {count(fresh.of, 'device')}"


COMMAND = Command(
    name="search",
    summary="Search for text in device configurations",
    arguments=(
        Argument("as", Kind.choice, named=True, hidden=True, choices=("csv",)),
        Argument("page", Kind.number, named=True, hidden=True, most=9_999),
        Argument("site", Kind.text, "devices of this site", named=True),
        Argument("vendor", Kind.text, "devices of this vendor", named=True),
        Argument("device", Kind.text, "devices whose name begins so", named=True),
        Argument("text", Kind.words, "words that must all stand in a line; in quotes, a phrase", placeholder="<text>"),
        Argument("regex", Kind.rest, "a pattern instead of words, to the end of the line", named=True),
    ),
    example='search "ip route 10.0"',
    role=Role.viewer,
    visibility="ephemeral",
    run=run,
    view=view,
    details="Finds lines that hold every word, in any case; words in quotes are one phrase. `site:`, `vendor:` and `device:` "
    "(the beginning of a name) narrow it down and stand before the text. `regex:` takes the rest of the line as a pattern in RE2's "
    "syntax, such as `search vendor:cisco regex:^ip route .* 10\\.`. What is searched is the bot's copy of each device's latest "
    "config, without its secrets.",
)
