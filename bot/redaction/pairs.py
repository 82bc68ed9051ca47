"""Which secrets differ between two texts, without showing any. Pure.

The two texts were redacted with a number in each secret's place. A secret belongs to the secret of the other text whose
line reads the same under the same lines above it; where a line changed in other words too, to the one that begins with
the same words. Both ways are linear, and a wrong guess only says "changed" of a line that is new.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence

from bot.redaction.rules import CHANGED, MARK

NUMBERED = re.compile(r"<redacted#(\d+)>")

_Key = tuple[str, ...]


class Numbered:
    """The secrets of one text by their numbers."""

    def __init__(self) -> None:
        self.secrets: list[str] = []
        self.changed: set[int] = set()

    def mark(self, secret: str) -> str:
        self.secrets.append(NUMBERED.sub(self._secret, secret))
        return f"<redacted#{len(self.secrets) - 1}>"

    def in_line(self, line: str) -> list[int]:
        return [int(number) for number in NUMBERED.findall(line) if int(number) < len(self.secrets)]

    def shown(self, text: str) -> str:
        return NUMBERED.sub(lambda match: CHANGED if int(match[1]) in self.changed else MARK, text)

    def _secret(self, match: re.Match[str]) -> str:
        number = int(match[1])
        return self.secrets[number] if number < len(self.secrets) else match[0]


def compare(sides: tuple[Numbered, Numbered], texts: Sequence[str]) -> tuple[str, str]:
    old, new = sides
    bearing = _bearing(texts[0]), _bearing(texts[1])
    for key in (_same_line, _same_words):
        for one, other in _partners(*bearing, key):
            for was, becomes in zip(old.in_line(one), new.in_line(other), strict=False):
                if old.secrets[was] != new.secrets[becomes]:
                    old.changed.add(was)
                    new.changed.add(becomes)
    return old.shown(texts[0]), new.shown(texts[1])


def _bearing(text: str) -> list[tuple[_Key, str]]:
    """The lines with secrets, each with the lines that it stands under by indentation."""
    found: list[tuple[_Key, str]] = []
    above: list[tuple[int, str]] = []
    for line in text.split("\n"):
        if not (words := line.strip()):
            continue
        indent = len(line) - len(line.lstrip())
        while above and above[-1][0] >= indent:
            above.pop()
        plain = NUMBERED.sub(MARK, words)
        if plain != words:
            found.append((tuple(header for _, header in above), line))
        above.append((indent, plain))
    return found


def _same_line(line: str) -> str:
    return NUMBERED.sub(MARK, line.strip())


def _same_words(line: str) -> str:
    """What stands before the first secret but for numbers: `enable secret 5` may have become `enable secret 9`."""
    return " ".join(word for word in NUMBERED.split(line, maxsplit=1)[0].split() if not word.isdigit())


def _partners(
    old: list[tuple[_Key, str]], new: list[tuple[_Key, str]], key: Callable[[str], str]
) -> list[tuple[str, str]]:
    """Pairs of lines, which leave both lists."""
    waiting: dict[_Key, list[tuple[_Key, str]]] = defaultdict(list)
    for above, line in reversed(old):
        waiting[*above, key(line)].append((above, line))
    pairs, left = [], []
    for above, line in new:
        if candidates := waiting[*above, key(line)]:
            pairs.append((candidates.pop()[1], line))
        else:
            left.append((above, line))
    new[:] = left
    old[:] = [entry for entries in waiting.values() for entry in reversed(entries)]
    return pairs
