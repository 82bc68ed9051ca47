"""How lines of configs lie in the store. Pure.

Lines that are new come to the end of a block, which is full at LINES lines or CHARACTERS characters, and a line's id is that of
its block with its slot in it. A block knows of each line on which device it stands and how often, or that it stands on several:
then SPREAD_OVER devices at a time have a packed row of their own. A line that stands in no config but in a device's history has
the count 0 there.
"""

from __future__ import annotations

import json
import struct
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, repeat
from typing import Any, TypeVar

SLOT_BITS = 8
LINES = 1 << SLOT_BITS
CHARACTERS = 16_384
OPEN, FULL = 0, 1  # states of a block; the trigrams of full ones are indexed
NOBODY, SEVERAL = 0, -1  # instead of a device
DEVICE_BITS = 8
SPREAD_OVER = 1 << DEVICE_BITS
ALIKE = 3  # lines that end a piece that was changed
FARTHEST = 200  # lines of both in which a piece ends; a longer one goes to the end
_OWNED = struct.Struct("<qIH")  # an owner, a count and a slot
_EVERY, _NO_COUNTS = bytes(range(SPREAD_OVER)), bytes(SPREAD_OVER)

T = TypeVar("T")
Patch = list[list[Any]]


def slices(values: Iterable[T], size: int) -> Iterator[list[T]]:
    every = list(values)
    return (every[at : at + size] for at in range(0, len(every), size))


def fold(text: str) -> str:
    """Returns what is compared when case does not count. It folds character by character, so a text folds to what its parts fold
    to, and no line to more than one."""
    return text.casefold()


def grams(text: str) -> set[str]:
    """Returns every three characters of the text that stand beside one another in a line."""
    return {gram for line in text.split("\n") for gram in _grams(line)}


def _grams(line: str) -> Iterator[str]:
    return map("".join, zip(line, line[1:], line[2:], strict=False))


@dataclass(slots=True)
class Block:
    id: int
    customer: int
    state: int
    lines: list[str]
    owners: array[int]  # the device on which each line stands, or NOBODY or SEVERAL
    counts: array[int]  # how often it stands there

    @property
    def folded(self) -> str:
        return fold("\n".join(self.lines))

    @property
    def free(self) -> int:
        """How many more lines fit, at least; none where it is full."""
        characters = sum(map(len, self.lines))
        return LINES - len(self.lines) if characters < CHARACTERS else 0

    def add(self, line: str) -> int:
        """Returns the slot of the new line."""
        self.lines.append(line)
        self.owners.append(NOBODY)
        self.counts.append(0)
        return len(self.lines) - 1


def packed_text(text: str) -> bytes:
    return zlib.compress(text.encode())


def unpacked_text(packed: bytes) -> str:
    return zlib.decompress(packed).decode()


def packed_owners(owners: array[int], counts: array[int]) -> bytes:
    """Packs what a block knows of where its lines stand: of those beside one another, which are mostly of one device, at once."""
    packed, end = list[bytes](), 0
    for (owner, count), some in groupby(zip(owners, counts, strict=True)):
        end += len(list(some))
        packed.append(_OWNED.pack(owner, count, end))
    return b"".join(packed)


def owned(packed: bytes) -> Iterator[tuple[int, int, int]]:
    """Yields (owner, count, end) of lines beside one another that are alike in both, up to the slot `end`."""
    return _OWNED.iter_unpack(packed)


def unpacked_owners(packed: bytes) -> tuple[array[int], array[int]]:
    owners, counts = array("q"), array("I")
    for owner, count, end in owned(packed):
        more = end - len(owners)
        owners.extend(repeat(owner, more))
        counts.extend(repeat(count, more))
    return owners, counts


def packed_places(places: dict[int, int]) -> bytes:
    """Packs counts by the last DEVICE_BITS bits of the device's id."""
    most = max(places.values())
    code = "B" if most < 1 << 8 else "H" if most < 1 << 16 else "I"
    return code.encode() + bytes(places) + array(code, places.values()).tobytes()


def unpacked_places(packed: bytes) -> tuple[array[int], array[int]]:
    """Returns the last bits of the devices' ids, and the counts."""
    counts = array(chr(packed[0]))
    end = 1 + (len(packed) - 1) // (1 + counts.itemsize)
    counts.frombytes(packed[end:])
    return array("B", packed[1:end]), counts


def dense(devices: array[int], counts: array[int]) -> Sequence[int]:
    """Returns a count for each of SPREAD_OVER devices, from those of some; a table of bytes is the quickest way to one."""
    if counts.itemsize == 1:
        return bytes.maketrans(_EVERY + devices.tobytes(), _NO_COUNTS + counts.tobytes())
    found = [0] * SPREAD_OVER
    for device, count in zip(devices, counts, strict=True):
        found[device] = count
    return found


def packed_lines(lines: array[int]) -> bytes:
    return zlib.compress(lines.tobytes())


def unpacked_lines(packed: bytes) -> array[int]:
    return array("q", zlib.decompress(packed))


def packed(value: object) -> bytes:
    return zlib.compress(json.dumps(value, separators=(",", ":")).encode())


def unpacked(value: bytes) -> Any:
    return json.loads(zlib.decompress(value))


def patch(newer: Sequence[int], older: Sequence[int]) -> Patch:
    """Returns [start, end, lines] for each piece of `newer` that reads otherwise in `older`, from the first to the last."""
    found: Patch = []
    at = before = 0
    while at < len(newer) or before < len(older):
        if newer[at : at + 1] == older[before : before + 1]:
            at, before = at + 1, before + 1
            continue
        end, end_before = _meeting(newer, at, older, before)
        found.append([at, end, list(older[before:end_before])])
        at, before = end, end_before
    return found


def _meeting(newer: Sequence[int], at: int, older: Sequence[int], before: int) -> tuple[int, int]:
    """Returns where both read alike for some lines again, or their ends."""
    for far in range(1, FARTHEST + 1):
        for step in range(far + 1):
            end, end_before = at + step, before + far - step
            alike = newer[end : end + ALIKE]
            if alike == older[end_before : end_before + ALIKE] and (alike or end == len(newer)):
                return end, end_before
    return len(newer), len(older)


def patched(newer: array[int], changes: Patch) -> array[int]:
    """Returns what `patch` was made for."""
    older, at = newer[:0], 0
    for start, end, lines in changes:
        older += newer[at:start]
        older.extend(lines)
        at = end
    return older + newer[at:]


def query_grams(needles: Iterable[str], most: int = 16) -> list[str]:
    """Returns trigrams that every text with these needles has, at most so many: enough to tell the few blocks that are wanted."""
    every = [gram for needle in needles for gram in dict.fromkeys(_grams(needle))]
    step = -(-len(every) // most) or 1
    return every[::step]
