"""Makes one message of many notices: each is named once, grouped by what happened, failures first. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.core.message import Bold, Line, Message, Note, Part, Text, line_text, text
from bot.core.notice_kinds import BY_RANK
from bot.core.text import count, cut

MOST_LINES = 100  # of one message; nobody reads a longer one
LONGEST_LINE = 300  # characters, as are the next two
LONGEST_GROUP = 100
LONGEST_TALLY = 600


@dataclass(frozen=True, slots=True)
class Entry:
    """A notice in a digest. `id` is for whoever makes the entry; `flag` is the channel's flag that the notice came for."""

    id: int
    flag: str
    group: str
    line: Line


@dataclass(frozen=True, slots=True)
class Page:
    """One message of a digest, and the ids of the entries that it names; the others follow on further pages."""

    message: Message
    shown: tuple[int, ...]


def check(entry: Entry) -> None:
    """Raises TypeError or AttributeError for an entry that no page can hold: WebNet may put anything where text belongs."""
    cut(entry.group, LONGEST_GROUP) + line_text(entry.line)


def page(entries: Sequence[Entry], fits: Callable[[Message], bool], *, continued: bool = False) -> Page:
    """Returns the next page of what is left, with at least one entry. `fits` says whether a message can be shown whole."""
    ordered = sorted(entries, key=lambda entry: (*_heading(entry), entry.id))
    number = min(len(ordered), MOST_LINES)
    while not fits(message := _message(ordered, number, continued=continued)) and number > 1:
        number = max(1, number * 3 // 4)
    return Page(message, tuple(entry.id for entry in ordered[:number]))


def _rank(flag: str) -> int:
    return BY_RANK.index(flag) if flag in BY_RANK else len(BY_RANK)


def _message(ordered: Sequence[Entry], number: int, *, continued: bool) -> Message:
    shown, left = ordered[:number], len(ordered) - number
    more: tuple[Part, ...] = (Note((f"{left:,} more in this thread.",)),) if left else ()
    if continued:
        summary = f"Continued: {count(number, 'notice')}" + (f", {left:,} more to come." if left else ", the last.")
        return Message(summary, "", (*_groups(shown), *more))
    groups = groupby(ordered, key=_heading)
    tally = cut(", ".join(f"{len(list(same)):,} × {group}" for (_, group), same in groups), LONGEST_TALLY)
    title = count(len(ordered), "notice")
    return Message(f"{title}: {tally}", title, (text(tally), *_groups(shown), *more))


def _heading(entry: Entry) -> tuple[int, str]:
    return _rank(entry.flag), cut(" ".join(entry.group.split()), LONGEST_GROUP)


def _groups(entries: Sequence[Entry]) -> Iterator[Part]:
    for (_, group), same in groupby(entries, key=_heading):
        yield Text(((Bold(group),), *(("• ", *_short(entry.line)) for entry in same)))


def _short(line: Line) -> Line:
    """Returns the line without line breaks, and not too long."""
    words = line_text(line)
    return line if len(words) <= LONGEST_LINE and "\n" not in words else (cut(" ".join(words.split()), LONGEST_LINE),)
