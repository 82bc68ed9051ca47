"""Deliveries that are held: they wait from a later time on. What holds them is asked again when that time has come.

So a change of what holds them, or of the clock, needs nothing but to let that time be now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from peewee import SQL

from store.claims import ClaimedDelivery
from store.engine import Database
from store.fields import microseconds
from store.lane_statements import DIGEST_MOST
from store.models import Delivery, EventRow
from store.statements import Statement
from store.stored_event import values_of

_HELD = Delivery.status == SQL("'held'")  # spelled out, so that both databases see that the partial indexes fit

DUE_CHANNELS = Statement("""
    SELECT DISTINCT channel_id AS channel FROM delivery
    WHERE status = 'held' AND held_until <= :now_us ORDER BY channel_id""")

WAITING_CHANNELS = Statement(
    "SELECT DISTINCT channel_id AS channel FROM delivery WHERE status = 'waiting' AND NOT urgent ORDER BY channel_id"
)

LOCKED_LANE = Statement("SELECT 1 FROM lane WHERE channel_id = :channel FOR UPDATE SKIP LOCKED")

_DELIVERIES = """
    SELECT delivery.id, event.key, event.kind, event.flag, event.customer, event.happened_at, event.data, event.facts,
        delivery.held_for
    FROM delivery JOIN event ON event.id = delivery.event_id
    WHERE delivery.channel_id = :channel"""

DUE = Statement(
    f"""{_DELIVERIES} AND delivery.status = 'held' AND delivery.held_until <= :now_us
    ORDER BY delivery.id LIMIT {DIGEST_MOST}""",
    EventRow,
)

# Of channels to which nothing is under way.
WAITING = Statement(
    f"""{_DELIVERIES} AND delivery.status = 'waiting' AND NOT delivery.urgent AND EXISTS (
        SELECT 1 FROM lane WHERE lane.channel_id = :channel AND lane.expires_at = 0 AND lane.burst_until <= :now_us
    )
    ORDER BY delivery.id LIMIT {DIGEST_MOST}""",
    EventRow,
)

# What answers a notice that is held is held with it, so that they come as one line.
ANSWERS_HELD = Statement(
    """SELECT delivery.id, answered.held_until, answered.held_for
    FROM delivery JOIN delivery AS answered
        ON answered.event_id = delivery.answers AND answered.channel_id = delivery.channel_id
    WHERE delivery.id IN :ids AND answered.status = 'held' AND answered.held_until > :now_us""",
    Delivery,
)

RELEASE = Statement("UPDATE delivery SET status = 'waiting', held_until = :now_us WHERE status = 'held' AND id IN :ids")

HOLD = Statement("""
    UPDATE delivery SET status = 'held', held_until = :until, held_for = :held_for, tried_since = NULL
    WHERE status IN ('waiting', 'held') AND id IN :ids""")


Look = Callable[[ClaimedDelivery, datetime], tuple[datetime, str] | None]


class Held:
    def __init__(self, database: Database) -> None:
        self._database = database

    def now(self) -> datetime:
        """Returns the time by which deliveries are held."""
        return self._database.now()

    def due(self) -> list[int]:
        """Lists the channels, by the ids of their rows, that have something held which is to be looked at again."""
        return [row["channel"] for row in self._database.rows(DUE_CHANNELS)]

    def release(self, channel: int, look: Look) -> int:
        """Lets what is due in a channel wait, unless `look`, which is given the time, too, says until when it is held on and what
        for. Returns how many wait now. All of it becomes visible at once, so that it makes one digest, and no other replica looks
        at the channel meanwhile: if one does so already, nothing is done here."""
        released = 0
        while True:
            with self._database.transaction():
                rows = self._database.rows(DUE, channel=channel) if self._is_mine(channel) else []
                released += self._look_at(rows, look)
            if len(rows) < DIGEST_MOST:
                return released

    def waiting(self) -> list[int]:
        """Lists the channels, by the ids of their rows, for which something waits that may be held."""
        return [row["channel"] for row in self._database.rows(WAITING_CHANNELS)]

    def hold_back(self, channel: int, look: Look) -> None:
        """Holds of what waits for a channel what `look` says: it could not be sent before something came to hold it. What is
        under way stays as it is."""
        with self._database.transaction():
            rows = self._database.rows(WAITING, channel=channel) if self._is_mine(channel) else []
            self._look_at(rows, look)

    def look_again(self, *, channel: int | None = None, held_for: str | None = None) -> None:
        """Lets all that is held in this channel, or for this reason, be looked at now."""
        which = [] if channel is None else [Delivery.channel == channel]
        look_again(self._database, *which, *([] if held_for is None else [Delivery.held_for == held_for]))

    def _is_mine(self, channel: int) -> bool:
        return bool(self._database.rows(LOCKED_LANE, channel=channel))

    def _look_at(self, rows: list[dict[str, Any]], look: Look) -> int:
        now = self._database.now()
        free: list[int] = []
        held: dict[tuple[datetime, str], list[int]] = defaultdict(list)
        for row in rows:
            hold = look(ClaimedDelivery(**values_of(row)), now)
            (held[hold] if hold and hold[0] > now else free).append(row["id"])
        self._hold(held)
        along: dict[tuple[datetime, str], list[int]] = defaultdict(list)
        for each in self._database.rows(ANSWERS_HELD, ids=free) if free else ():
            along[each["held_until"], each["held_for"]].append(each["id"])
        self._hold(along)
        free = sorted({*free}.difference(*along.values()))
        return int(self._database.run(RELEASE, ids=free)) if free else 0

    def _hold(self, held: Mapping[tuple[datetime, str], list[int]]) -> None:
        for (until, held_for), ids in held.items():
            self._database.run(HOLD, ids=ids, until=microseconds(until), held_for=held_for)


def look_again(database: Database, *which: Any) -> None:
    """Lets what is held, and meets all these conditions, be looked at now."""
    now = database.now_us()
    database.run(Delivery.update(held_until=now).where(_HELD, Delivery.held_until > now, *which))
