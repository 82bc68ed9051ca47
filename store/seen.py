"""Keys of requests that were seen, so that each runs once over all replicas and restarts."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime
from functools import cache

from store.engine import Database
from store.models import SeenKey
from store.statements import Statement

_KEEP_AS_IS = 200  # characters; PostgreSQL cannot index much longer keys


class Seen:
    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, keys: Collection[str]) -> bool:
        """True if none of the keys was seen before; all of them count as seen from now on. Of several replicas that claim the
        same key at a time, one gets it."""
        now = self._database.clock()
        short = sorted({_short(key) for key in keys})
        if not short:
            return True
        claimed = {f"key{number}": key for number, key in enumerate(short)}
        return bool(self._database.run(_insert(len(short)), **claimed, seen_at=now) == len(short))

    def sweep(self, older_than: datetime, batch: int = 500) -> int:
        """Removes old keys, in short transactions of `batch` rows, and returns how many."""
        seen = SeenKey.seen_at
        return self._database.delete_in_batches(SeenKey.key, seen < older_than, batch, by=seen)


@cache
def _insert(number: int) -> Statement:
    keys = ", ".join(f"(:key{n}, :seen_at)" for n in range(number))
    return Statement(f"INSERT INTO seen_key (key, seen_at) VALUES {keys} ON CONFLICT DO NOTHING")


def _short(key: str) -> str:
    return key if len(key) <= _KEEP_AS_IS else "sha256:" + hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
