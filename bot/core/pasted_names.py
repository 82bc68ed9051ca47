"""Finds the name of a device in what a terminal, a phone or a wiki makes of it. Pure."""

from __future__ import annotations

import re

from bot.core.pasted import trimmed

_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
# Of an address, a log-in, the prompt of IOS XR, or as a filter is written.
_BEFORE = re.compile(r"\A(?:[a-z]+://|[^@\s]+@|RP/\d+/\w+/\w+:|(?:device|host|hostname):)", re.IGNORECASE)
_AROUND = re.compile(r"\A[<\[(*`_\"'](\w.*)[>\])*`_\"']\Z")
_PROMPT = re.compile(r"(?:\([^()]*\))?[#>]+\Z")
_BEHIND = re.compile(r"[.,;:]+\Z|/[^/]*\Z")
_PORT = re.compile(r"\A(\d+(?:\.\d+){3}):\d+\Z")


def plain_name(word: str) -> str:
    """Returns the name or the address that stands in a word such as `rtr-1(config)#`, `oscar@rtr-1>`, `https://10.0.0.1/` or
    `10.0.0.1/24`, with plain hyphens; the word itself where nothing is to be taken away."""
    before, name = "", trimmed(word).translate(_DASHES)
    while name != before:
        before, name = name, _AROUND.sub(r"\1", _BEFORE.sub("", name))
        name = _PORT.sub(r"\1", _BEHIND.sub("", _PROMPT.sub("", name)))
    return name or word
