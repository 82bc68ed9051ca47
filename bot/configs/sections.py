"""Finds the sections of a config. All vendors agree that lines in deeper indentation, or in braces, belong to the line above.
It is pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.configs.line_match import Hit
from bot.core.message import Code
from bot.core.text import ELLIPSIS, cut

MOST_HEADERS = 3
WIDTH = 160  # characters of a line that are shown; the marked part of a longer one is in view
PAGE_LINES, PAGE_CHARACTERS = 50, 6_000

_COMMENT = re.compile(r"\s*(?:[!#/*].*)?\Z")
_MENU = re.compile("/[a-z]")  # MikroTik: a line such as "/interface bridge" heads what follows, and nothing is indented


@dataclass(frozen=True, slots=True)
class Row:
    """One line to show: `spans` are to be marked, and a line with `found` has a mark in its gutter, too."""

    number: int
    text: str
    spans: tuple[tuple[int, int], ...] = ()
    found: bool = False


def lines_of(text: str) -> list[str]:
    """Splits a text into lines, which end at a newline alone, so that their numbers are those of a search."""
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]


class Nesting:
    """Which lines each line of a text belongs to. What was found is kept, so asking for all of them is linear, too."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._known: dict[int, int] = {}

    @cached_property
    def _menus(self) -> list[int]:
        return [index for index, line in enumerate(self._lines) if _MENU.match(line)]

    def headers(self, index: int) -> list[int]:
        """Outermost first, as indexes: the innermost ones, if there are many."""
        return self._all_headers(index)[-MOST_HEADERS:]

    def section_of(self, index: int) -> str:
        """The headers' own words."""
        return self._words(self.headers(index))

    def whole_section_of(self, index: int) -> str:
        """The words of all headers, however many there are."""
        return self._words(self._all_headers(index))

    def _words(self, headers: Iterable[int]) -> str:
        return " › ".join(_name(self._lines[above]) for above in headers)

    def _all_headers(self, index: int) -> list[int]:
        found: list[int] = []
        above = self._above(index)
        while above >= 0:
            found.append(above)
            above = self._above(above)
        if not found and not _MENU.match(self._lines[index]):
            found = self._menus[: bisect_left(self._menus, index)][-1:]
        return found[::-1]

    def _above(self, index: int) -> int:
        """The nearest line above that is indented less, or -1."""
        depth = _depth(self._lines[index])
        above = index - 1 if depth else -1
        while above >= 0:
            line = self._lines[above]
            if _COMMENT.match(line):
                above -= 1
            elif _depth(line) < depth:
                break
            else:
                above = self._known.get(above, above - 1)  # all between these two are indented at least as much
        self._known[index] = above
        return above


def sections(lines: Sequence[str], words: str) -> list[range]:
    """Returns the lines of every section whose first line holds `words` in any case; no section is inside another. Words that end with
    a number mean that very number, if there is one."""
    wanted, found = words.casefold(), list[range]()
    for index, line in enumerate(lines):
        if wanted in line.casefold() and (not found or index >= found[-1].stop):
            section = _section(lines, index)
            if len(section) > 1:
                found.append(section)
    number = re.compile(rf"{re.escape(wanted)}(?![0-9])")
    exact = [section for section in found if number.search(lines[section.start].casefold())]
    return exact if wanted[-1:].isdigit() and exact else found


def names(lines: Sequence[str]) -> Iterator[str]:
    """Returns the names of the outermost sections."""
    index = 0
    while index < len(lines):
        section = _section(lines, index)
        if len(section) > 1:
            yield _name(lines[index])
        index = section.stop


def _section(lines: Sequence[str], index: int) -> range:
    """Returns a line with those that belong to it."""
    if not lines[index].strip():
        return range(index, index + 1)
    depth, end = _depth(lines[index]), index + 1
    if _MENU.match(lines[index]):
        while end < len(lines) and not _MENU.match(lines[end]):
            end += 1
        return range(index, end)
    while end < len(lines) and lines[end].strip() and _depth(lines[end]) > depth:
        end += 1
    if end < len(lines) and end > index + 1 and lines[end].strip().startswith("}") and _depth(lines[end]) == depth:
        end += 1
    return range(index, end)


def _depth(line: str) -> int:
    expanded = line.expandtabs(8)
    return len(expanded) - len(expanded.lstrip())


def _name(line: str) -> str:
    return line.strip().removesuffix("{").strip()


def around(lines: Sequence[str], hits: Iterable[Hit], context: int = 1) -> list[list[Row]]:
    """Returns the hits with the lines around and those that they belong to, grouped where line follows line."""
    spans = {hit.number: hit.spans for hit in hits}
    nesting = Nesting(lines)
    shown = {above + 1 for number in spans for above in nesting.headers(number - 1)}
    for number in spans:
        shown.update(range(max(1, number - context), min(len(lines), number + context) + 1))
    groups: list[list[Row]] = []
    for number in sorted(shown):
        if not groups or groups[-1][-1].number + 1 < number:
            groups.append([])
        groups[-1].append(Row(number, lines[number - 1], spans.get(number, ()), found=number in spans))
    return groups


def code(groups: Iterable[Sequence[Row]], *, width: int = WIDTH) -> Code:
    """Writes rows with line numbers in front, and three dots between groups."""
    groups = list(groups)
    digits = len(str(max((row.number for rows in groups for row in rows), default=0)))
    pieces: list[str] = []
    marks: list[tuple[int, int]] = []
    end = 0
    for number, rows in enumerate(groups):
        if number:
            pieces.append(f"{' ' * (digits + 1)}{ELLIPSIS}\n")
            end += len(pieces[-1])
        for row in rows:
            text, spans = _cut(row, width)
            gutter = f"{'▸' if row.found else ' '}{row.number:>{digits}}  "
            marks += ((end + len(gutter) + start, end + len(gutter) + stop) for start, stop in spans)
            pieces.append(f"{gutter}{text}\n")
            end += len(pieces[-1])
    return Code("".join(pieces), tuple(marks))


def _cut(row: Row, width: int) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Cuts the row's text to at most `width` characters that include the first marked piece."""
    text = _printable(row.text)
    if len(text) <= width:
        return text, row.spans
    first = row.spans[0][0] if row.spans else 0
    start = min(first - width // 4, len(text) - width) if first > width // 2 else 0
    before, after = (ELLIPSIS if start else ""), (ELLIPSIS if start + width < len(text) else "")
    kept = f"{before}{text[start + len(before) : start + width - len(after)]}{after}"
    moved = ((max(0, a - start), min(width, b - start)) for a, b in row.spans)
    return kept, tuple((a, b) for a, b in moved if a < b)


def one_line(text: str, width: int = WIDTH) -> str:
    return cut(_printable(text), width)


def _printable(text: str) -> str:
    """Replaces characters that break lines, so that every other stays in its place."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else " " if char == "\t" else "\ufffd" for char in text)


def pages(groups: Iterable[Sequence[Row]]) -> list[list[list[Row]]]:
    """Splits groups of rows into pages that fit into a message."""
    made: list[list[list[Row]]] = []
    lines = characters = 0
    for rows in groups:
        fresh = True
        for row in rows:
            lines, characters = lines + 1, characters + min(len(row.text), WIDTH) + 10
            if not made or lines > PAGE_LINES or characters > PAGE_CHARACTERS:
                made.append([])
                lines, characters, fresh = 1, min(len(row.text), WIDTH) + 10, True
            if fresh:
                made[-1].append([])
                fresh = False
            made[-1][-1].append(row)
    return made
