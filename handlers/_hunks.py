"""Shows the differences of two texts, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.configs import sections
from bot.configs.diff import Diff, Line
from bot.core.message import Code, Mono, Text, text

WIDTH, ROW = 400, 100  # characters of a line that are shown, and of one row on the screen
LEAST_LINES = 4  # of a hunk that begins at the end of a page


def pages(found: Diff, most: int) -> Iterator[tuple[Text | Code, ...]]:
    """Yields pages of about `most` rows: each hunk below the line where it begins, a long one goes on at the next page."""
    page: list[Text | Code] = []
    space = most
    for hunk in found.hunks:
        at, left = hunk.new, list(hunk.lines)
        while left:
            if space < LEAST_LINES and page:
                yield tuple(page)
                page, space = [], most
            taken = _fitting(left, space)
            page += (_heading(at, hunk.section), _code(left[:taken]))
            at += sum(line.sign != "-" for line in left[:taken])
            space, left = space - sum(map(_rows, left[:taken])) - 1, left[taken:]
    yield tuple(page)


def _fitting(lines: Sequence[Line], space: int) -> int:
    """Returns how many of the lines fit into `space` rows, but at least one."""
    for number, line in enumerate(lines):
        space -= _rows(line)
        if space < 0:
            return max(1, number)
    return len(lines)


def _rows(line: Line) -> int:
    return 1 + min(len(line.text), WIDTH) // ROW


def _heading(line: int, section: str) -> Text:
    where = f"From line {line:,}"
    return text(where, ", in ", Mono(section)) if section else text(where)


def _code(lines: Iterable[Line]) -> Code:
    pieces: list[str] = []
    marks: list[tuple[int, int]] = []
    end = 0
    for line in lines:
        pieces.append(f"{line.sign} {sections.one_line(line.text, WIDTH)}\n")
        if line.sign != " ":
            marks.append((end, end + len(pieces[-1]) - 1))
        end += len(pieces[-1])
    return Code("".join(pieces), tuple(marks))
