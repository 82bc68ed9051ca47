"""Compares two texts line by line. It is pure; both texts must have been redacted whole before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from bot.configs.sections import section_of
from bot.redaction.redactor import CHANGED

CONTEXT = 3  # lines beside a change
THOROUGH = 4_000  # lines up to which every pair of equal lines is considered; beyond, frequent ones are not

Sign = Literal["+", "-", " "]


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
    added: int
    removed: int
    hunks: tuple[Hunk, ...]


def diff(old: Sequence[str], new: Sequence[str]) -> Diff:
    """Compares lines. Lines with a secret that changed are different, though their redacted texts are equal."""
    keys = _keys(old, "old"), _keys(new, "new")
    same = _same_ends(*keys)
    middles = [side[same[0] : len(side) - same[1]] for side in keys]
    matcher = SequenceMatcher(None, middles[0], middles[1], autojunk=sum(map(len, middles)) > THOROUGH)
    changes = [
        (a + same[0], b + same[0], c + same[0], d + same[0])
        for tag, a, b, c, d in matcher.get_opcodes()
        if tag != "equal"
    ]
    hunks = tuple(_hunk(old, new, group) for group in _groups(changes))
    return Diff(sum(d - c for _, _, c, d in changes), sum(b - a for a, b, _, _ in changes), hunks)


Change = tuple[int, int, int, int]  # these lines of the old text became those of the new one


def _keys(lines: Sequence[str], side: str) -> list[str]:
    return [f"{line}\n{side}" if CHANGED in line else line for line in lines]


def _same_ends(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """Counts the equal lines at the beginning and at the end, since comparing all lines with all would be slow."""
    most, head = min(len(old), len(new)), 0
    while head < most and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < most - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return head, tail


def _groups(changes: Sequence[Change]) -> list[list[Change]]:
    """Groups changes into hunks: those whose surrounding lines touch belong together."""
    groups: list[list[Change]] = []
    for change in changes:
        if groups and change[0] - groups[-1][-1][1] <= 2 * CONTEXT:
            groups[-1].append(change)
        else:
            groups.append([change])
    return groups


def _hunk(old: Sequence[str], new: Sequence[str], changes: Sequence[Change]) -> Hunk:
    begin = max(0, changes[0][0] - CONTEXT)
    lines: list[Line] = []
    at = begin
    for first, last, new_first, new_last in changes:
        lines += (Line(" ", text) for text in old[at:first])
        lines += (Line("-", text) for text in old[first:last])
        lines += (Line("+", text) for text in new[new_first:new_last])
        at = last
    lines += (Line(" ", text) for text in old[at : at + CONTEXT])
    first, last, new_first, _ = changes[0]
    section = section_of(old, first) if last > first else section_of(new, new_first)
    return Hunk(begin + 1, new_first - (first - begin) + 1, section, tuple(lines))
