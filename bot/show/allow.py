"""Says what may be sent to a device to read from it, and which rule keeps back everything else. Pure.

The characters of a command stand on a list, and none of them begins something of a shell or a script on any platform: no `;`, `&`,
`$`, backtick or bracket, no `<` and `>`, `!`, `#`, `?` or backslash, and nothing beyond printable ASCII.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType

from bot.core.line_patterns import LinePattern
from bot.core.text import cut, either
from bot.redaction.redactor import MARK
from bot.show.platforms import CALLED, CLEAR, NEVER, READING, UNKNOWN, canonical

LONGEST = 250  # characters; IOS takes 254 in one line
LONGEST_SHOWN = 60  # characters of a command that a sentence repeats

_UNFIT = re.compile(r'[^A-Za-z0-9 .:/_,*+^=@%~"|-]')
_CALLED = {"`": "a backtick", "\n": "a new line", "\t": "a tab"}
_WORD = re.compile(r"\^([a-z-]+)(?: \.[+*]|\(\?: \.[+*]\)\?)\$?")


@dataclass(frozen=True, slots=True)
class _Rules:
    """Holds what a command to one platform may begin with, and what may follow a pipe."""

    platform: str
    begins: tuple[LinePattern, ...]
    filters: tuple[str, ...]

    def begin(self, command: str) -> bool:
        return any(pattern.fits_whole(command) for pattern in self.begins)

    def filter(self, words: str) -> bool:
        return any(f"{words} ".startswith(f"{word} ") for word in self.filters)


class Allow:
    """Knows the rules of every platform. The patterns of the settings, by platform, replace what a command may begin with there."""

    def __init__(self, own: Mapping[str, Sequence[str]] = MappingProxyType({})) -> None:
        self._rules = {name: _rules(name, own) for name in {**READING, **CALLED, **own}}
        self._unknown = _rules("", {})

    def refusal(self, command: str, platform: str | None = None) -> str:
        """Returns a sentence with the rule that keeps the command from a device of this platform; empty if it may be sent.

        Without a platform it is about a device of any: whatever this refuses needs no look-up.
        """
        head, *filters = (piece.strip() for piece in command.split("|"))
        if rule := _unfit(command) or _never(head):
            return f"{_shown(command)} is not sent: {rule}."
        known = [*self._rules.values(), self._unknown] if platform is None else [self._of(platform)]
        begun = [rules for rules in known if rules.begin(head)]
        if not begun:
            words = dict.fromkeys(label(pattern.pattern) for rules in known for pattern in rules.begins)
            allowed = f"only what begins with {either(words)}" if words else "nothing"
            return f"{_shown(command)} is not sent{_to(platform)}: {allowed} may be."
        if any(all(map(rules.filter, filters)) for rules in begun):
            return ""
        words = dict.fromkeys(chain.from_iterable(rules.filters for rules in begun))
        allowed = f"only {either(words)} may" if words else "nothing may"
        return f"{_shown(command)} is not sent{_to(platform)}: {allowed} follow a pipe."

    def _of(self, platform: str) -> _Rules:
        return self._rules.get(platform.strip().lower(), self._unknown)


def _rules(name: str, own: Mapping[str, Sequence[str]]) -> _Rules:
    """Patterns for the very name win over those for the platform that it stands for."""
    reading = READING.get(canonical(name), UNKNOWN)
    begins = own.get(name, own.get(canonical(name), reading.begins))
    return _Rules(name, tuple(LinePattern(f"{name}: {pattern}") for pattern in begins), reading.filters)


def _unfit(command: str) -> str:
    """Returns what is wrong with the text of a command, whatever the device."""
    if not command.strip():
        return "it is empty"
    if MARK in command:
        return "a part of it looks like a secret, which does not go through the chat"
    if len(command) > LONGEST:
        return f"it has {len(command):,} characters, where {LONGEST} are allowed"
    if found := _UNFIT.search(command):
        return f"{_character(found[0])} may not stand in a command, because more than reading may begin with it"
    return "a quotation mark has no partner" if command.count('"') % 2 else ""


def _character(found: str) -> str:
    if found in _CALLED:
        return _CALLED[found]
    return f"`{found}`" if found.isascii() and found.isprintable() else f"the character U+{ord(found):04X}"


def _never(head: str) -> str:
    """Returns what a command does besides reading, or may do if its words are cut short."""
    words = head.lower().split()
    for _, never, does in NEVER:
        if len(words) >= len(never) and all(map(str.startswith, never, words)):
            return f"`{' '.join(never)}` {does}"
    if short := next((word for word in words[2:] if CLEAR.startswith(word)), ""):
        return f"`{short}` may stand for `{CLEAR}`, which changes the device"
    if any("file=" in word for word in words):
        return "`file=` writes a file"
    return ""


def label(pattern: str) -> str:
    """Returns what people read instead of a pattern: the word that it begins with, if it takes anything behind that."""
    found = _WORD.fullmatch(pattern)
    return f"`{found[1]}`" if found else "`/… print`" if pattern.startswith("^/") else f"`{pattern}`"


def _shown(command: str) -> str:
    return f"`{cut(command, LONGEST_SHOWN)}`" if command.isprintable() and "`" not in command else "That"


def _to(platform: str | None) -> str:
    if platform is None:
        return ""
    return f" to a device with the platform {platform}" if platform else " to a device without a platform"
