"""By which a line is found that is known already: a digest of its customer and its text.

A row for each would be dearer than the line itself, so the digests that begin with the same bits share one.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property
from hashlib import blake2b

from store.config_blocks import slices
from store.engine import Database
from store.statements import Statement

BYTES = 8
BUCKET_BITS = 16  # with 100,000 devices a bucket has some hundred lines, which PostgreSQL still keeps within its row
BUCKETS_AT_ONCE = 1_024

Buckets = dict[int, dict[int, int]]
"""The ids of lines by their digests, by what these begin with."""

_OF = Statement("SELECT bucket, packed FROM config_digest WHERE bucket IN :buckets")
_PUT = Statement(
    "INSERT INTO config_digest (bucket, packed) EACH (:bucket::bigint, :packed::bytea) "
    "ON CONFLICT (bucket) DO UPDATE SET packed = EXCLUDED.packed"
)


class Digests:
    def __init__(self, database: Database, key: Callable[[], bytes]) -> None:
        """`key` gives what the digests are keyed by, so that nobody writes two lines with one."""
        self._database = database
        self._make_key = key

    def of(self, customer: int, line: str) -> int:
        said = f"{customer} {line}".encode()
        return int.from_bytes(blake2b(said, digest_size=BYTES, key=self._key).digest(), "big", signed=True)

    def buckets(self, digests: Iterable[int]) -> Buckets:
        """Reads the buckets in which these digests are, or would be."""
        return self._stored({_bucket(digest) for digest in digests})

    def add(self, lines: Mapping[int, int], buckets: Buckets) -> None:
        """Adds lines by their digests to the buckets of these, which were read in this transaction."""
        more: Buckets = defaultdict(dict)
        for digest, line in lines.items():
            more[_bucket(digest)][digest] = line
        self._put({bucket: buckets.get(bucket, {}) | some for bucket, some in more.items()})

    def remove(self, digests: Collection[int]) -> None:
        gone = {*digests}
        self._put({bucket: _without(known, gone) for bucket, known in self.buckets(gone).items()})

    def among(self, first: int, end: int) -> dict[int, int]:
        """Returns those of the lines with these ids."""
        every = (known.items() for _, known in self._every())
        return {digest: line for items in every for digest, line in items if first <= line < end}

    def last(self) -> int:
        """Returns the highest id of a line, or 0."""
        return max((line for _, known in self._every() for line in known.values()), default=0)

    def forget(self, first: int, end: int) -> None:
        """Removes those of the lines with these ids."""
        for bucket, known in self._every():
            if gone := {digest for digest, line in known.items() if first <= line < end}:
                self._put({bucket: _without(known, gone)})

    def _stored(self, buckets: Iterable[int]) -> dict[int, dict[int, int]]:
        rows = (self._database.rows(_OF, buckets=some) for some in slices(buckets, BUCKETS_AT_ONCE))
        return {row["bucket"]: _unpacked(row["packed"]) for some in rows for row in some}

    def _every(self) -> Iterator[tuple[int, dict[int, int]]]:
        end = 1 << BUCKET_BITS - 1
        for some in slices(range(-end, end), BUCKETS_AT_ONCE):
            yield from self._stored(some).items()

    def _put(self, buckets: Mapping[int, Mapping[int, int]]) -> None:
        _PUT.run_each(
            self._database, [{"bucket": bucket, "packed": _packed(known)} for bucket, known in buckets.items()]
        )

    @cached_property
    def _key(self) -> bytes:
        return self._make_key()


def lines_in(buckets: Buckets, digests: Iterable[int]) -> dict[int, int]:
    """Returns the ids of those lines that are in their buckets, by their digests."""
    found = ((digest, buckets.get(_bucket(digest), {}).get(digest)) for digest in digests)
    return {digest: line for digest, line in found if line is not None}


def _bucket(digest: int) -> int:
    return digest >> BYTES * 8 - BUCKET_BITS


def _without(known: Mapping[int, int], gone: Collection[int]) -> dict[int, int]:
    return {digest: line for digest, line in known.items() if digest not in gone}


def _packed(known: Mapping[int, int]) -> bytes:
    return array("q", [*known, *known.values()]).tobytes()


def _unpacked(packed: bytes) -> dict[int, int]:
    both = array("q", packed)
    half = len(both) // 2
    return dict(zip(both[:half], both[half:], strict=True))
