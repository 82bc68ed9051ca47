"""What an administrator says is secret, beside what the rules know: words wherever they stand, and patterns of RE2. Pure.

They are looked for in a text as it was, and joined with what the rules hide: so they hide more, and never less.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

from bot.redaction.pairs import NUMBERED, Numbered
from bot.redaction.rules import CHANGED, MARK

LEAST = 3  # characters of a word: a shorter one would tear others apart
GROUP = b"secret"
_MARKS = re.compile(f"{re.escape(MARK)}|{re.escape(CHANGED)}")

Span = tuple[int, int]


def check_word(word: str) -> None:
    """Raises ValueError."""
    if len(word) < LEAST:
        raise ValueError(word)


def check_pattern(written: str) -> None:
    """Raises ValueError for what RE2 cannot read, what has no group of that name, and what fits the empty line."""
    pattern = _compiled(written)
    if GROUP not in pattern.groupindex or pattern.search(b"") is not None:
        raise ValueError(written)


@dataclass(frozen=True)
class Own:
    """Words are found in any case; of a pattern the group `secret` is hidden, and `^` and `$` are the ends of a line."""

    words: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()

    @property
    def written(self) -> str:
        """Empty where there is nothing."""
        return json.dumps([self.words, self.patterns]) if self.words or self.patterns else ""

    def spans(self, text: str) -> list[Span]:
        return [span for _, pattern in self._named for span in _found(pattern, text)]

    def fitted(self, text: str) -> Counter[str]:
        """How many places each has in the text, also those with none. They are named by their
        numbers, since a word may be a secret."""
        return Counter({name: len(list(_found(pattern, text))) for name, pattern in self._named})

    @cached_property
    def _named(self) -> list[tuple[str, Any]]:
        words = ((f"Word {n}", f"(?i)(?P<secret>{re.escape(word)})") for n, word in enumerate(self.words, 1))
        patterns = ((f"Pattern {n}", written) for n, written in enumerate(self.patterns, 1))
        return [(name, _compiled(written)) for name, written in chain(words, patterns)]


def joined(numbered: str, side: Numbered, spans: Sequence[Span], mark: Callable[[str], str]) -> str:
    """The text in which the rules have put numbers, with `mark` in these places and in those of `spans`, which are counted in
    the text as it was. Places that overlap become one, and what was hidden before stays as it is."""
    text = NUMBERED.sub(lambda place: side.secrets[int(place[1])], numbered)
    before = {place.span() for place in _MARKS.finditer(text)}
    pieces, end = list[str](), 0
    for start, stop in _merged([*_of_rules(numbered, side), *before, *spans]):
        inner = text[start:stop]
        pieces += (text[end:start], inner if (start, stop) in before else mark(inner))
        end = stop
    return "".join((*pieces, text[end:]))


def _of_rules(numbered: str, side: Numbered) -> Iterator[Span]:
    longer = 0  # so much longer is the text as it was, up to here
    for place in NUMBERED.finditer(numbered):
        size = len(side.secrets[int(place[1])])
        yield place.start() + longer, place.start() + longer + size
        longer += size - len(place[0])


def _merged(spans: Sequence[Span]) -> Iterator[Span]:
    start, stop = 0, 0
    for low, high in sorted(spans):
        if low >= stop:
            if stop:
                yield start, stop
            start = low
        stop = max(stop, high)
    if stop:
        yield start, stop


def _found(pattern: Any, text: str) -> Iterator[Span]:
    """Characters, of which RE2 knows the bytes alone."""
    raw = text.encode(errors="replace")
    group = pattern.groupindex[GROUP]
    at = characters = 0
    for match in pattern.finditer(raw):
        start, stop = match.span(group)
        if start < stop:
            characters += _length(raw[at:start], text, raw)
            size = _length(raw[start:stop], text, raw)
            yield characters, characters + size
            at, characters = stop, characters + size


def _length(piece: bytes, text: str, raw: bytes) -> int:
    return len(piece) if len(text) == len(raw) else len(piece.decode())


def _compiled(written: str) -> Any:
    """Raises ValueError."""
    import re2  # noqa: PLC0415  # 2 MiB, and most bots are given no pattern

    options = re2.Options()
    options.never_nl = True
    options.log_errors = False
    try:
        return re2.compile(f"(?m){written}".encode(), options)
    except (re2.error, UnicodeEncodeError):
        raise ValueError(written) from None
