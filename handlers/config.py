"""`config <device> [section]` shows a device's config without its secrets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.configs import sections, spellings
from bot.configs.access import Text
from bot.context import Context
from bot.core.arguments import DEVICE, Argument, Kind, Values
from bot.core.commands import Command, Role
from bot.core.errors import NotFound
from bot.core.line import straight
from bot.core.message import Button, Buttons, Detail, Message, Note, Part, When, text
from bot.core.text import count, nearest
from handlers import _folds, _views

MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """Holds the groups of lines to show. `at` is the line to begin with, counted from 1; 0 if none was asked for."""

    config: Text
    section: str
    lines: int
    groups: list[list[sections.Row]]
    at: int = 0


def run(ctx: Context, values: Values) -> Shown:
    wanted = " ".join(straight(" ".join(values.get("section", ()))).split())
    target = ctx.devices.find(values["device"], exact=False)
    ctx.audit.concerns(target)
    config = ctx.configs.text(target)
    lines = sections.lines_of(config.text)
    if not wanted:
        at = values.get("line", 0)
        return Shown(config, "", len(lines), [_rows(lines, range(len(lines)), at)], at)
    found, wanted = _found(lines, wanted)
    if not found:
        raise NotFound(_no_section(config, lines, wanted))
    return Shown(config, wanted, len(lines), [_rows(lines, section, 0) for section in found])


def _found(lines: Sequence[str], wanted: str) -> tuple[list[range], str]:
    """Returns the sections, and by which spelling of the words they were found."""
    for words in (wanted, *(other for (other,) in spellings.others([wanted]))):
        if found := sections.sections(lines, words):
            return found, words
    return [], wanted


def _rows(lines: Sequence[str], numbers: range, at: int) -> list[sections.Row]:
    return [sections.Row(number + 1, lines[number], found=number + 1 == at) for number in numbers]


def _no_section(config: Text, lines: Sequence[str], wanted: str) -> str:
    names = list(dict.fromkeys(sections.names(lines)))
    spelled = next((words for (words,) in spellings.others([wanted])), wanted)
    first = spelled.casefold().split()[0]
    alike = [name for name in names if name.casefold().split()[:1] == [first]] or names
    shown = nearest(spelled, alike) or alike[:MOST_NAMED]
    meant = f" There are sections such as {', '.join(f'`{name[:60]}`' for name in shown)}." if shown else ""
    return f"The config of {config.target.hostname} has no section `{wanted[:80]}`.{meant}"


def view(shown: Shown) -> Message:
    config = shown.config
    name = config.target.hostname
    pages = sections.pages(shown.groups)
    first = _page_of(pages, shown.at)
    what = f"{shown.section} in the config of {name}" if shown.section else f"Config of {name}"
    origin = text(f"Snapshot #{config.snapshot} of ", When(config.created_at), f", {count(shown.lines, 'line')}")
    parts: list[Part] = [origin]
    parts += _folds.folded("The lines", [sections.code(pages[first - 1])]) if pages else [text("It is empty.")]
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
    section = (shown.section,) if shown.section else ()
    return COMMAND.write({"device": f"#{shown.config.target.id}", "section": section, "line": shown.at or None})


def _page_of(pages: Sequence[Sequence[Sequence[sections.Row]]], line: int) -> int:
    for number, page in enumerate(pages, 1):
        if page[-1][-1].number >= line:
            return number
    return max(1, len(pages))


COMMAND = Command(
    name="config",
    summary="Show a device's latest config, without its secrets",
    arguments=(
        DEVICE,
        Argument("section", Kind.words, "words of the line that the section begins with"),
        _views.LINE,
    ),
    example='config rtr-fra1-001 "router bgp"',
    role=Role.viewer,
    visibility="ephemeral",
    run=run,
    view=view,
    details="With a section, every part whose first line holds these words is shown, with all that belongs to it. Each secret "
    "reads `<redacted>`.",
)
