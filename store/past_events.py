"""Events of the past and what became of them, for whoever asks why a notice came, or did not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import SQL, fn

from store.engine import Database
from store.models import Delivery, EventRow, SlackChannel, SlackWorkspace
from store.reports import KIND as REPORT
from store.stored_event import COLUMNS, StoredEvent, values_of

FEED = "feed"  # the kind of an event about a feed itself
ONE_MESSAGE_US = 300_000  # PostgreSQL gives each row its own time; two messages to one channel are a second apart


@dataclass(frozen=True, slots=True, kw_only=True)
class PastEvent(StoredEvent):
    """An event, and when it was enqueued."""

    id: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of an event in one channel. `channel` and `workspace` are ids of rows, and `team_id` and `channel_id` the
    chat's. `rule` counts from 1 and is one of the channel's `revision`; None stands for its flags. It `answers` the notice of
    this event there, if that is not None. `together` is how many notices the message has that brought this one; 0 where none was
    sent."""

    channel: int
    workspace: int
    team_id: str
    channel_id: str
    channel_name: str
    status: str
    tries: int
    ambiguous: int
    error: str
    created_at: datetime
    settled_at: datetime | None
    held_until: datetime | None
    held_for: str
    rule: int | None
    revision: int
    answers: int | None
    together: int


_COLUMNS = (*COLUMNS, EventRow.created_at)
_OF_DELIVERY = (
    "channel", "status", "tries", "ambiguous", "error", "created_at", "settled_at", "held_until", "held_for", "rule", "revision", "answers",
)  # fmt: skip


class PastEvents:
    def __init__(self, database: Database) -> None:
        self._database = database

    def now(self) -> datetime:
        return self._database.now()

    def named(self, keys: Collection[str], customer: int | None = None) -> list[PastEvent]:
        """Lists the events with these keys, of one customer or of all, the oldest first."""
        return self._found(EventRow.key.in_([*keys]), customer, limit=len(keys))

    def of_alert(self, alert: int, customer: int | None = None) -> list[PastEvent]:
        """Lists the events that a drift alert made, or was added to while they still waited, the oldest first."""
        # A quote inside of a text is written with a backslash before it, so this can only be the alert itself.
        added = (EventRow.kind == "drift") & EventRow.data.contains(f'"alert":{{"id":{alert},')
        return self._found((EventRow.key == f"drift:alert:{alert}") | added, customer, limit=2)

    def since(self, since: datetime, customer: int, most: int) -> list[PastEvent]:
        """Lists the newest events of a customer that were enqueued since then, as many as `most`, the newest first. Left out are
        those that an older version kept, which kept no facts, and what no rule concerns: reports, and events about feeds."""
        known = (EventRow.customer == customer) & (EventRow.facts != SQL("'{}'")) & EventRow.kind.not_in([REPORT, FEED])
        query = EventRow.select(*_COLUMNS).where(EventRow.created_at >= since, known)
        rows = self._database.rows(query.order_by(EventRow.created_at.desc()).limit(most))
        return [PastEvent(**values_of(row)) for row in rows]

    def fates(self, event: int, customer: int) -> list[Fate]:
        """Lists what became of an event in each channel that it was enqueued for, and that is the customer's, by the channel's row."""
        other = Delivery.alias()
        near = other.settled_at.between(Delivery.settled_at - ONE_MESSAGE_US, Delivery.settled_at + ONE_MESSAGE_US)
        together = other.select(fn.COUNT(other.id)).where(
            other.channel == Delivery.channel, near, other.status == SQL("'sent'")
        )
        query = (
            Delivery.select(
                *(getattr(Delivery, name) for name in _OF_DELIVERY),
                SlackChannel.workspace,
                SlackWorkspace.team_id,
                SlackChannel.channel_id,
                SlackChannel.channel_name,
                together.alias("together"),
            )
            .join_from(Delivery, SlackChannel)
            .join(SlackWorkspace)
            .where(Delivery.event == event, SlackWorkspace.customer == customer)
            .order_by(Delivery.channel)
        )
        return [Fate(**row) for row in self._database.rows(query)]

    def _found(self, which: Any, customer: int | None, limit: int) -> list[PastEvent]:
        query = EventRow.select(*_COLUMNS).where(which).order_by(EventRow.id).limit(limit)
        rows = self._database.rows(query if customer is None else query.where(EventRow.customer == customer))
        return [PastEvent(**values_of(row)) for row in rows]
