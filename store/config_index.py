"""The distinct lines of each customer's configs: which there are, on which devices each stands, and those that hold a text.

Every change happens in a transaction of the caller's under `lock`, so that the index is whole at any time.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from store.config_blocks import (
    FULL,
    LINES,
    NOBODY,
    OPEN,
    SEVERAL,
    SLOT_BITS,
    Block,
    owned,
    packed_owners,
    packed_text,
    slices,
    unpacked_owners,
    unpacked_text,
)
from store.config_digests import Digests, lines_in
from store.config_places import Changes, Places, moved
from store.config_trigrams import Trigrams
from store.engine import Database
from store.models import ConfigBlock
from store.statements import Statement

AT_ONCE = 64  # blocks, some 20 KB each
_LOCK = 0x6C696E6573  # "lines"

_EACH = "SELECT id, customer, state, owners, text FROM config_block WHERE "
_OPEN = Statement(f"{_EACH}customer = :customer AND state = {OPEN} ORDER BY id DESC LIMIT 1")
_BLOCKS = Statement(f"{_EACH}id IN :blocks ORDER BY id")
_OWNERS = Statement("SELECT id, owners FROM config_block WHERE id IN :blocks ORDER BY id")
_TEXTS = Statement("SELECT id, text FROM config_block WHERE id IN :blocks")
_SCANNED = Statement("SELECT id, owners, folded FROM config_block WHERE id IN :blocks ORDER BY id")
_SCANNED_WHOLE = Statement("SELECT id, owners, folded, text FROM config_block WHERE id IN :blocks ORDER BY id")
_OWN = Statement("UPDATE config_block SET owners = :owners WHERE id = :block")
_CHANGE = Statement(
    "UPDATE config_block SET state = :state, owners = :owners, folded = :folded, text = :text WHERE id = :block"
)
_REMOVE = Statement("DELETE FROM config_block WHERE id = :block")


@dataclass(frozen=True, slots=True)
class Scanned:
    """The lines of a block, folded, and as they are where that was asked for. Those that are gone are empty. `packed` says where
    they stand."""

    id: int
    packed: bytes
    folded: str
    text: str

    def owned(self, slots: Sequence[int]) -> Iterator[tuple[int, int, int, int]]:
        """Yields (device, count, first, end): the lines in `slots[first:end]` stand that often on one device, or NOBODY or
        SEVERAL. The slots are in order."""
        first = 0
        for owner, count, last in owned(self.packed):
            if (end := bisect_left(slots, last, first)) > first:
                yield owner, count, first, end
                first = end

    def line(self, slot: int) -> int:
        return self.id << SLOT_BITS | slot


class LineIndex:
    def __init__(self, database: Database, key: Callable[[], bytes]) -> None:
        """`key` is that of `Digests`."""
        self._database = database
        self.digests = Digests(database, key)
        self.places = Places(database)
        self.trigrams = Trigrams(database)

    def lock(self) -> None:
        """Lets nobody else change an index until the transaction ends; SQLite's write lock does that anyway."""
        if self._database.is_postgres:
            self._database.peewee.execute_sql("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))

    # -- lines

    def ids(self, customer: int, lines: Iterable[str]) -> dict[str, int]:
        """Returns the id of each line; those that are new are added."""
        by_digest = {self.digests.of(customer, line): line for line in dict.fromkeys(lines)}
        buckets = self.digests.buckets(by_digest)
        found = {by_digest[digest]: line for digest, line in lines_in(buckets, by_digest).items()}
        if len(found) == len(by_digest):
            return found
        added = self._added(customer, [line for line in by_digest.values() if line not in found])
        self.digests.add({digest: added[line] for digest, line in by_digest.items() if line in added}, buckets)
        return found | added

    def texts(self, lines: Iterable[int]) -> dict[int, str]:
        """Returns the texts of lines by their ids; of one that is gone, an empty one."""
        found = dict.fromkeys(lines, "")
        slots = _by_block(found)
        for some in slices(sorted(slots), AT_ONCE):
            for row in self._database.rows(_TEXTS, blocks=some):
                wanted = slots[row["id"]]
                texts = unpacked_text(row["text"]).split("\n", (max(wanted) & LINES - 1) + 1)
                found |= {line: texts[line & LINES - 1] for line in wanted}
        return found

    def _added(self, customer: int, lines: Sequence[str]) -> dict[str, int]:
        ids: dict[str, int] = {}
        left = list(reversed(lines))
        row = self._database.row(_OPEN, customer=customer)
        block = _block(row) if row else Block(0, customer, OPEN, [], array("q"), array("I"))
        while left:
            slots = {}
            while left and block.free:
                line = left.pop()
                slots[line] = block.add(line)
            self._save(block, was=None)
            ids |= {line: block.id << SLOT_BITS | slot for line, slot in slots.items()}
            block = Block(0, customer, OPEN, [], array("q"), array("I"))
        return ids

    def write(self, block: Block, lines: Mapping[str, int]) -> None:
        """Writes a block whose trigrams are not indexed, and the ids of those of its lines that are not known by their texts."""
        self._save(block, was=None)
        digests = {self.digests.of(block.customer, text): line for text, line in lines.items()}
        self.digests.add(digests, self.digests.buckets(digests))

    def _save(self, block: Block, was: str | None) -> None:
        """Writes a block; `was` is what it held, folded, as far as that is indexed."""
        full = not block.free
        folded = block.folded
        row = {
            "state": FULL if full or block.state == FULL else OPEN,
            "owners": packed_owners(block.owners, block.counts),
            "folded": folded,
            "text": packed_text("\n".join(block.lines)),
        }
        if not block.id:
            block.id = self._database.run(ConfigBlock.insert(customer=block.customer, **row))
        else:
            self._database.run(_CHANGE, block=block.id, **row)
        if was is not None:
            self.trigrams.remove(block.id, was)
        if row["state"] == FULL:
            self.trigrams.add(block.id, folded)

    # -- places

    def move(self, changes: Mapping[int, Changes]) -> None:
        """Changes where these lines stand. Those that stand nowhere any more are removed."""
        of_block = _by_block(changes)
        spread: dict[int, Changes] = {}
        gone: list[int] = []
        for some in slices(sorted(of_block), AT_ONCE):
            for row in self._database.rows(_OWNERS, blocks=some):
                owners, counts = unpacked_owners(row["owners"])
                before = owners[:], counts[:]
                for line in of_block[row["id"]]:
                    slot = line & LINES - 1
                    if owners[slot] == SEVERAL:
                        spread[line] = changes[line]
                        continue
                    places = moved({owners[slot]: counts[slot]} if owners[slot] else {}, changes[line])
                    owners[slot], counts[slot] = owner_of(places)
                    if owners[slot] == SEVERAL:
                        spread[line] = places
                    elif not places:
                        gone.append(line)
                if before != (owners, counts):
                    self._database.run(_OWN, block=row["id"], owners=packed_owners(owners, counts))
        gone += self.places.move(spread)
        self._remove(gone)

    def remove_unused(self, lines: Iterable[int]) -> None:
        """Removes those of the lines that were added and stand nowhere."""
        self.move({line: {} for line in lines})

    def _remove(self, lines: Collection[int]) -> None:
        """Removes lines from their blocks, and blocks that are full of nothing."""
        slots = _by_block(lines)
        for some in slices(sorted(slots), AT_ONCE):
            for block in self.whole(some):
                was = block.folded if block.state == FULL else None
                digests = []
                for line in slots[block.id]:
                    slot = line & LINES - 1
                    digests.append(self.digests.of(block.customer, block.lines[slot]))
                    block.lines[slot], block.owners[slot], block.counts[slot] = "", NOBODY, 0
                self.digests.remove(digests)
                if was is None or any(block.owners):
                    self._save(block, was)
                else:
                    self.trigrams.remove(block.id, was)
                    self._database.run(_REMOVE, block=block.id)

    # -- search

    def scanned(self, customer: int, needles: Sequence[str], *, whole: bool) -> Iterator[Scanned]:
        """Yields the blocks of a customer that may hold a line with all of these folded texts. `whole` reads the lines as they
        are, too."""
        statement = _SCANNED_WHOLE if whole else _SCANNED
        for some in slices(self.trigrams.fitting(customer, needles), AT_ONCE):
            for row in self._database.rows(statement, blocks=some):
                text = unpacked_text(row["text"]) if whole else ""
                yield Scanned(row["id"], row["owners"], row["folded"], text)

    def whole(self, blocks: Iterable[int]) -> list[Block]:
        return [_block(row) for row in self._database.rows(_BLOCKS, blocks=list(blocks))]


def _block(row: Mapping[str, Any]) -> Block:
    lines = unpacked_text(row["text"]).split("\n")
    return Block(row["id"], row["customer"], row["state"], lines, *unpacked_owners(row["owners"]))


def _by_block(lines: Iterable[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for line in lines:
        found[line >> SLOT_BITS].append(line)
    return found


def owner_of(places: Mapping[int, int]) -> tuple[int, int]:
    if len(places) > 1:
        return SEVERAL, 0
    return next(iter(places.items()), (NOBODY, 0))
