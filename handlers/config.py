"""`config <device> [section]`: a device's config without its secrets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from bot.configs import sections
from bot.configs.access import Text
from bot.context import Context
from bot.core.commands import Command, Role
from bot.core.errors import NotFound, UsageError
from bot.core.message import Button, Buttons, Detail, Message, Note, Part, When, text
from bot.core.text import count, nearest

MOST_NAMED = 3
LINE = "line:"


@dataclass(frozen=True, slots=True)
class Shown:
    """`groups` of lines are shown; `at` is the line to begin with, 0 if none was asked for."""

    config: Text
    section: str
    lines: int
    groups: list[list[sections.Row]]
    at: int = 0


def run(ctx: Context, words: tuple[str, ...]) -> Shown:
    device, *section = words or ("",)
    at = _line(section)
    config = ctx.configs.text(ctx.device((device,) if device else (), "config", exact=False))
    lines = sections.lines_of(config.text)
    if not section:
        return Shown(config, "", len(lines), [_rows(lines, range(len(lines)), at)], at)
    wanted = " ".join(section)
    found = sections.sections(lines, wanted)
    if not found:
        raise NotFound(_no_section(config, lines, wanted))
    return Shown(config, wanted, len(lines), [_rows(lines, section, 0) for section in found])


def _line(words: list[str]) -> int:
    """`line:12`, from a button; it is taken out of the words."""
    if len(words) != 1 or not words[0].startswith(LINE):
        return 0
    number = words.pop().removeprefix(LINE)
    if not number.isdecimal() or len(number) > 7:
        raise UsageError(f"`{LINE}` takes the number of a line.")
    return int(number)


def _rows(lines: Sequence[str], numbers: range, at: int) -> list[sections.Row]:
    return [sections.Row(number + 1, lines[number], found=number + 1 == at) for number in numbers]


def _no_section(config: Text, lines: Sequence[str], wanted: str) -> str:
    names = list(dict.fromkeys(sections.names(lines)))
    shown = nearest(wanted, names) or list(islice(names, MOST_NAMED))
    meant = f" There are such as {', '.join(f'`{name[:60]}`' for name in shown)}." if shown else ""
    return f"The config of {config.target.hostname} has no section `{wanted[:80]}`.{meant}"


def view(shown: Shown) -> Message:
    config = shown.config
    name = config.target.hostname
    pages = sections.pages(shown.groups)
    first = _page_of(pages, shown.at)
    what = f"{shown.section} in the config of {name}" if shown.section else f"Config of {name}"
    origin = text(f"Snapshot #{config.snapshot} of ", When(config.created_at), f", {count(shown.lines, 'line')}")
    parts: list[Part] = [origin, sections.code(pages[first - 1]) if pages else text("It is empty.")]
    if len(pages) > 1:
        parts.append(Note((f"Page {first:,} of {len(pages):,}",)))
        parts.append(Buttons((Button("Show all", command=_again(shown), modal=True),)))
    return Message(
        summary=f"{what}: {count(shown.lines, 'line')}",
        title=what,
        parts=tuple(parts),
        detail=Detail(name, tuple((origin, sections.code(page)) for page in pages), first),
    )


def _again(shown: Shown) -> str:
    quote = "'" if '"' in shown.section else '"'
    more = f"{quote}{shown.section}{quote}" if shown.section else f"{LINE}{shown.at}" if shown.at else ""
    return f"config #{shown.config.target.id} {more}".strip()


def _page_of(pages: Sequence[Sequence[Sequence[sections.Row]]], line: int) -> int:
    for number, page in enumerate(pages, 1):
        if page[-1][-1].number >= line:
            return number
    return max(1, len(pages))


COMMAND = Command(
    name="config",
    usage="config <device> [section]",
    summary="Show a device's latest config, without its secrets",
    example='config rtr-fra1-001 "interface Loopback0"',
    role=Role.viewer,
    visibility="ephemeral",
    run=run,
    view=view,
    details="With a section, every part whose first line holds these words is shown, with all that belongs to it. Each secret "
    "reads `<redacted>`.",
)
