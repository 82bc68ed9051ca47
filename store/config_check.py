"""Compares the index of lines with the configs that it was made of, and makes it again.

What is true are the sequences of KeptConfig and the texts of the blocks; all else follows from them. A number of blocks is looked at
in one transaction, so that memory holds few lines and others can write meanwhile.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from store.config_blocks import FULL, NOBODY, OPEN, SEVERAL, SLOT_BITS, Block
from store.config_history import moves, versions_of
from store.config_index import LineIndex, owner_of
from store.engine import Database
from store.models import KeptConfig
from store.statements import Statement

BLOCKS = 400  # at a time, some 100,000 lines
ROWS = 200

_LAST = Statement("SELECT coalesce(max(id), 0) AS block FROM config_block")
_ROWS = Statement(
    "SELECT device, customer, snapshot, job, created_at, fingerprints, lines, history FROM kept_config "
    "WHERE device > :after ORDER BY device LIMIT :most",
    KeptConfig,
)
_FOLDED = Statement("SELECT id, folded FROM config_block WHERE id >= :first AND id < :end")
_REOPEN = Statement("UPDATE config_block SET state = :state")


@dataclass(slots=True)
class _Part:
    """Some blocks, and where each of their lines stands by the sequences: devices and counts."""

    first: int
    blocks: dict[int, Block]
    places: dict[int, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))

    @property
    def lines(self) -> dict[str, int]:
        return {"first": self.first << SLOT_BITS, "end": self.first + BLOCKS << SLOT_BITS}

    def missing(self) -> list[int]:
        """Returns the lines that stand somewhere and have no text."""
        return [line for line in self.places if not self._has(line)]

    def _has(self, line: int) -> bool:
        block = self.blocks.get(line >> SLOT_BITS)
        return block is not None and line % (1 << SLOT_BITS) < len(block.lines)


class ConfigCheck:
    def __init__(self, database: Database, index: LineIndex) -> None:
        self._database = database
        self._index = index

    def faults(self) -> int:
        """Counts the lines that are wrong in the index."""
        return sum(self._faults(part) for part in self._parts())

    def rebuild(self) -> list[int]:
        """Makes the index again, and returns the devices whose configs are damaged and have to be read again."""
        with self._database.transaction():
            self._index.lock()
            self._index.trigrams.empty()
            self._database.run(_REOPEN, state=OPEN)
        return sorted({device for part in self._parts() for device in self._mended(part)})

    def _parts(self) -> Iterator[_Part]:
        first = 0
        last = self._last()
        while first <= last:
            with self._database.transaction():
                self._index.lock()
                blocks = self._index.whole(range(first, first + BLOCKS))
                part = _Part(first, {block.id: block for block in blocks})
                for device, line, count in self._standing():
                    if first <= line >> SLOT_BITS < first + BLOCKS:
                        part.places[line][device] = count
                yield part
            first += BLOCKS

    def _last(self) -> int:
        (row,) = self._database.rows(_LAST)
        return max(int(row["block"]), self._index.digests.last() >> SLOT_BITS)

    def _standing(self) -> Iterator[tuple[int, int, int]]:
        after = -1
        while rows := self._database.rows(_ROWS, after=after, most=ROWS):
            for row in rows:
                for line, count in moves([], versions_of(row)).items():
                    yield row["device"], line, count or 0
            after = rows[-1]["device"]

    def _faults(self, part: _Part) -> int:
        stored, digests = self._index.places.among(**part.lines), self._index.digests.among(**part.lines)
        folded = {
            row["id"]: row["folded"] for row in self._database.rows(_FOLDED, first=part.first, end=part.first + BLOCKS)
        }
        wrong = len(part.missing())
        for block in part.blocks.values():
            indexed = block.state != FULL or self._index.trigrams.finds(block.id, folded[block.id])
            wrong += 0 if indexed and block.folded == folded[block.id] else len(block.lines)
            for slot, text in enumerate(block.lines):
                line, owner = block.id << SLOT_BITS | slot, block.owners[slot]
                places = stored.pop(line, {}) if owner == SEVERAL else {owner: block.counts[slot]} if owner else {}
                known = digests.pop(self._index.digests.of(block.customer, text), None) == line if owner else not text
                wrong += not (known and places == part.places.get(line, {}))
        return wrong + len(stored) + len(digests)

    def _mended(self, part: _Part) -> set[int]:
        self._index.digests.forget(**part.lines)
        self._index.places.forget(**part.lines)
        damaged = {device for line in part.missing() for device in part.places.pop(line)}
        for block in part.blocks.values():
            ids = [block.id << SLOT_BITS | slot for slot in range(len(block.lines))]
            owners = [owner_of(part.places.get(line, {})) for line in ids]
            block.owners, block.counts = array("q", (one for one, _ in owners)), array("I", (n for _, n in owners))
            block.lines = [
                "" if owner == NOBODY else text for (owner, _), text in zip(owners, block.lines, strict=True)
            ]
            block.state = OPEN
            known = zip(block.lines, ids, block.owners, strict=True)
            self._index.write(block, {text: line for text, line, owner in known if owner != NOBODY})
        self._index.move({line: places for line, places in part.places.items() if len(places) > 1})
        return damaged
