"""Finds what of a snippet nobody could approve: a command in a place that is hidden, as a secret, from whoever approves. Pure.

What is hidden may hold several lines, and a device takes each line as a command, whatever the redaction took the lines for. So
each has to look like a key or a certificate. Some platforms begin another command within a line, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from bot.core.errors import UsageError
from bot.show.platforms import READING, canonical

_SHELL = re.compile(r"[;|&`<>]|\$\(")
# What begins another command within a line. Sources: the command references of the vendors; VyOS and SONiC run a shell.
BEGINS: Mapping[str, re.Pattern[str]] = {
    "nxos": re.compile(";"),
    "f5": re.compile(";"),
    "routeros": re.compile(r"[;\[]"),
    "vyos": _SHELL,
    "sonic": _SHELL,
}
# A line of a key or a certificate: what frames it, what PEM says of it, base64, or hexadecimal numbers. A word alone is none.
_KEY = re.compile(
    r"-----(?:BEGIN|END) .*|(?:Proc-Type|DEK-Info): .*|[A-Za-z0-9+][A-Za-z0-9+/]{19,}={0,2}|"
    r"(?=[^\d+=]*[\d+=])[A-Za-z0-9+][A-Za-z0-9+/]*={0,2}|[0-9A-Fa-f]{2,64}(?: [0-9A-Fa-f]{2,64})*"
)
_AROUND = " \\\"'"  # a line of a key

Places = Callable[[str], Iterable[tuple[int, str, str]]]


def must_be_seen(snippet: str, platforms: Iterable[str], places: Places) -> None:
    """Raises UsageError for a snippet that may hold a command where whoever approves sees none. `places` gives what is hidden of a
    config: the line where it begins, counted from 1, what is left of that line before it, and what is hidden."""
    names = {canonical(platform) for platform in platforms}
    known = names if names <= READING.keys() else BEGINS.keys()
    begins = [BEGINS[name] for name in known if name in BEGINS]
    for number, before, secret in places(snippet):
        shown_last = before.rstrip()[-1:]
        if _has_lines(before, secret) or any(found.search(shown_last + secret) for found in begins):
            raise UsageError(
                f"Line {number} begins a place that is hidden as a secret, and a device could take a part of it for a command that "
                "whoever approves does not see. Nothing was done. Write the secret alone there, in one line."
            )


def _has_lines(before: str, secret: str) -> bool:
    """Says whether what is hidden begins a line with something other than a key."""
    first, *lines = secret.split("\n")
    starts = lines if before.strip(_AROUND) else [first, *lines]
    return any(bare and not _KEY.fullmatch(bare) for bare in (line.strip(_AROUND) for line in starts))
