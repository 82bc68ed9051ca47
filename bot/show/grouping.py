"""Puts equal outputs of one command together, whatever changes by itself in them. Pure, and in practice linear in the text.

What is volatile in a line depends on the line's shape alone, in which every digit is 0, and on the headings above it; so each shape is
looked at once for all devices.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from bot.show.volatile_output import HEADINGS, PIECES, WHOLE

_ZEROS = str.maketrans("123456789", "0" * 9)
_WORD = re.compile(r"\S+")
_CHANGES = re.compile(r"[0.,:wdhms-]*0[0.,:wdhms-]*|never")  # what may be left out below a heading
_LEAST_HEADINGS = 3  # words of a line of headings
_PROSE = re.compile(r"\d+|.*[^.]\.|.*[:,;]")  # a word that is no heading
_OWN = "\0"  # stands for a device's own name

_Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Columns:
    """The volatile columns below a line of headings: which of its words they are, of how many, and where these stand."""

    words: int = 0
    numbers: tuple[int, ...] = ()
    spans: _Spans = ()

    def of(self, words: Sequence[re.Match[str]]) -> Iterator[re.Match[str]]:
        """Yields the words of a line in these columns: by their number if there are as many as headings, else by their place."""
        for number, word in enumerate(words):
            start, end = word.span()
            if (
                number in self.numbers
                if len(words) == self.words
                else any(a < end and start < b for a, b in self.spans)
            ):
                yield word


_NO_COLUMNS = _Columns()


@dataclass(frozen=True, slots=True)
class Group:
    """Holds the hosts that answered the same, and the output of the first of them as it came."""

    hosts: tuple[str, ...]
    text: str


def grouped(outputs: Mapping[str, str]) -> tuple[Group, ...]:
    """Puts the outputs, by their hosts, into groups: the largest first, and else in their order."""
    comparison = Comparison()
    groups: dict[tuple[str, ...], list[str]] = {}
    for host, text in outputs.items():
        key = tuple(filter(None, comparison.of(text, (host,))))
        groups.setdefault(key, []).append(host)
    ordered = sorted(groups.values(), key=len, reverse=True)
    return tuple(Group(tuple(hosts), outputs[hosts[0]]) for hosts in ordered)


class Comparison:
    """Knows what of each line counts; the names of `hosts`, whose outputs are compared, do not."""

    def __init__(self, hosts: Sequence[str] = ()) -> None:
        self._hosts = hosts
        self._tables: dict[_Columns, _Table] = {}

    def keys(self, lines: Sequence[str], _: Collection[str] = ()) -> Sequence[str | None]:
        """Returns what counts of each line, None for nothing."""
        return [key or None for key in self.of("\n".join(lines), self._hosts)]

    def of(self, text: str, hosts: Sequence[str]) -> list[str]:
        """Returns what counts of each line, empty for nothing, in a text in which the names of these hosts do not count."""
        found = []
        table = self._below(_NO_COLUMNS)
        for line in _without(text, hosts).split("\n"):
            counts = table.lines.get(line)
            if counts is None:
                counts, below = table.look(line)
                if below is not None:
                    table = self._below(below)
            found.append(counts)
        return found

    def _below(self, columns: _Columns) -> _Table:
        return self._tables.setdefault(columns, _Table(columns))


class _Table:
    """Knows what counts of the lines below headings of which some are volatile: those of `columns`."""

    def __init__(self, columns: _Columns) -> None:
        self._columns = columns
        self._kept: dict[str, _Spans] = {}  # by the shape of a line
        self.lines: dict[str, str] = {}  # of lines that were seen; most devices answer most lines alike

    def look(self, line: str) -> tuple[str, _Columns | None]:
        """Returns what counts of this line, and the volatile columns below it if those are others."""
        if not line or line.isspace():
            return "", _NO_COLUMNS
        shape = line.translate(_ZEROS)
        kept = self._kept.get(shape)
        if kept is None:
            if headings := _headings(shape):
                return line, headings
            kept = self._kept[shape] = _kept(shape, self._columns)
        counts = self.lines[line] = " ".join([line[start:end] for start, end in kept])
        return counts, None


def _without(text: str, hosts: Sequence[str]) -> str:
    """Leaves the names of these hosts out, in full and as far as their first dot."""
    names = {name for host in hosts for name in (host, host.partition(".")[0]) if name}
    for name in sorted(names, key=len, reverse=True):
        if name in text:
            own = re.escape(name)
            text = re.sub(
                rf"{own}(?<![\w.-]{own})(?![\w-])", _OWN, text
            )  # what begins with plain text is found quickly
    return text


def _kept(shape: str, columns: _Columns) -> _Spans:
    """Returns what counts of lines of this shape, without the blanks around what is left out: they change with its width."""
    if _joined(WHOLE).match(shape):
        return ()
    cuts = [found.span() for found in _joined(PIECES).finditer(shape)]
    if columns.numbers:
        below = columns.of([*_WORD.finditer(shape)])
        cuts += (word.span() for word in below if _CHANGES.fullmatch(word[0]))
    kept, at = [], 0
    for start, end in (*sorted(cuts), (len(shape), len(shape))):
        piece = shape[at:start]
        if bare := piece.strip():
            kept.append((at + piece.index(bare) if at else 0, at + len(piece.rstrip())))
        at = max(at, end)
    return tuple(kept)


def _headings(shape: str) -> _Columns | None:
    """Returns the volatile columns, if this is a line of headings, which holds no number and wide gaps, unlike prose."""
    words = [*_WORD.finditer(shape)]
    if "  " not in shape.strip() or len(words) < _LEAST_HEADINGS or any(_PROSE.fullmatch(word[0]) for word in words):
        return None
    found = [at for at, word in enumerate(words) if word[0].lower() in HEADINGS]
    return _Columns(len(words), tuple(found), tuple(words[at].span() for at in found)) if found else None


@cache
def _joined(table: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in table))
