"""Which secrets differ between two texts, without showing any. Pure.

The two texts were redacted with a number in each secret's place. A line belongs to a line of the other text that reads the
same under the same lines above it: first to one with the same secrets, so that a line that is put in front of others or
moved changes none of them, and else in their order. Where a line changed in other words, too, it belongs to one that
begins with the same words. Both ways are linear, and a wrong guess only says "changed" of a line that is new.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.redaction.reversible import meaning
from bot.redaction.rules import CHANGED, MARK

NUMBERED = re.compile(r"<redacted#(\d+)>")
_PLACE = re.compile(r"<redacted(?:#(\d+))?>")

_Key = tuple[str, ...]
Says = Callable[[str, str], str]


class Numbered:
    """The secrets of one text by their numbers. `says` gives what two secrets are compared by, of a secret and what stands
    before it in its line."""

    def __init__(self, says: Says = meaning) -> None:
        self.secrets: list[str] = []
        self.changed: set[int] = set()
        self._says = says

    @classmethod
    def of_kept(cls, text: str, fingerprints: Sequence[str]) -> tuple[Numbered, str]:
        """Of a redacted text, with the fingerprint of the secret in each of its places, and the text with numbers."""
        side, each = cls(lambda fingerprint, _: fingerprint), iter(fingerprints)
        numbered = _PLACE.sub(lambda place: side.mark(found) if (found := next(each, "")) else place[0], text)
        return side, numbered

    def mark(self, secret: str) -> str:
        self.secrets.append(NUMBERED.sub(self._secret, secret))
        return f"<redacted#{len(self.secrets) - 1}>"

    def in_line(self, line: str) -> dict[int, str]:
        """What each secret of the line says, by its number."""
        found = ((int(match[1]), line[: match.start()]) for match in NUMBERED.finditer(line))
        return {
            number: self._says(self.secrets[number], before) for number, before in found if number < len(self.secrets)
        }

    def in_places(self, text: str) -> Iterator[str]:
        """What the secret says in each hidden place of the text, and nothing where it was hidden before."""
        for line in text.split("\n"):
            if places := _PLACE.findall(line):
                said = self.in_line(line)
                yield from (said.get(int(number or -1), "") for number in places)

    def shown(self, text: str) -> str:
        return NUMBERED.sub(lambda match: CHANGED if int(match[1]) in self.changed else MARK, text)

    def _secret(self, match: re.Match[str]) -> str:
        number = int(match[1])
        return self.secrets[number] if number < len(self.secrets) else match[0]


@dataclass(frozen=True, slots=True)
class _Line:
    """`above`: the lines that it stands under by indentation; `secrets`: what they say, by their numbers."""

    above: _Key
    text: str
    secrets: dict[int, str]


def compare(sides: tuple[Numbered, Numbered], texts: Sequence[str]) -> tuple[str, str]:
    old, new = sides
    gone, fresh = _bearing(old, texts[0]), _bearing(new, texts[1])
    for words in (_same_line, _same_words):
        _, gone, fresh = _pair_off(gone, fresh, _with_secrets(words))
        pairs, gone, fresh = _pair_off(gone, fresh, words)
        for one, other in pairs:
            for (was, said), (becomes, says) in zip(one.secrets.items(), other.secrets.items(), strict=False):
                if said != says:
                    old.changed.add(was)
                    new.changed.add(becomes)
    return old.shown(texts[0]), new.shown(texts[1])


def _bearing(side: Numbered, text: str) -> list[_Line]:
    """The lines with secrets."""
    found: list[_Line] = []
    above: list[tuple[int, str]] = []
    for line in text.split("\n"):
        if not (words := line.strip()):
            continue
        indent = len(line) - len(line.lstrip())
        while above and above[-1][0] >= indent:
            above.pop()
        plain = NUMBERED.sub(MARK, words)
        if plain != words:
            found.append(_Line(tuple(header for _, header in above), line, side.in_line(line)))
        above.append((indent, plain))
    return found


def _same_line(line: _Line) -> _Key:
    return (*line.above, NUMBERED.sub(MARK, line.text.strip()))


def _same_words(line: _Line) -> _Key:
    """What stands before the first secret but for numbers: `enable secret 5` may have become `enable secret 9`."""
    before = NUMBERED.split(line.text, maxsplit=1)[0]
    return (*line.above, " ".join(word for word in before.split() if not word.isdigit()))


def _with_secrets(words: Callable[[_Line], _Key]) -> Callable[[_Line], _Key]:
    return lambda line: (*words(line), *line.secrets.values())


def _pair_off(
    old: Sequence[_Line], new: Sequence[_Line], key: Callable[[_Line], _Key]
) -> tuple[list[tuple[_Line, _Line]], list[_Line], list[_Line]]:
    """Lines of the same key in their order, and what is left of both sides."""
    waiting: dict[_Key, deque[_Line]] = defaultdict(deque)
    for line in old:
        waiting[key(line)].append(line)
    pairs, left = list[tuple[_Line, _Line]](), list[_Line]()
    for line in new:
        if candidates := waiting.get(key(line)):
            pairs.append((candidates.popleft(), line))
        else:
            left.append(line)
    return pairs, [line for lines in waiting.values() for line in lines], left
