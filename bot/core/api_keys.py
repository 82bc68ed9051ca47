"""Finds what looks like a key of WebNet's in what somebody typed: no key is taken over a chat. Pure."""

from __future__ import annotations

import re

MARK = "<redacted>"
REFUSAL = (
    "That looks like an API key of WebNet's. The bot takes no keys, so nothing was done. Delete the key in WebNet: the chat "
    "keeps what was typed."
)
# WebNet's own keys are 43 characters, which 32 random bytes make in the alphabet for addresses.
_SHAPED = r"(?<![\w+/=-])(?=[\w-]*?[a-z])(?=[\w-]*?[A-Z])(?=[\w-]*?[0-9])[\w-]{43}(?![\w+/=-])"
_IN_HEADER = r"(?i:(?<![\w-])(?:apikey[ ]|x-api-key[ ]?[:=][ ]?|bearer[ ]))(?P<value>[!-~]{16,})"
_KEY = re.compile(f"{_SHAPED}|{_IN_HEADER}", re.ASCII)


def without_keys(text: str) -> str:
    """Returns the text with what looks like a key hidden: by its own shape, or behind the name of a header for keys."""
    return _KEY.sub(lambda found: found[0].removesuffix(found["value"] or found[0]) + MARK, text)
