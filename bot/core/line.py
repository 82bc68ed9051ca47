"""Writes and reads a command line: blanks, quotes, and what stands before a colon. Pure.

A value in quotes ends at the next such quote that a blank or the end follows, and a doubled quote in it is one, as in CSV and
SQL: `"a ""b"" c"`. A quote that has no partner, or that a word goes on behind, is a character like any other, and so is a
backslash. Phones write curly quotes and unusual blanks: they count as plain ones where a value begins or ends, and stay as
they are inside of it.
"""

from __future__ import annotations

import re

# Curly, angled and low quotes count as straight ones; every kind of space as a space.
_QUOTES = str.maketrans({**dict.fromkeys("“”„‟«»＂", '"'), **dict.fromkeys("‘’‚‛", "'")})
_SPACE = re.compile(r"\s")
_BLANKS = re.compile(" *")
_VALUE = re.compile(r""""((?:[^"]++|"")*+)"(?=\ |\Z)|'((?:[^']++|'')*+)'(?=\ |\Z)|[^ ]+""")
_NAME = re.compile("([A-Za-z_]+):")


def straight(text: str) -> str:
    """Returns the text with straight quotes and plain spaces; every character stays in its place."""
    return _SPACE.sub(" ", text.translate(_QUOTES))


def split(line: str) -> tuple[str, str]:
    """Returns the subcommand in lower case, and everything behind it; an empty line asks for help."""
    reader = Reader(line)
    name = ""
    while not name.strip() and not reader.at_end:
        name = reader.value()
    return straight(name).strip().lower() or "help", line[reader.at :]


def quoted(value: str) -> str:
    """Puts the value into quotes, so that `Reader.value` reads it back."""
    shape = straight(value)
    if '"' not in shape:
        return f'"{value}"'
    if "'" not in shape:
        return f"'{value}'"
    doubled = (character * 2 if like == '"' else character for character, like in zip(value, shape, strict=True))
    return f'"{"".join(doubled)}"'


def is_one_word(value: str) -> bool:
    """Whether the value can stand in a line without quotes."""
    shape = straight(value)
    return bool(shape) and " " not in shape and shape[0] not in "\"'"


class Reader:
    """Reads one line from left to right; `at` is where it goes on, past the blanks."""

    def __init__(self, line: str) -> None:
        self.line = line
        self._shape = straight(line)
        self.at = 0
        self._skip_to(0)

    @property
    def at_end(self) -> bool:
        return self.at == len(self.line)

    @property
    def is_last(self) -> bool:
        """Whether the next value ends the line."""
        found = _VALUE.match(self._shape, self.at)
        return found is not None and not self._shape[found.end() :].strip()

    def bare_word(self) -> str:
        """Returns the next word if it stands without quotes, else nothing. Reads nothing."""
        found = _VALUE.match(self._shape, self.at)
        return found[0] if found and not found.lastindex else ""

    def bare_words(self, most: int) -> list[str]:
        """Returns the next words, as far as they stand without quotes. Reads nothing."""
        start, found = self.at, list[str]()
        while len(found) < most and (word := self.bare_word()):
            found.append(word)
            self.value()
        self.at = start
        return found

    def name(self) -> str:
        """Returns what stands before a colon here, in lower case; empty if this is no name. Reads nothing."""
        found = _NAME.match(self._shape, self.at)
        return found[1].lower() if found else ""

    def skip(self, name: str) -> bool:
        """Goes past the name and its colon. False if a blank or the end follows."""
        self.at += len(name) + 1
        return self.at < len(self.line) and self._shape[self.at] != " "

    def value(self, prefix: re.Pattern[str] | None = None) -> str:
        """Reads the next word, or what stands in quotes, which may be blank; the quotes may stand behind such a `prefix`.

        Raises ValueError at the end of the line.
        """
        before = prefix.match(self._shape, self.at) if prefix else None
        if before and self._in_quotes(before.end()):
            self.at = before.end()
            return before[0] + self.value()
        found = _VALUE.match(self._shape, self.at)
        if found is None:
            raise ValueError("the line is at its end")
        quotes = found.lastindex or 0
        start, end = found.span(quotes)
        value = self._undoubled(start, end, "\"'"[quotes - 1]) if quotes else self.line[start:end]
        self._skip_to(found.end())
        return value

    def in_quotes(self, *, to_the_end: bool = False) -> bool:
        """Whether the next value stands in quotes; with `to_the_end`, whether all that is left does."""
        return self._in_quotes(self.at) > 0 and (not to_the_end or self.is_last)

    def rest(self) -> str:
        """Reads all that is left, quotes included."""
        left = self.line[self.at :].strip()
        self._skip_to(len(self.line))
        return left

    def _in_quotes(self, at: int) -> int:
        """Returns where what stands in quotes here ends; 0 if nothing does."""
        found = _VALUE.match(self._shape, at)
        return found.end() if found and found.lastindex else 0

    def _undoubled(self, start: int, end: int, quote: str) -> str:
        pieces = []
        while (pair := self._shape.find(quote * 2, start, end)) >= 0:
            pieces.append(self.line[start : pair + 1])
            start = pair + 2
        return "".join([*pieces, self.line[start:end]])

    def _skip_to(self, at: int) -> None:
        found = _BLANKS.match(self._shape, at)
        self.at = found.end() if found else at
