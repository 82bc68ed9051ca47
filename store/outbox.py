"""The outbox: what channels are owed. An event is kept once, with a delivery for each channel that is to be told.

A delivery is `waiting`, then `sent`; or `parked`, when trying again is of no use until somebody did something; or
`dropped`, when its workspace was disabled or went to another customer before.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Literal

from store.engine import Database
from store.models import Delivery as DeliveryRow
from store.models import EventRow, LaneRow

Status = Literal["waiting", "sent", "parked", "dropped"]


class Outbox:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        *,
        key: str,
        kind: str,
        flag: str,
        customer: int,
        happened_at: datetime,
        data: Mapping[str, Any],
        channels: Collection[int],
    ) -> int:
        """Owes an event to `channels`, ids of channel rows; gives how many of them did not have it yet. `data` is plain
        JSON. Belongs into the transaction that moves the feed's cursor."""
        if not channels:
            return 0
        now = self._database.clock()
        event = {
            "key": key,
            "kind": kind,
            "flag": flag,
            "customer": customer,
            "happened_at": happened_at,
            "data": json.dumps(data, ensure_ascii=False, separators=(",", ":")),
            "created_at": now,
        }
        places = sorted(set(channels))
        with self._database.transaction():
            self._database.run(EventRow.insert(event).on_conflict_ignore().as_rowcount())
            ((event_id,),) = self._database.tuples(EventRow.select(EventRow.id).where(EventRow.key == key))
            lanes = [{"channel": channel} for channel in places]
            self._database.run(LaneRow.insert_many(lanes).on_conflict_ignore().as_rowcount())
            rows = [
                {"event": event_id, "channel": channel, "status": "waiting", "created_at": now} for channel in places
            ]
            return int(self._database.run(DeliveryRow.insert_many(rows).on_conflict_ignore().as_rowcount()))
