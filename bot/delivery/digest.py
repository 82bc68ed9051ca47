"""Makes one message of many notices: each is named once, grouped by what happened, failures first. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from bot.core.message import Bold, Line, Message, Note, Part, Text, When, line_text, text
from bot.core.notice_kinds import BY_RANK
from bot.core.text import count, cut

MOST_LINES = 400  # of one page: Slack's 12,000 characters of lines that are short
MANY = 40  # from so many lines on each is cut to be short
LONGEST_LINE, LONGEST_OF_MANY = 300, 75  # characters, as are the next two
LONGEST_GROUP = 100
LONGEST_TALLY = 600


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a digest, about one notice or several, whose `ids` are for whoever makes the entry. `flag` is the channel's flag
    that they came for. `marks` follow the line, which is cut before them."""

    ids: tuple[int, ...]
    flag: str
    group: str
    line: Line
    marks: Line = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One message of a digest, the ids of the notices that it names and that were not named before, and how many lines these are; the
    others follow on further pages."""

    message: Message
    shown: tuple[int, ...]
    lines: int


def check(entry: Entry) -> None:
    """Raises TypeError or AttributeError for an entry that no page can hold: WebNet may put anything where text belongs."""
    cut(entry.group, LONGEST_GROUP) + line_text((*entry.line, *entry.marks))


def page(
    entries: Sequence[Entry],
    fits: Callable[[Message], bool],
    most: int = MOST_LINES,
    *,
    before: Sequence[Entry] = (),
    continued: bool = False,
    held_since: datetime | None = None,
) -> Page:
    """Returns the next page of what is left, with at least one entry and at most `most`; or the page that names those `before`
    already and has room for more, which may be for none. `fits` says whether a message can be shown whole. With `held_since` the
    entries are about notices that were held, the oldest of them from then, and keep their order."""
    ordered = entries if held_since else _ordered(entries)
    number, least = max(0, min(len(ordered), most - len(before))), 0 if before else 1
    while True:
        message = shown((*before, *ordered[:number]), ordered[number:], continued=continued, held_since=held_since)
        if number <= least or fits(message):
            return Page(message, tuple(each for entry in ordered[:number] for each in entry.ids), number)
        number = max(least, number * 9 // 10)


def shown(
    named: Sequence[Entry], left: Sequence[Entry], *, continued: bool = False, held_since: datetime | None = None
) -> Message:
    """Makes the page with these entries. Those that are `left` for other pages are counted on the first page alone."""
    named = named if held_since else _ordered(named)
    if continued:
        return Message(f"Continued: {count(_notices(named), 'notice')}", "", tuple(_groups(named)), whole=True)
    groups = groupby((*named, *left) if held_since else _ordered((*named, *left)), key=_heading)
    tally = cut(", ".join(f"{_notices(same):,} × {group}" for (_, group), same in groups), LONGEST_TALLY)
    title = count(_notices(named) + _notices(left), "notice")
    more: tuple[Part, ...] = (Note((f"{_notices(left):,} more in this thread.",)),) if left else ()
    if held_since:
        title += " held until now"
        more = (*more, Note(("The oldest is from ", When(held_since), "; the newest come first.")))
    return Message(f"{title}: {tally}", title, (text(tally), *_groups(named), *more), whole=True)


def _ordered(entries: Sequence[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (*_heading(entry), entry.ids))


def _rank(flag: str) -> int:
    return BY_RANK.index(flag) if flag in BY_RANK else len(BY_RANK)


def _notices(entries: Iterable[Entry]) -> int:
    return sum(len(entry.ids) for entry in entries)


def _heading(entry: Entry) -> tuple[int, str]:
    return _rank(entry.flag), cut(" ".join(entry.group.split()), LONGEST_GROUP)


def _groups(entries: Sequence[Entry]) -> Iterator[Part]:
    longest = LONGEST_OF_MANY if len(entries) >= MANY else LONGEST_LINE
    for (_, group), same in groupby(entries, key=_heading):
        yield Text(((Bold(group),), *(("• ", *_short(entry.line, longest), *entry.marks) for entry in same)))


def _short(line: Line, longest: int) -> Line:
    """Returns the line without line breaks, and not too long."""
    words = line_text(line)
    return line if len(words) <= longest and "\n" not in words else (cut(" ".join(words.split()), longest),)
