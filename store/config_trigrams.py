"""Which blocks of lines may hold a text, by its trigrams: SQLite's FTS5, and on PostgreSQL an index of arrays, which needs no
extension. Only full blocks are indexed; those that are filled still always may."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

from store.config_blocks import grams, query_grams
from store.engine import Database
from store.fields import clean
from store.statements import Statement

PAGES = 500  # of the index that are merged in one transaction

_EVERY = Statement("SELECT id FROM config_block WHERE customer = :customer")
_FITTING = """
    SELECT id FROM config_block WHERE customer = :customer AND state = 0 UNION ALL
    SELECT id FROM config_block WHERE customer = :customer AND state = 1 AND id IN ({})"""
_WITH = Statement(
    _FITTING.format("SELECT rowid FROM config_trigram WHERE config_trigram MATCH :grams"),
    postgres=_FITTING.format("SELECT block FROM config_trigram WHERE grams @> (:grams)::integer[]"),
)
_FINDS = Statement(
    "SELECT rowid FROM config_trigram WHERE config_trigram MATCH :grams AND rowid = :block",
    postgres="SELECT block FROM config_trigram WHERE block = :block AND grams @> (:grams)::integer[]",
)
_ADD = Statement(
    "INSERT INTO config_trigram (rowid, folded) VALUES (:block, :held)",
    postgres="INSERT INTO config_trigram (block, grams) VALUES (:block, (:held)::integer[])",
)
_REMOVE = Statement(
    "INSERT INTO config_trigram (config_trigram, rowid, folded) VALUES ('delete', :block, :held)",
    postgres="DELETE FROM config_trigram WHERE block = :block",
)
_EMPTY = Statement(
    "INSERT INTO config_trigram (config_trigram) VALUES ('delete-all')", postgres="DELETE FROM config_trigram"
)


class Trigrams:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, block: int, folded: str) -> None:
        held = _numbers(grams(folded)) if self._database.is_postgres else folded
        self._database.run(_ADD, block=block, held=held)

    def remove(self, block: int, folded: str) -> None:
        """Removes a block, which held this when it was added. What FTS5 has written of it stays until `merge`."""
        self._database.run(_REMOVE, block=block, held=folded)

    def empty(self) -> None:
        self._database.run(_EMPTY)

    def finds(self, block: int, folded: str) -> bool:
        """Says whether a block that holds this is found by it."""
        wanted = query_grams(folded.split("\n"))
        return not wanted or bool(self._database.rows(_FINDS, block=block, grams=self._all_of(wanted)))

    def fitting(self, customer: int, needles: Sequence[str]) -> list[int]:
        """Returns the blocks of a customer that may hold all of these folded texts, and maybe some more, by their ids."""
        if wanted := query_grams(map(clean, needles)):
            rows = self._database.rows(_WITH, customer=customer, grams=self._all_of(wanted))
        else:
            rows = self._database.rows(_EVERY, customer=customer)
        return sorted(row["id"] for row in rows)

    def merge(self) -> None:
        """Lets nothing of what was removed stay in SQLite's file: FTS5 keeps it until its parts are merged, and the log until it is
        emptied. A step holds the write lock for some milliseconds."""
        if self._database.is_postgres:
            return
        pages = -PAGES  # the first step takes all parts, whatever their number
        while self._merged(pages):
            pages = PAGES
        with self._database.connection():
            self._database.peewee.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def _merged(self, pages: int) -> bool:
        """Says whether there was something left to merge, which FTS5 says by the rows that it wrote."""
        with self._database.transaction():
            connection = self._database.peewee.connection()
            before = connection.total_changes
            self._database.peewee.execute_sql(
                "INSERT INTO config_trigram (config_trigram, rank) VALUES ('merge', ?)", (pages,)
            )
            return bool(connection.total_changes - before >= 2)

    def _all_of(self, texts: Sequence[str]) -> str | list[int]:
        if self._database.is_postgres:
            return _numbers(texts)
        return " AND ".join('"' + text.replace('"', '""') + '"' for text in texts)


def _numbers(texts: Iterable[str]) -> list[int]:
    """Returns a number of 32 bits for each text."""
    return [zlib.crc32(text.encode()) - (1 << 31) for text in texts]
