"""The outbox: an event is kept once, with a delivery for each channel that is to be notified of it.

A delivery is `waiting`, then `sent`; or `parked`, when it is of no use to try again until somebody acts; or `dropped`, when
its workspace was disabled or went to another customer before.
"""

from __future__ import annotations

import builtins
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from peewee import SQL, ModelDelete, Value, fn

from store.engine import Database
from store.models import Delivery as DeliveryRow
from store.models import EventRow, LaneRow, RefusedToken, SlackChannel, SlackWorkspace

Status = Literal["waiting", "sent", "parked", "dropped"]

_WAITING, _PARKED = SQL("'waiting'"), SQL("'parked'")  # spelled out, so that both databases see that an index fits


@dataclass(frozen=True)
class Delivery:
    """An event on its way to a channel. `error` is the last one, `ambiguous` counts the tries that may or may not have arrived."""

    id: int
    key: str
    kind: str
    customer: int
    team_id: str
    channel_id: str
    channel_name: str
    status: Status
    tries: int
    ambiguous: int
    error: str
    happened_at: datetime
    created_at: datetime


@dataclass(frozen=True)
class Depth:
    """How many deliveries wait or are parked; `oldest` is when the oldest of those that wait was enqueued."""

    waiting: int
    parked: int
    oldest: datetime | None


@dataclass(frozen=True)
class Stopped:
    """A workspace to which nothing is sent, because its token was refused with `error` and it was not changed since."""

    team_id: str
    team_name: str
    error: str
    since: datetime


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
        """Enqueues an event for `channels`, ids of channel rows, and returns how many of them did not have it yet. `data` is
        plain JSON. This belongs into the transaction that moves the feed's cursor."""
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

    def amend(self, key: str, changes: Mapping[str, Any]) -> bool | None:
        """Fills in what is None in the data of an event that is delivered to no channel yet. True also where exactly that
        stands in it already; False where it holds something else, or is delivered or claimed; None where there is no such
        event."""
        with self._database.transaction():
            event = self._database.row(EventRow.select(EventRow.id, EventRow.data).where(EventRow.key == key))
            if event is None:
                return None
            have = json.loads(event["data"])
            if all(have.get(name) == value for name, value in changes.items()):
                return True
            if any(have.get(name) is not None for name in changes):
                return False
            query = DeliveryRow.select(DeliveryRow.status, DeliveryRow.tries, LaneRow.expires_at.alias("claimed_until"))
            query = query.join(LaneRow, on=LaneRow.channel == DeliveryRow.channel)
            query = query.where(DeliveryRow.event == event["id"])
            now = self._database.now()
            for delivery in self._database.rows(self._database.locked(query)):
                if delivery["status"] != "waiting" or delivery["tries"] or delivery["claimed_until"] > now:
                    return False
            data = json.dumps({**have, **changes}, ensure_ascii=False, separators=(",", ":"))
            self._database.run(EventRow.update(data=data).where(EventRow.id == event["id"]))
            return True

    def list(self, status: Status, *, team_id: str | None = None, limit: int = 100) -> list[Delivery]:
        """Lists deliveries, the oldest first."""
        query = (
            DeliveryRow.select(
                DeliveryRow.id,
                EventRow.key,
                EventRow.kind,
                EventRow.customer,
                SlackWorkspace.team_id,
                SlackChannel.channel_id,
                SlackChannel.channel_name,
                DeliveryRow.status,
                DeliveryRow.tries,
                DeliveryRow.ambiguous,
                DeliveryRow.error,
                EventRow.happened_at,
                DeliveryRow.created_at,
            )
            .join_from(DeliveryRow, EventRow)
            .join_from(DeliveryRow, SlackChannel)
            .join(SlackWorkspace)
            .where(DeliveryRow.status == SQL(f"'{status}'"))
            .order_by(DeliveryRow.id)
            .limit(limit)
        )
        if team_id is not None:
            query = query.where(SlackWorkspace.team_id == team_id)
        return [Delivery(**row) for row in self._database.rows(query)]

    def depth(self) -> Depth:
        waiting = DeliveryRow.select(fn.COUNT(DeliveryRow.id), fn.MIN(DeliveryRow.created_at))
        ((number, oldest),) = self._database.tuples(waiting.where(DeliveryRow.status == _WAITING))
        parked = DeliveryRow.select(fn.COUNT(DeliveryRow.id)).where(DeliveryRow.status == _PARKED)
        return Depth(number, self._database.count(parked), oldest)

    def stopped(self) -> builtins.list[Stopped]:
        query = (
            RefusedToken.select(
                SlackWorkspace.team_id,
                SlackWorkspace.team_name,
                RefusedToken.error,
                RefusedToken.created_at.alias("since"),
            )
            .join(SlackWorkspace)
            .where(RefusedToken.revision == SlackWorkspace.revision)
            .order_by(SlackWorkspace.id)
        )
        return [Stopped(**row) for row in self._database.rows(query)]

    def retry(self, ids: Collection[int] | None = None) -> int:
        """Makes parked deliveries wait again, all of them or those with these ids, and returns how many. Workspaces whose
        token was refused are tried again, too, and channels that waited for another try are due at once."""
        parked = DeliveryRow.status == _PARKED
        which = parked if ids is None else parked & DeliveryRow.id.in_(list(ids))
        again = DeliveryRow.update(status="waiting", tries=0, tried_since=None, settled_at=None).where(which)
        with self._database.transaction():
            self._database.run(ModelDelete(RefusedToken))
            self._database.run(LaneRow.update(due_at=0, failures=0).where(LaneRow.failures > 0))
            return int(self._database.run(again))

    def sweep(self, older_than: datetime, batch: int = 500) -> int:
        """Removes old events of which no delivery waits, in short transactions of `batch` events, and returns how many."""
        created = EventRow.created_at
        waiting = DeliveryRow.select(Value(1)).where(DeliveryRow.event == EventRow.id, DeliveryRow.status == _WAITING)
        old = (
            EventRow.select(EventRow.id).where(created < older_than, ~fn.EXISTS(waiting)).order_by(created).limit(batch)
        )
        return self._database.delete_in_batches(ModelDelete(EventRow).where(EventRow.id.in_(old)), batch)


def drop_undelivered(database: Database, workspace: int) -> None:
    """Drops what waits for a workspace, or is parked: it was disabled, or belongs to another customer now."""
    channels = SlackChannel.select(SlackChannel.id).where(SlackChannel.workspace == workspace)
    for status in (_WAITING, _PARKED):
        query = DeliveryRow.update(status="dropped", settled_at=database.clock())
        database.run(query.where(DeliveryRow.status == status, DeliveryRow.channel.in_(channels)))
