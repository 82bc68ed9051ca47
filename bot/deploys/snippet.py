"""Reads the config lines that somebody wants on a device, exactly as they will reach WebNet. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.core.errors import UsageError
from bot.core.text import clean, count

LONGEST = 3_000  # characters
HIDDEN = "<redacted"  # begins every mark of a hidden place
SEPARATOR = ";"  # between lines that are typed into one

_COMMENTS = ("!", "#")  # of the platforms that WebNet knows
_BREAKS = re.compile("\r\n?")


def read_snippet(text: str) -> str:
    """Returns the text with LF line breaks and every other character as it is. Raises UsageError, which repeats nothing of it."""
    snippet = _BREAKS.sub("\n", text)
    if not snippet.strip():
        raise UsageError("There is no line to deploy.")
    if all(line.lstrip().startswith(_COMMENTS) for line in snippet.split("\n") if line.strip()):
        raise UsageError("Every line is a comment, which changes nothing: add the lines that a device is to take.")
    if len(snippet) > LONGEST:
        raise UsageError(f"That is too long: {count(len(snippet), 'character')}, where {LONGEST:,} are allowed.")
    for number, line in enumerate(snippet.split("\n"), start=1):
        if "\t" in line:
            raise UsageError(f"Line {number} holds a tab, which a device may take for a key: write blanks.")
        if clean(line) != line or "\ufffd" in line:
            raise UsageError(f"Line {number} holds a control character or an invisible one. Type that line again.")
        if HIDDEN in line:
            raise UsageError(f"Line {number} holds a hidden place, such as `<redacted>`: put the value there.")
    return snippet


def typed_lines(text: str) -> str:
    """Returns the lines of a snippet that was typed as one line."""
    return "\n".join(line.strip(" ") for line in text.split(SEPARATOR))


def hides(typed: str, config: Callable[[str], str]) -> bool:
    """Says whether a secret is found in lines that are typed as one, perhaps in quotes; `config` redacts a whole config. Some secrets
    are found only where they begin a line, or end it."""
    lines = typed.replace(SEPARATOR, "\n")
    return any(config(text) != text for text in (typed, lines, lines.replace('"', "\n").replace("'", "\n")))


def number_of_lines(snippet: str) -> int:
    return len(snippet.removesuffix("\n").split("\n"))
