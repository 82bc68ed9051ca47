"""Finds the lines that match a query. It is pure, and linear in the text whatever the query is: patterns are RE2's, which never
backtracks.

Words are compared folded, as the store folds what it is searched by. A pattern sees one line at a time, so that `^`, `$`, `\\A` and
`\\z` are the ends of the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from bot.configs.query import Query
from bot.configs.required import required
from bot.core.errors import UsageError
from store.config_blocks import fold

PATTERN_MEMORY = 8 << 20  # bytes, RE2's own default: with less it works much slower

_BY_LINE_ALONE = re.compile(r"\\[Az]|\(\?[A-Za-z]*-")  # what means something else within a text of several lines

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """One line that matches: its number, counted from 1, and the (start, end) of each match in order."""

    number: int
    line: str
    spans: Spans


class Matcher(Protocol):
    @property
    def needles(self) -> tuple[str, ...]:
        """Folded texts that every line that matches holds, folded."""

    @property
    def whole(self) -> bool:
        """Whether `places` needs the text itself, and not only the folded one."""

    def places(self, folded: str, text: str) -> list[int]:
        """Returns which lines match, counted from 0. Both texts are of the same lines."""

    def spans(self, line: str) -> Spans:
        """Returns what to mark in a line that matches."""


def matcher(query: Query) -> Matcher:
    """Makes the matcher of a query. Raises UsageError for a bad pattern."""
    return _Pattern(query.pattern) if query.pattern else _Words(query.words)


def hits(matcher: Matcher, text: str) -> Iterator[Hit]:
    """Yields the lines of a text that match. A carriage return at the end of a line is no part of it."""
    text = _without_returns(text)
    lines = text.split("\n")
    for place in matcher.places(fold(text), text):
        yield Hit(place + 1, lines[place], matcher.spans(lines[place]))


class _Words:
    whole = False

    def __init__(self, words: tuple[str, ...]) -> None:
        self._words = sorted({fold(word) for word in words}, key=lambda word: (-len(word), word))
        self._in_a_line = not any({"\n", "\r"} & {*word} for word in words)
        self.needles = tuple(self._words)

    def places(self, folded: str, text: str) -> list[int]:  # noqa: ARG002  # patterns need it
        first, *others = self._words
        if not self._in_a_line or first not in folded:
            return []
        lines = folded.split("\n")
        found = [place for place, line in enumerate(lines) if first in line]
        for word in others:
            found = [place for place in found if word in lines[place]]
        return found

    def spans(self, line: str) -> Spans:
        folded = fold(line)
        found = _merged(span for word in self._words for span in _each(word, folded))
        if len(folded) == len(line):  # no character folds to fewer than one
            return found
        places = [place for place, character in enumerate(line) for _ in fold(character)]
        return _merged((places[start], places[end - 1] + 1) for start, end in found)


class _Pattern:
    whole = True

    def __init__(self, pattern: str) -> None:
        self._pattern = _compiled(pattern)
        if self._pattern.search(b"") is not None:
            raise UsageError("That pattern fits every line, even an empty one. Ask for something that must be there.")
        self._in_text = None if _BY_LINE_ALONE.search(pattern) else _compiled(f"(?m){pattern}")
        self.needles = required(pattern)

    def places(self, folded: str, text: str) -> list[int]:
        if any(needle not in folded for needle in self.needles):
            return []
        raw = _without_returns(text).encode(errors="replace")
        if self._in_text is None:
            return [place for place, line in enumerate(raw.split(b"\n")) if self._pattern.search(line)]
        return list(self._places(raw, self._in_text))

    def spans(self, line: str) -> Spans:
        raw = line.encode(errors="replace")
        found = ((match.start(), match.end()) for match in self._pattern.finditer(raw) if match.end() > match.start())
        return tuple((_characters(raw, start), _characters(raw, end)) for start, end in found)

    def _places(self, raw: bytes, in_text: re.Pattern[bytes]) -> Iterator[int]:
        """Looks through all lines at once, and then at each that may match alone."""
        number = counted = at = 0
        while at < len(raw) and (found := in_text.search(raw, at)):
            start, end = raw.rfind(b"\n", 0, found.start()) + 1, raw.find(b"\n", found.start())
            end = len(raw) if end < 0 else end
            if self._pattern.search(raw[start:end]):
                number += raw.count(b"\n", counted, start)
                counted = start
                yield number
            at = end + 1


def _without_returns(text: str) -> str:
    return text.replace("\r\n", "\n").removesuffix("\r")


def _compiled(pattern: str) -> re.Pattern[bytes]:
    import re2  # noqa: PLC0415  # 2 MiB, and most bots are never asked for a pattern

    options = re2.Options()
    options.case_sensitive = False
    options.never_nl = True  # no match goes over the end of a line
    options.never_capture = True
    options.log_errors = False
    options.max_mem = PATTERN_MEMORY
    try:
        compiled: re.Pattern[bytes] = re2.compile(pattern.encode(), options)
    except (re2.error, UnicodeEncodeError) as error:
        raise UsageError(f"That pattern cannot be read: {_reason(error)}. See `help search`.") from None
    re2.purge()  # or it would keep the last 128 patterns, each with all that it needed to look through a network
    return compiled


def _reason(error: Exception) -> str:
    words = error.args[0] if error.args else ""
    return words.decode(errors="replace") if isinstance(words, bytes) else "a broken character"


def _characters(line: bytes, at: int) -> int:
    return len(line[:at].decode(errors="ignore"))


def _each(word: str, line: str) -> Iterator[tuple[int, int]]:
    at = line.find(word)
    while at >= 0:
        yield at, at + len(word)
        at = line.find(word, at + len(word))


def _merged(spans: Iterator[tuple[int, int]]) -> Spans:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return tuple(merged)
