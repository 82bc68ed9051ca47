"""`changes [2h]` shows what changed in the configs of the workspace's customer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from bot.configs.changes import Changed, Listed
from bot.configs.query import perhaps_query_of
from bot.context import Context
from bot.core.arguments import Argument, Kind, Values
from bot.core.commands import Command, Role
from bot.core.message import Bold, Button, Buttons, Line, Link, Message, Mono, Note, Part, Table, When, line_text, text
from bot.core.points import joined
from bot.core.spoken_times import is_meant
from bot.core.text import count
from bot.core.values import is_point
from bot.jobs.origins import Between, Origin
from bot.webnet.target import Target
from handlers import _searched, _views

USUAL = "24h"
SINCE: Line = (
    "how far back stands first, such as ",
    Mono("2h"),
    ", ",
    Mono("3d"),
    ", ",
    Mono("yesterday"),
    " or ",
    Mono("08:00"),
    ".",
)
COLUMNS = ("Device", "When", "Lines", "Job", "Started by", "Sections")


@dataclass(frozen=True, slots=True)
class Shown:
    """Holds a page of changes, or all for a file; `since` is where they begin, with its time zone. Beside each change stands the job
    behind it, and that job's address in WebNet. `device` is one that was named by a word of the text, with the other words."""

    listed: Listed
    since: str
    origins: Sequence[Origin | None]
    pages: dict[int, str]
    webnet: str
    device: tuple[Target, tuple[str, ...]] | None = None


def run(ctx: Context, values: Values) -> Shown:
    query, since = perhaps_query_of(values), ctx.point(values.get("window", USUAL))
    listed = ctx.configs.changes(query, since)
    between = [Between(each.target.id, each.before_at, each.at, each.job) for each in listed.changes]
    origins = ctx.origins(between)
    pages = {origin.job: ctx.job_page(origin.job) for origin in origins if origin}
    meant = len(query.words) == 1 or not listed.number
    device = _searched.named_device(ctx, query.words) if meant else None
    return Shown(listed, ctx.named(since), origins, pages, ctx.webnet_page, device)


def view(shown: Shown) -> Message:
    listed = shown.listed
    line = _amount(shown)
    notes = [_searched.small_print(listed.query.filters, listed.searched, listed.fresh, late=listed.late)]
    meant = tuple(_meant(shown))
    if not listed.changes:
        return Message(summary=line_text(line), parts=(text(*line), *meant, *notes))
    if listed.query.as_file:
        if len(listed.changes) < listed.number:
            notes.insert(0, Note((f"The file holds the newest {count(len(listed.changes), 'change')}.",)))
        columns = "device", "address", "at", "added", "removed", "job", "type", "started_by", "sections"
        file = _searched.file("changes.csv", f"Changes since {shown.since}", columns, _cells(shown), shown.webnet)
        return Message(summary=line_text(line), parts=(text(*line), *notes), file=file)
    rows = tuple(_row(change, origin, shown) for change, origin in zip(listed.changes, shown.origins, strict=True))
    parts: list[Part] = [text(*line), Table("What changed", COLUMNS, rows)]
    if len(listed.changes) > 1:
        parts.append(Note(("Show diff of:",)))
    parts += [Buttons(buttons) for buttons in _buttons(listed) if buttons]
    return Message(summary=line_text(line), title="What changed", parts=(*parts, *meant, *notes))


def _meant(shown: Shown) -> Iterator[Part]:
    """Yields what may have been meant by a text of which nothing was found, or that names a device."""
    if not shown.listed.number:
        yield from _searched.taken_as_text(shown.listed.query.words, SINCE)
    if shown.device:
        target, words = shown.device
        times = joined(tuple(filter(is_meant, words)))
        window = times[0] if len(times) == 1 and is_point(times[0]) else ""
        words = tuple(word for word in words if not (window and is_meant(word)))
        command = _line(shown.listed, words=words, device=target.hostname, window=window)
        yield Buttons((Button(f"Changes of {target.hostname}", command=command, replace=True),))


def _amount(shown: Shown) -> Line:
    listed, words = shown.listed, shown.listed.query.words
    said = (" with ", Mono(listed.query.shown)) if words else ()
    end = f"{_searched.where(listed.query.filters)} since {shown.since}."
    if not listed.number:
        return ("No change", *said, end)
    amount = f"{count(listed.number, 'change')} on {count(listed.devices, 'device')}"
    return (Bold(amount), *said, end)


def _row(change: Changed, origin: Origin | None, shown: Shown) -> tuple[Line, ...]:
    job: Line = ()
    if origin:
        job = (Link(f"#{origin.job}", shown.pages[origin.job]), f" {_views.kind(origin.type)}" if origin.type else "")
    return (
        (change.target.hostname,),
        (When(change.at),),
        (_lines(change),),
        job,
        (origin.by,) if origin else (),
        (_views.sections(change.diff.sections),),
    )


def _lines(change: Changed) -> str:
    return f"+{change.diff.added:,} −{change.diff.removed:,}"


def _buttons(listed: Listed) -> Iterator[tuple[Button, ...]]:
    yield tuple(
        Button(
            f"{change.target.hostname} {_lines(change)}" if len(listed.changes) > 1 else "Show diff",
            command=_views.diff_of(change.target.id, change.before, change.after),
            modal=True,
        )
        for change in listed.changes
    )
    other = _searched.other_pages(listed.page, "Newer", "Older", partial(_line, listed))
    yield (*other, Button("All as CSV", command=_line(listed, as_file=True), file=True))


def _line(
    listed: Listed,
    page: int = 1,
    *,
    as_file: bool = False,
    words: Sequence[str] | None = None,
    device: str = "",
    window: str = "",
) -> str:
    """Writes the command line that lists the changes since the same moment at another page, as a file, or others."""
    how = _searched.paged(page, as_file=as_file)
    what = {
        **listed.query.filters,
        "device": device or listed.query.filters.get("device"),
        "text": listed.query.words if words is None else words,
    }
    return COMMAND.write({**how, "window": window or f"since {listed.since.isoformat()}", **what})


def _cells(shown: Shown) -> Iterator[tuple[object, ...]]:
    for change, origin in zip(shown.listed.changes, shown.origins, strict=True):
        job = (origin.job, origin.type, origin.by) if origin else ("", "", "")
        sections = "; ".join(section or "top level" for section in change.diff.sections)
        lines = change.diff.added, change.diff.removed
        yield (change.target.hostname, change.target.mgmt_ip, change.at, *lines, *job, sections)


COMMAND = Command(
    name="changes",
    summary="Show what changed in the configs of the network, newest first",
    arguments=(
        *_searched.PAGED,
        Argument(
            "window",
            Kind.window,
            "how far back: `2h`, `3d`, `yesterday`, `since 08:00` or `since 2026-11-20 14:00`",
            placeholder="[2h|3d|since 08:00]",
        ),
        *_searched.FILTERS,
        Argument("text", Kind.words, "words that must all stand in one line that came or went; in quotes, a phrase"),
    ),
    example="changes 2h site:fra1",
    role=Role.viewer,
    visibility="ephemeral",
    run=run,
    view=view,
    details="Lists each change that the bot has seen, of the last 24 hours unless something else is asked for: the device, when its "
    "config was read, how many lines came and went, the last commit before that or else the job that read it, who started that, and the "
    "sections of the config. Lines that change by themselves are left out, and a secret that changed counts as a change. Days and "
    "times of day are in `commands.time_zone`, and a day means its beginning.",
)
