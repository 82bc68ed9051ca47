"""Compares two texts line by line. It is pure; both texts must have been redacted whole before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from bot.configs.alignment import Change, changes
from bot.configs.sections import Nesting
from bot.configs.volatile import may_be_salted
from bot.redaction.redactor import CHANGED

CONTEXT = 3  # lines beside a change

Sign = Literal["+", "-", " "]


class Volatile(Protocol):
    """Knows what of a text changes by itself."""

    def keys(self, lines: Sequence[str], others: Collection[str], /) -> Iterable[str | None]:
        """Gives what counts of each line, None for nothing; `others` are the lines that the other text holds, too."""


@dataclass(frozen=True, slots=True)
class Line:
    sign: Sign
    text: str


@dataclass(frozen=True, slots=True)
class Hunk:
    """Changes that stand close together, with the lines around. `old` and `new` are the line numbers where the hunk begins,
    counted from 1; `section` is the section of its first change."""

    old: int
    new: int
    section: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Diff:
    """`left_out` lines differ, too, but are volatile; in `salted` lines a secret may have changed, or only its salt. `sections` are
    those of all lines that changed, in the order of the texts; a line that stands in none gives an empty one."""

    added: int
    removed: int
    hunks: tuple[Hunk, ...]
    left_out: int = 0
    salted: int = 0
    sections: tuple[str, ...] = ()


def diff(old: Sequence[str], new: Sequence[str], volatile: Volatile | None = None) -> Diff:
    """Compares lines. Lines with a secret that changed are different, though their redacted texts are equal. Without `volatile` every line counts."""
    marked = _marked(old, "old"), _marked(new, "new")
    every = changes(*marked)
    if volatile is None or not every:
        return _diff(_Side(old), _Side(new), every)
    both = set(old).intersection(new)
    sides = _Side(old, volatile.keys(old, both)), _Side(new, volatile.keys(new, both))
    keys = _marked(sides[0].keys, "old"), _marked(sides[1].keys, "new")
    counted = every if keys == marked else changes(*keys)
    found = _diff(*sides, counted)
    left_out = _size(every) - _size(counted)
    salted = sum(map(may_be_salted, new))
    return replace(found, left_out=max(0, left_out), salted=salted)


class _Side:
    """The lines that count, their keys, and their places in the whole text."""

    def __init__(self, lines: Sequence[str], keys: Iterable[str | None] | None = None) -> None:
        counted = enumerate(lines if keys is None else keys)
        kept = [(at, key) for at, key in counted if key is not None]
        self.places = [at for at, _ in kept]
        self.keys = [key for _, key in kept]
        self.lines = [lines[at] for at in self.places]
        self.above = Nesting(lines)

    def number(self, index: int) -> int:
        """From 1, also of the place behind the last line."""
        return self.places[index] + 1 if index < len(self.places) else self.places[-1] + 2 if self.places else 1

    def section_of(self, index: int) -> str:
        return self.above.section_of(self.places[index])


def _diff(old: _Side, new: _Side, changed: Sequence[Change]) -> Diff:
    hunks = tuple(_hunk(old, new, group) for group in _groups(changed))
    added, removed = sum(d - c for _, _, c, d in changed), sum(b - a for a, b, _, _ in changed)
    return Diff(added, removed, hunks, sections=tuple(dict.fromkeys(_touched(old, new, changed))))


def _touched(old: _Side, new: _Side, changed: Iterable[Change]) -> Iterator[str]:
    for a, b, c, d in changed:
        yield from map(old.section_of, range(a, b))
        yield from map(new.section_of, range(c, d))


def _size(changed: Sequence[Change]) -> int:
    return sum(b - a + d - c for a, b, c, d in changed)


def _marked(keys: Sequence[str], side: str) -> list[str]:
    return [f"{key}\n{side}" if CHANGED in key else key for key in keys]


def _groups(changed: Sequence[Change]) -> list[list[Change]]:
    """Groups changes into hunks: those whose surrounding lines touch belong together."""
    groups: list[list[Change]] = []
    for change in changed:
        if groups and change[0] - groups[-1][-1][1] <= 2 * CONTEXT:
            groups[-1].append(change)
        else:
            groups.append([change])
    return groups


def _hunk(old: _Side, new: _Side, changed: Sequence[Change]) -> Hunk:
    first, last, new_first, _ = changed[0]
    begin = max(0, first - CONTEXT)
    lines: list[Line] = []
    at = begin
    for a, b, c, d in changed:
        lines += (Line(" ", text) for text in old.lines[at:a])
        lines += (Line("-", text) for text in old.lines[a:b])
        lines += (Line("+", text) for text in new.lines[c:d])
        at = b
    lines += (Line(" ", text) for text in old.lines[at : at + CONTEXT])
    section = old.section_of(first) if last > first else new.section_of(new_first)
    return Hunk(old.number(begin), new.number(new_first - (first - begin)), section, tuple(lines))
