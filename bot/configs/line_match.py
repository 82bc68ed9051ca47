"""Finds the lines of a text that match a query. It is pure, and linear in the text whatever the query is: patterns are RE2's,
which never backtracks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from bot.configs.query import Query
from bot.core.errors import UsageError

MOST_NEEDLES = 8  # that the store looks for; the texts it finds are matched again here
PATTERN_MEMORY = 8 << 20  # bytes, RE2's own default: with less it works much slower
PIECE = 16_384  # bytes that RE2 matches at once; a time limit is checked between two pieces

_LINES = "(?m)"  # ^ and $ are the ends of lines
_ASCII = re.compile(r"[\x20-\x7e]+")


@dataclass(frozen=True, slots=True)
class Hit:
    """One line that matches: its number, counted from 1, and the (start, end) of each match in order."""

    number: int
    line: str
    spans: tuple[tuple[int, int], ...]


class Matcher(Protocol):
    @property
    def needles(self) -> tuple[str, ...]:
        """Strings that every text with a hit holds, in any case."""

    @property
    def folded(self) -> bool:
        """Whether `count` expects a case-folded text (`str.casefold`), which is quicker, instead of the original."""

    def hits(self, text: str) -> Iterator[Hit]: ...

    def count(self, text: str) -> int:
        """Counts the lines that match."""


def matcher(query: Query, heed: Callable[[], None] = lambda: None) -> Matcher:
    """Makes the matcher of a query. `heed` is called now and then, and may raise to end a search that lasts too long. Raises
    UsageError for a bad pattern."""
    return _Pattern(query.pattern, heed) if query.pattern else _Words(query.words)


class _Words:
    folded = True

    def __init__(self, words: tuple[str, ...]) -> None:
        self._words = sorted({_folded(word) for word in words}, key=lambda word: (-len(word), word))
        # Each match includes the rest of its line, so that there is one in a line.
        self._to_the_end = re.compile(f"{re.escape(self._words[0].casefold())}[^\\n]*")
        # The databases fold no more than ASCII alike.
        runs = {run for word in self._words for run in _ASCII.findall(word) if run.strip()}
        self.needles = tuple(sorted(runs, key=lambda run: (-len(run), run))[:MOST_NEEDLES])

    def count(self, text: str) -> int:
        if len(self._words) == 1:
            return len(self._to_the_end.findall(text))
        return sum(1 for _ in self._places(text))

    def hits(self, text: str) -> Iterator[Hit]:
        folded, number, counted = _folded(text), 1, 0
        for start, end in self._places(folded):
            number += text.count("\n", counted, start)
            counted = start
            yield Hit(number, text[start:end], _merged(self._spans(folded[start:end])))

    def _places(self, folded: str) -> Iterator[tuple[int, int]]:
        """Yields (start, end) of the lines that hold every word."""
        rarest, *others = self._words
        at = folded.find(rarest)
        while at >= 0:
            start, end = folded.rfind("\n", 0, at) + 1, folded.find("\n", at)
            end = len(folded) if end < 0 else end
            if not others or all(folded.find(word, start, end) >= 0 for word in others):
                yield start, end
            at = folded.find(rarest, end)

    def _spans(self, line: str) -> Iterator[tuple[int, int]]:
        for word in self._words:
            at = line.find(word)
            while at >= 0:
                yield at, at + len(word)
                at = line.find(word, at + len(word))


class _Pattern:
    needles: tuple[str, ...] = ()
    folded = False

    def __init__(self, pattern: str, heed: Callable[[], None]) -> None:
        import re2  # noqa: PLC0415  # 2 MiB, and most bots are never asked for a pattern

        options = re2.Options()
        options.case_sensitive = False
        options.never_nl = True  # no match goes over the end of a line
        options.never_capture = True
        options.log_errors = False
        options.max_mem = PATTERN_MEMORY
        try:
            self._pattern = re2.compile(f"{_LINES}{pattern}".encode(), options)
        except (re2.error, UnicodeEncodeError) as error:
            raise UsageError(f"That pattern cannot be read: {_reason(error)}. See `help search`.") from None
        if self._pattern.search(b"") is not None:
            raise UsageError("That pattern fits every line, even an empty one. Ask for something that must be there.")
        self._heed = heed

    def count(self, text: str) -> int:
        return sum(1 for _ in self._places(text.encode(errors="replace")))

    def hits(self, text: str) -> Iterator[Hit]:
        raw, number, counted = text.encode(errors="replace"), 1, 0
        for line_start, line_end in self._places(raw):
            number += raw.count(b"\n", counted, line_start)
            counted = line_start
            line = raw[line_start:line_end]
            spans = ((m.start(), m.end()) for m in self._pattern.finditer(line) if m.end() > m.start())
            yield Hit(number, line.decode(), tuple((_characters(line, a), _characters(line, b)) for a, b in spans))

    def _places(self, raw: bytes) -> Iterator[tuple[int, int]]:
        """Yields (start, end) of the lines that match. RE2 matches whole lines, some at a time."""
        begin = 0
        while begin < len(raw):
            end = len(raw) if len(raw) - begin <= PIECE else raw.rfind(b"\n", begin, begin + PIECE) + 1
            end = end or raw.find(b"\n", begin) + 1 or len(raw)
            self._heed()
            yield from self._in(raw[begin:end], begin)
            begin = end

    def _in(self, piece: bytes, offset: int) -> Iterator[tuple[int, int]]:
        at = 0
        while at < len(piece) and (found := self._pattern.search(piece, at)):
            start, end = piece.rfind(b"\n", 0, found.start()) + 1, piece.find(b"\n", found.start())
            end = len(piece) if end < 0 else end
            yield offset + start, offset + end
            at = end + 1


def _reason(error: Exception) -> str:
    words = error.args[0] if error.args else ""
    return words.decode(errors="replace").replace(_LINES, "") if isinstance(words, bytes) else "a broken character"


def _characters(line: bytes, at: int) -> int:
    return len(line[:at].decode(errors="ignore"))


def _folded(text: str) -> str:
    """Returns the text in lower case with every character in its place: the few that would become two stay as they are."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := character.lower()) == 1 else character for character in text)


def _merged(spans: Iterator[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return tuple(merged)
