"""Deliveries of which it is to be looked whether somebody is on what they are about."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from store.engine import Database
from store.models import Delivery, EventRow
from store.statements import Statement
from store.stored_event import StoredEvent, values_of

KIND = "reminder"  # of its event
AT_ONCE = 200

# What another process looks at now is left out.
DUE = Statement(
    f"""SELECT delivery.id, delivery.channel_id AS channel, delivery.event_id AS event, delivery.status, delivery.settled_at,
        delivery.held_until, delivery.remind_at, delivery.urgent, delivery.mentions, event.key, event.kind, event.flag,
        event.customer, event.happened_at, event.data, event.facts
    FROM delivery JOIN event ON event.id = delivery.event_id
    WHERE delivery.remind_at <= :now_us ORDER BY delivery.remind_at, delivery.id LIMIT {AT_ONCE}
    FOR UPDATE OF delivery SKIP LOCKED""",
    Delivery,
    EventRow,
)


@dataclass(frozen=True)
class DueReminder(StoredEvent):
    """A delivery with its event. `channel` and `event` are ids of rows, `mentions` are ids of the chat's, or `here`."""

    id: int
    channel: int
    event: int
    status: str
    settled_at: datetime | None
    held_until: datetime | None
    remind_at: datetime
    urgent: bool
    mentions: tuple[str, ...]


class Reminders:
    """`Outbox.add` sets when to look at a delivery first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self) -> list[DueReminder]:
        """Returns what is to be looked at now, and keeps it from other processes until the transaction ends."""
        rows = self._database.rows(DUE)
        return [DueReminder(**{**values_of(row), "mentions": tuple(json.loads(row["mentions"]))}) for row in rows]

    def look_at(self, delivery: int, at: datetime | None) -> None:
        """Lets a delivery be looked at then, or no more."""
        self._database.run(Delivery.update(remind_at=at).where(Delivery.id == delivery))
