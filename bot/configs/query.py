"""What `search` is asked for: words or a pattern, filters, and which part of the result. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bot.core.commands import straight
from bot.core.errors import UsageError
from bot.redaction.redactor import CHANGED, MARK

MAX_QUERY = 500  # characters
FILTERS = ("site", "vendor", "device")
EXAMPLE = 'Try a part of a line, such as `search "ip route 10.0"`.'

# A value in quotes ends where its quote ends; a quote that has no other, or that a word goes on behind, is a character.
_TOKEN = re.compile(
    r"""\s*(?:(?P<name>regex|site|vendor|device|page|as):(?=\S))?"""
    r"""(?:"(?P<double>[^"]*)"(?=\s|\Z)|'(?P<single>[^']*)'(?=\s|\Z)|(?P<bare>\S+))""",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Query:
    """`words` (each may be a phrase) must all stand in one line, in any case; or `pattern` must be found in it.

    `asked` is the line as it was typed, without `page` and the wish for a file: what the buttons ask again.
    """

    asked: str
    words: tuple[str, ...] = ()
    pattern: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    page: int = 1
    as_file: bool = False

    @property
    def shown(self) -> str:
        """What is looked for, as people read it."""
        if self.pattern:
            return f"regex:{self.pattern}"
        return " ".join(f'"{word}"' if " " in word else word for word in self.words)

    @property
    def secret(self) -> bool:
        """Something in it was taken for a secret."""
        return any(mark in text for text in (*self.words, self.pattern) for mark in (MARK, CHANGED))

    def line(self, command: str, page: int = 1, *, as_file: bool = False) -> str:
        """The command line that asks this again. What was asked comes last, because a pattern takes the rest of the line."""
        how = ["as:csv"] if as_file else [f"page:{page}"] if page > 1 else []
        return " ".join((command, *how, self.asked))


def read_query(line: str) -> Query:
    """Raises UsageError, with a sentence that says what is missing."""
    text = straight(line).strip()
    if not text:
        raise UsageError(f"Say what to search for. {EXAMPLE}")
    if len(text) > MAX_QUERY:
        raise UsageError(f"That is too long: {len(text)} characters, where {MAX_QUERY} are allowed.")
    asked: list[str] = []
    words: list[str] = []
    named: dict[str, str] = {}
    for name, value, raw in _tokens(text):
        if name in named:
            raise UsageError(f"There are two of `{name}:`, where one is allowed.")
        if name:
            named[name] = value
        elif value.strip():
            words.append(value)
        if name not in {"page", "as"}:
            asked.append(raw)
    _check(words, named)
    filters = {name: named[name] for name in FILTERS if name in named}
    pattern, page = named.get("regex", ""), int(named.get("page", 1))
    return Query(" ".join(asked), tuple(words), pattern, filters, page, as_file="as" in named)


def _check(words: list[str], named: Mapping[str, str]) -> None:
    if "regex" in named:
        if words:
            raise UsageError(f"Search for words or for a pattern: `{words[0][:40]}` stands beside `regex:`.")
        if not named["regex"].strip():
            raise UsageError("There is no pattern behind `regex:`. Try `search regex:^ip route 10\\.`.")
    elif max((len(word.strip()) for word in words), default=0) < 2:
        raise UsageError(f"That is too little to search for: type at least two characters. {EXAMPLE}")


def _tokens(text: str) -> Iterator[tuple[str, str, str]]:
    """(name, value, both as typed). The name is empty for a word, and for what only looks like a name."""
    end = 0
    while found := _TOKEN.match(text, end):
        name, bare = (found["name"] or "").lower(), found["bare"]
        end = found.end()
        if bare is not None and (name == "regex" or bare.lower() == "regex:"):
            start = found.start("bare") + (0 if name else len("regex:"))
            yield "regex", text[start:].strip(), f"regex:{text[start:].strip()}"
            return
        value = next(part for part in (found["double"], found["single"], bare) if part is not None)
        raw = found[0].strip()
        if (name == "page" and not _is_page(value)) or (name == "as" and value.lower() != "csv"):
            name, value = "", raw
        yield name, value, raw


def _is_page(value: str) -> bool:
    return value.isascii() and value.isdecimal() and len(value) < 5 and int(value) > 0
