"""Finds texts that everything holds that a pattern matches, so that an index can be asked for them. It is pure.

It knows a part of RE2's syntax, and gives up where it does not know enough: fewer texts are only slower.
"""

from __future__ import annotations

import re

from store.config_blocks import fold

MOST = 8

_REPEATED = re.compile(r"\{\d+(?:,\d*)?\}")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]", re.DOTALL)
_NO_LETTERS = "dDsSwWbBAzC"  # behind a backslash: what is matched is not known, or nothing


def required(pattern: str) -> tuple[str, ...]:
    """Returns folded texts, the longest first. Only ASCII is looked at, which RE2 and `fold` fold alike."""
    try:
        texts = {fold(text) for text in _Reader(pattern).texts() if text.strip()}
    except _UnknownError:
        return ()
    return tuple(sorted(texts, key=lambda text: (-len(text), text))[:MOST])


class _UnknownError(Exception):
    pass


class _Reader:
    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._depth = 0  # of the groups, whose content is passed over
        self._text = ""
        self._texts: list[str] = []

    def texts(self) -> list[str]:
        while self._at < len(self._pattern):
            self._read(self._pattern[self._at])
        self._end()
        return self._texts

    def _read(self, character: str) -> None:
        if character == "\\":
            self._escaped()
            return
        if character == "[":
            self._skip(_CLASS)
            return
        if repeated := _REPEATED.match(self._pattern, self._at):
            self._maybe()
            self._at = repeated.end()
            return
        self._at += 1
        if character == "|" and not self._depth:
            raise _UnknownError
        if character in "()":
            self._end()
            self._depth += 1 if character == "(" else -1
        elif character in "*?":
            self._maybe()
        elif character in ".^$+|" or not character.isascii():
            self._end()
        else:
            self._add(character)

    def _escaped(self) -> None:
        following = self._pattern[self._at + 1 : self._at + 2]
        self._at += 2
        if following == "Q":
            end = self._pattern.find("\\E", self._at)
            end = len(self._pattern) if end < 0 else end
            for character in self._pattern[self._at : end]:
                self._add(character)
            self._at = end + 2
        elif following in _NO_LETTERS:
            self._end()
        elif following.isalnum() or not following.isascii():
            raise _UnknownError
        else:
            self._add(following)

    def _skip(self, what: re.Pattern[str]) -> None:
        if not (found := what.match(self._pattern, self._at)):
            raise _UnknownError
        self._end()
        self._at = found.end()

    def _add(self, character: str) -> None:
        if not character.isascii():
            self._end()
        elif not self._depth:
            self._text += character

    def _maybe(self) -> None:
        """What stood last may be missing."""
        self._text = self._text[:-1]
        self._end()

    def _end(self) -> None:
        if self._text:
            self._texts.append(self._text)
        self._text = ""
