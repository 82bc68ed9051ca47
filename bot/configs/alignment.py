"""Which lines of two texts belong to each other, in practice in linear time. Pure.

Short texts are left to `difflib`, which is quadratic where many lines are alike. Of longer ones the lines that stand once
in each hold the rest in place, as in a patience diff; where there are none, the first `!` belongs to the first, and so on.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher

SHORT = 4_000  # lines of both texts together
SHORT_GAP = 400  # the same between two lines that hold
DEEPEST = 4  # how often the lines between those that hold are looked at in the same way

Change = tuple[int, int, int, int]  # lines a to b of the old text became lines c to d of the new one
_Pair = tuple[int, int]


def changes(old: Sequence[str], new: Sequence[str]) -> list[Change]:
    """In their order; no two touch."""
    found: list[Change] = []
    a = c = 0
    for b, d in (*_pairs(old, new), (len(old), len(new))):
        if (a, c) != (b, d):
            found.append((a, b, c, d))
        a, c = b + 1, d + 1
    return found


def _pairs(old: Sequence[str], new: Sequence[str], depth: int = 0) -> Iterator[_Pair]:
    """Lines that are alike, by their indexes, both rising."""
    head, tail = _same_ends(old, new)
    yield from ((at, at) for at in range(head))
    end, new_end = len(old) - tail, len(new) - tail
    for a, c in _between(old[head:end], new[head:new_end], depth):
        yield a + head, c + head
    yield from ((end + at, new_end + at) for at in range(tail))


def _between(old: Sequence[str], new: Sequence[str], depth: int) -> Iterator[_Pair]:
    if not old or not new:
        return
    if len(old) + len(new) <= (SHORT_GAP if depth else SHORT):
        for a, c, size in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
            yield from ((a + at, c + at) for at in range(size))
        return
    holding = _rising(_once(old), _once(new)) if depth < DEEPEST else []
    if not holding:
        yield from _rising(_counted(old), _counted(new))
        return
    a = c = 0
    for b, d in (*holding, (len(old), len(new))):
        for inner, other in _pairs(old[a:b], new[c:d], depth + 1):
            yield a + inner, c + other
        if b < len(old):
            yield b, d
        a, c = b + 1, d + 1


def _once(lines: Sequence[str]) -> dict[Hashable, int]:
    """Where each line stands that stands there once."""
    counts = Counter(lines)
    return {line: at for at, line in enumerate(lines) if counts[line] == 1}


def _counted(lines: Sequence[str]) -> dict[Hashable, int]:
    """Where the first, second and further of each line stand."""
    seen: Counter[str] = Counter()
    places: dict[Hashable, int] = {}
    for at, line in enumerate(lines):
        places[line, seen[line]] = at
        seen[line] += 1
    return places


def _rising(old: dict[Hashable, int], new: dict[Hashable, int]) -> list[_Pair]:
    """The longest row of what stands in both, in which both places rise."""
    common = [(at, new[key]) for key, at in old.items() if key in new]
    tails: list[int] = []  # the least last place in the new text of a row of each length
    ends: list[int] = []  # which pair that is
    before: list[int] = []  # of each pair: the one before it in its row, or -1
    for number, (_, place) in enumerate(common):
        length = bisect_left(tails, place)
        before.append(ends[length - 1] if length else -1)
        tails[length : length + 1] = [place]
        ends[length : length + 1] = [number]
    row, number = [], ends[-1] if ends else -1
    while number >= 0:
        row.append(common[number])
        number = before[number]
    return row[::-1]


def _same_ends(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many lines are the same at the beginning, and at the end: comparing all with all would take long."""
    most, head = min(len(old), len(new)), 0
    while head < most and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < most - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return head, tail
