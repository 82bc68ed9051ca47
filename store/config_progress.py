"""How complete the copy of the configs is, and how fresh."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from store.cursors import Cursors
from store.engine import Database
from store.models import KeptConfig
from store.statements import Statement

FOLLOWED = "snapshots"
"""The cursor of the follower of new snapshots. The time at which it was last written says how fresh the copy is."""

_PROGRESS = """
    WITH counted AS MATERIALIZED (
        SELECT coalesce((SELECT {0}devices{1} FROM device_count{3}), 0) AS of_all,
            coalesce((SELECT {0}configs{1} FROM kept_config_count{3}), 0) AS have,
            coalesce((SELECT {0}without{1} FROM kept_config_count{3}), 0) AS empty
    )
    SELECT of_all, have, empty, CASE WHEN have < of_all THEN (
        SELECT min(read_at) FROM kept_config WHERE gone = FALSE{2}
    ) END AS read_at
    FROM counted"""
"""The database counts by triggers, so that this costs as much for many devices as for few once all were read."""
_OF_CUSTOMER = Statement(
    _PROGRESS.format("", "", " AND customer = :customer", " WHERE customer = :customer"), KeptConfig
)
_OF_ALL = Statement(_PROGRESS.format("CAST(sum(", ") AS BIGINT)", "", ""), KeptConfig)


@dataclass(frozen=True)
class Progress:
    """How complete the copy is: of `of` devices `have` were read, and `without` of them have no config in WebNet.
    `oldest_read_at` is when the first of them was read, None once all were; `followed_at` when new snapshots were last looked for."""

    have: int
    of: int
    without: int
    oldest_read_at: datetime | None
    followed_at: datetime | None


class ProgressOfCopy:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._cursors = Cursors(database)

    def of(self, customer: int | None) -> Progress:
        """Counts the devices and configs of one customer, or of all for None."""
        given = {} if customer is None else {"customer": customer}
        found = self._database.row(_OF_CUSTOMER if given else _OF_ALL, **given)
        assert found is not None
        counts = found["have"], found["of_all"], found["empty"]
        cursor = self._cursors.get(FOLLOWED)
        return Progress(*counts, found["read_at"], cursor.updated_at if cursor else None)
