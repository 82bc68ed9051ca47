"""Reads what to search for: words or a pattern, filters, and which part of the result to show. It is pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.core.arguments import Values
from bot.core.errors import UsageError
from bot.core.line import straight
from bot.core.parsing import LONGEST_SHOWN
from bot.redaction.redactor import CHANGED, MARK

MAX_QUERY = 500  # characters
FILTERS = ("site", "vendor", "device")
EXAMPLE = 'Try a part of a line, such as `search "ip route 10.0"`.'


@dataclass(frozen=True, slots=True)
class Query:
    """What a line must hold: all `words` (each may be a phrase) in any case, or else a match of `pattern`."""

    words: tuple[str, ...] = ()
    pattern: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    page: int = 1
    as_file: bool = False

    @property
    def shown(self) -> str:
        """The words or the pattern, as users read them."""
        if self.pattern:
            return f"regex:{self.pattern}"
        return " ".join(f'"{word}"' if " " in word else word for word in self.words)

    @property
    def secret(self) -> bool:
        """Whether something in the query was hidden as a secret."""
        return any(mark in text for text in (*self.words, self.pattern) for mark in (MARK, CHANGED))


def query_of(values: Values) -> Query:
    """Makes a query of the arguments of `search`. Raises UsageError, with a sentence that says what is missing."""
    words = tuple(map(straight, values.get("text", ())))
    pattern = straight(values.get("regex", "")).strip()
    if not values:
        raise UsageError(f"Say what to search for. {EXAMPLE}")
    if (length := len(pattern or " ".join(words))) > MAX_QUERY:
        raise UsageError(f"That is too long: {length} characters, where {MAX_QUERY} are allowed.")
    if "regex" in values:
        _check_pattern(words, pattern)
    elif max((len(word.strip()) for word in words), default=0) < 2:
        raise UsageError(f"That is too little to search for: type at least two characters. {EXAMPLE}")
    filters = {name: straight(values[name]) for name in FILTERS if name in values}
    return Query(words, pattern, filters, values.get("page", 1), as_file="as" in values)


def _check_pattern(words: tuple[str, ...], pattern: str) -> None:
    if words:
        raise UsageError(f"Search for words or for a pattern: `{words[0][:LONGEST_SHOWN]}` stands beside `regex:`.")
    if not pattern:
        raise UsageError("There is no pattern behind `regex:`. Try `search regex:^ip route 10\\.`.")
