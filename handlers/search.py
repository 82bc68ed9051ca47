"""`search <text>` finds lines in the configs of the workspace's customer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from bot.configs import sections
from bot.configs.query import Query, query_of
from bot.configs.search import FoundOn, Result
from bot.context import Context
from bot.core.arguments import Argument, Kind, Values
from bot.core.commands import Command, Role
from bot.core.message import Bold, Button, Buttons, Line, Message, Mono, Note, Part, When, line_text, text
from bot.core.text import and_more, count
from bot.webnet.target import Target
from handlers import _searched, _views

SINCE: Line = (
    "what came since then is ",
    Mono("since:3d"),
    ", ",
    Mono("since:yesterday"),
    " or ",
    Mono("since:2026-11-20"),
    ".",
)
NEVER = "Secrets are not in the copy that is searched, so they are never found."


@dataclass(frozen=True, slots=True)
class Shown:
    """Holds one page of hits. `everything` is None unless the whole result was asked for, as a file. `device` is one that was named by a
    word of a text that was not found, with the other words. Of the `spelled` queries, which spell the text otherwise, something was found."""

    result: Result
    everything: list[FoundOn] | None
    webnet: str
    since: str = ""
    device: tuple[Target, tuple[str, ...]] | None = None
    spelled: tuple[Query, ...] = ()


def run(ctx: Context, values: Values) -> Shown:
    query, since = query_of(values), ""
    if "since" in values:
        moment = ctx.point(values["since"])
        query, since = replace(query, since=moment), ctx.named(moment)
    if query.as_file:
        result, everything = ctx.configs.every(query)
        return Shown(result, everything, ctx.webnet_page, since)
    result = ctx.configs.search(query)
    spelled = () if result.late else _searched.spelled(query, lambda other: ctx.configs.search(other).devices)
    device = None if result.devices or len(query.words) < 2 else _searched.named_device(ctx, query.words)
    return Shown(result, None, ctx.webnet_page, since, device, spelled)


def view(shown: Shown) -> Message:
    result = shown.result
    if not result.devices:
        return _nothing(shown)
    if shown.everything is not None:
        return _file(shown, shown.everything)
    line = _amount(shown)
    parts: list[Part] = [text(*line)]
    for found in result.found:
        parts += _device(found)
    if len(result.found) > 1:
        parts.append(Note((f"Show {_opened(result.query)} of:",)))
    parts += [Buttons(buttons) for buttons in _buttons(result) if buttons]
    parts += _otherwise(shown)
    parts.append(_small_print(result))
    return Message(summary=line_text(line), title="Search", parts=tuple(parts))


def _amount(shown: Shown) -> Line:
    result = shown.result
    amount = (
        f"{count(result.lines, 'line')} on {count(result.devices, 'device')}{_searched.where(result.query.filters)}"
    )
    fit = "fits" if result.lines == 1 else "fit"
    return (Bold(amount), f"{_which(shown, one=result.lines == 1)} {fit} ", Mono(result.query.shown))


def _which(shown: Shown, *, one: bool) -> str:
    """Returns what narrows the lines down to those that came or went."""
    if not shown.since:
        return f" that {'stands' if one else 'stand'} no more" if shown.result.query.gone else ""
    return f" that {'went' if shown.result.query.gone else 'came'} since {shown.since}"


def _opened(query: Query) -> str:
    return "diff" if query.gone or query.since else "config"


def _device(found: FoundOn) -> list[Part]:
    lines = sections.lines_of(found.text)
    heading: Line = (
        Bold(found.target.hostname),
        f" · {count(found.lines, 'line')} · config of ",
        When(found.created_at),
    )
    if found.gone_at:
        heading = (*heading, ", gone by ", When(found.gone_at))
    parts: list[Part] = [text(*heading), sections.code(sections.around(lines, found.hits))]
    if found.lines > len(found.hits):
        parts.append(Note((and_more(found.lines - len(found.hits), "line"),)))
    return parts


def _buttons(result: Result) -> list[tuple[Button, ...]]:
    query = result.query
    configs = tuple(
        Button(
            found.target.hostname
            if len(result.found) > 1
            else f"Show {_opened(query)}",  # short, so that a phone has two in a row
            command=_opening(found),
            modal=True,
        )
        for found in result.found
    )
    other = list(_searched.other_pages(result.page, "Back", "More devices", partial(_line, query)))
    if result.devices > 1 or any(found.lines > len(found.hits) for found in result.found):
        other.append(Button("All as CSV", command=_line(query, as_file=True), file=True))
    return [configs, tuple(other)]


def _opening(found: FoundOn) -> str:
    if found.change:
        return _views.diff_of(found.target.id, *found.change)
    return _views.config_at(found.target.id, found.hits[0].number)


def _line(query: Query, page: int = 1, *, as_file: bool = False) -> str:
    """Writes the command line that repeats this search at another page, or as a file."""
    how = _searched.paged(page, as_file=as_file)
    since = query.since.isoformat() if query.since else None
    return COMMAND.write({**how, **query.filters, "since": since, "word": query.whole, **_text(query)})


def _text(query: Query) -> dict[str, object]:
    if query.gone:
        return {"was": query.words[0]}
    return {} if query.whole else {"text": query.words, "regex": query.pattern}


def _file(shown: Shown, everything: list[FoundOn]) -> Message:
    result = shown.result
    rows = sum(len(found.hits) for found in everything)
    notes: list[Part] = [_small_print(result)]
    if rows < result.lines:
        notes.insert(0, Note((f"The file holds the first {count(rows, 'line')}.",)))
    columns = "device", "address", "config_of", "line", "section", "text", *(("gone_by",) if result.query.gone else ())
    line, title = _amount(shown), f"Search: {result.query.shown}"
    return Message(
        summary=line_text(line),
        parts=(text(*line), *notes),
        file=_searched.file("search.csv", title, columns, _rows(everything), shown.webnet),
    )


def _rows(everything: Iterable[FoundOn]) -> Iterator[tuple[object, ...]]:
    for found in everything:
        nesting = sections.Nesting(sections.lines_of(found.text))
        gone = (found.gone_at,) if found.gone_at else ()
        for hit in found.hits:
            section, target = nesting.section_of(hit.number - 1), found.target
            row = (target.hostname, target.mgmt_ip, found.created_at, hit.number, section, hit.line.strip(), *gone)
            yield row


def _small_print(result: Result) -> Note:
    return _searched.small_print(result.query.filters, result.searched, result.fresh, late=result.late)


def _nothing(shown: Shown) -> Message:
    result, query = shown.result, shown.result.query
    if query.secret:
        summary = f"Nothing was found: a part of {query.shown} looks like a secret. {NEVER}"
        hint = "Search for the words before it, such as the name of the command."
        return Message(summary=summary, parts=(text(summary), text(hint), _small_print(result)))
    became = " has gone" if query.gone else ""
    if shown.since:
        became = f" {'went' if query.gone else 'came'} since {shown.since}"
    fits = f"that fits{_searched.where(query.filters)}" if became else "fits"
    line: Line = (f"No line {fits} ", Mono(query.shown), f"{became}.")
    notes = (*_searched.taken_as_text(query.words, SINCE), *_otherwise(shown), _small_print(result))
    return Message(summary=line_text(line), parts=(text(*line), text(NEVER), *notes))


def _otherwise(shown: Shown) -> Iterator[Part]:
    """Yields the buttons of what may have been meant."""
    query = shown.result.query
    buttons = [Button(f"Search {other.shown}", command=_line(other), replace=True) for other in shown.spelled]
    if shown.device:
        target, words = shown.device
        on_it = replace(query, words=words, filters={**query.filters, "device": target.hostname})
        buttons.append(Button(f"Search on {target.hostname}", command=_line(on_it), replace=True))
    if buttons:
        yield Buttons(tuple(buttons))


COMMAND = Command(
    name="search",
    summary="Search for text in device configurations",
    arguments=(
        *_searched.PAGED,
        *_searched.FILTERS,
        Argument(
            "since",
            Kind.point,
            "only lines that came since then, such as `3d`, `yesterday` or `2026-11-20`",
            named=True,
        ),
        Argument("was", Kind.text, "a phrase of lines that stand no more", named=True),
        Argument("word", Kind.text, "one whole word instead, such as ip and no part of description", named=True),
        Argument("text", Kind.words, "words that must all stand in a line; in quotes, a phrase", placeholder="<text>"),
        Argument("regex", Kind.rest, "a pattern instead of words, to the end of the line", named=True),
    ),
    example='search "ip route 10.0"',
    role=Role.viewer,
    visibility="ephemeral",
    run=run,
    view=view,
    details="Finds lines that hold every word, in any case; words in quotes are one phrase. `site:`, `vendor:` and `device:` "
    "(the beginning of a name) narrow it down and stand before the text. `since:3d` finds lines that came in the last three days, "
    'and `was:"ip route"` lines that stand no more, as far as [history](operations.md#the-copy-of-the-configs) goes. `word:ip` finds ip as a whole word alone. `regex:` takes the rest of the line as a pattern in RE2\'s '
    "syntax, such as `search vendor:cisco regex:^ip route .* 10\\.`. What is searched is the bot's copy of each device's latest "
    "config, without its secrets.",
)
