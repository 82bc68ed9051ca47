"""Reads what to search for: words or a pattern, filters, and which part of the result to show. It is pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.core.arguments import Values
from bot.core.errors import UsageError
from bot.core.line import straight
from bot.core.parsing import LONGEST_SHOWN
from bot.redaction.redactor import CHANGED, MARK

MAX_QUERY = 500  # characters
FILTERS = ("site", "vendor", "device")
SAY_WHAT = 'Say what to search for. Try a part of a line, such as `search "ip route 10.0"`.'


@dataclass(frozen=True, slots=True)
class Query:
    """What a line must hold: all `words` (each may be a phrase) in any case, or else a match of `pattern`. A `whole` word is
    found by its pattern. Lines that are `gone` stand in what a config was before alone; `since` when they came, or went."""

    words: tuple[str, ...] = ()
    pattern: str = ""
    whole: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    page: int = 1
    as_file: bool = False
    gone: bool = False
    since: datetime | None = None

    @property
    def shown(self) -> str:
        """The words or the pattern, as users read them."""
        if self.whole:
            return f"word:{self.whole}"
        if self.pattern:
            return f"regex:{self.pattern}"
        start = "was:" if self.gone else ""
        return start + " ".join(f'"{word}"' if " " in word else word for word in self.words)

    @property
    def secret(self) -> bool:
        """Whether something in the query was hidden as a secret."""
        return any(mark in text for text in (*self.words, self.pattern) for mark in (MARK, CHANGED))


def query_of(values: Values) -> Query:
    """Makes a query of the arguments of `search`. Raises UsageError, with a sentence that says what is missing."""
    words = tuple(map(straight, values.get("text", ())))
    pattern = straight(values.get("regex", "")).strip()
    if not values:
        raise UsageError(SAY_WHAT, form=True)
    if gone := "was" in values:
        if words or pattern or "word" in values:
            raise UsageError('What stands no more is one phrase, in quotes: `search was:"ip route 10.0"`.')
        words = (straight(values["was"]).strip(),)
    if (length := len(pattern or " ".join(words))) > MAX_QUERY:
        raise UsageError(f"That is too long: {length} characters, where {MAX_QUERY} are allowed.")
    whole = straight(values.get("word", "")).strip()
    if "word" in values:
        pattern = _pattern_of(whole, words, pattern)
    elif "regex" in values:
        _check_pattern(words, pattern)
    elif not words:
        raise UsageError(SAY_WHAT, form=True)
    elif max(len(word.strip()) for word in words) < 2:
        shown = " ".join(words)
        raise UsageError(f"`{shown}` is too little to search for: type at least two characters.")
    return replace(_without_text(values), words=words, pattern=pattern, whole=whole, gone=gone)


def perhaps_query_of(values: Values) -> Query:
    """Makes a query of arguments that need not name a text. Raises UsageError."""
    return query_of(values) if "text" in values else _without_text(values)


def _without_text(values: Values) -> Query:
    filters = {name: straight(values[name]) for name in FILTERS if name in values}
    return Query(filters=filters, page=values.get("page", 1), as_file="as" in values)


def _pattern_of(whole: str, words: tuple[str, ...], pattern: str) -> str:
    r"""RE2 takes what stands between \Q and \E as it is, and \b is the end of a word that has no letter beyond ASCII there."""
    if words or pattern:
        raise UsageError("Search for one whole word, or for words or a pattern: nothing else stands beside `word:`.")
    if not re.fullmatch(r"\w(?:.*\w)?", whole, re.ASCII):
        raise UsageError("A whole word begins and ends with a letter from a to z or a digit, as in `search word:ip`.")
    if len(whole) > MAX_QUERY:
        raise UsageError(f"That is too long: {len(whole)} characters, where {MAX_QUERY} are allowed.")
    return "\\b\\Q" + whole.replace("\\E", "\\E\\\\E\\Q") + "\\E\\b"


def _check_pattern(words: tuple[str, ...], pattern: str) -> None:
    if words:
        raise UsageError(f"Search for words or for a pattern: `{words[0][:LONGEST_SHOWN]}` stands beside `regex:`.")
    if not pattern:
        raise UsageError("There is no pattern behind `regex:`. Try `search regex:^ip route 10\\.`.")
