"""The outbox: an event is kept once, with a delivery for each channel that is to be notified of it.

A delivery is `waiting`, then `sent`; or `parked`, when it is of no use to try again until somebody acts; or `dropped`, when
its workspace was disabled or went to another customer before, or it was pointless by then. One that is `held` waits from a later time on.
"""

from __future__ import annotations

import builtins
import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from peewee import SQL, ModelDelete, Value, fn

from store.engine import Database
from store.models import Delivery as DeliveryRow
from store.models import EventRow, LaneRow, NoticeMessageRow, RefusedToken, SlackChannel, SlackWorkspace
from store.outbox_statements import ADD_DELIVERIES, ADD_EVENT, ADD_LANES, EVENT_ID, OPEN_FAULTS

Status = Literal["waiting", "held", "sent", "parked", "dropped"]

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_WAITING, _HELD, _PARKED = map(
    SQL, ("'waiting'", "'held'", "'parked'")
)  # spelled out, so that both databases see that an index fits


@dataclass(frozen=True)
class Delivery:
    """An event on its way to a channel. `error` is the last one, `ambiguous` counts the tries that may or may not have arrived.
    `held_for` says what holds it, or held it before; while it is held, it waits from `held_until` on at the latest."""

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
    held_for: str
    held_until: datetime | None
    happened_at: datetime
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class NewDelivery:
    """An event that is to be brought to `channel`, the id of a row. `rule` is the number of the rule that decided, in `revision` of
    what the channel asked for. Where it is `held_for` something, it waits from `held_until` on at the latest. `answers` is the id
    of the event whose notice in the channel it is a reply to. From `remind_at` on it is looked whether somebody is on it."""

    channel: int
    mentions: tuple[str, ...] = ()
    urgent: bool = False
    rule: int | None = None
    revision: int = 0
    held_for: str = ""
    held_until: datetime | None = None
    answers: int | None = None
    remind_at: datetime | None = None

    def row(self, event: int, created_at: datetime) -> dict[str, Any]:
        status = "held" if self.held_for else "waiting"
        values = {**vars(self), "mentions": json.dumps(self.mentions)}
        begins = {"status": status, "tries": 0, "ambiguous": 0, "error": "", "created_at": created_at}
        return {"event": event, **begins, **values}


@dataclass(frozen=True)
class Depth:
    """How many deliveries wait, are parked, or are held, by what holds them, such as `quiet`. `oldest` is when the oldest of those
    that wait was enqueued, or was to be held no longer; `next_release` is when the first of those that are held is."""

    waiting: int
    parked: int
    held: Mapping[str, int]
    oldest: datetime | None
    next_release: datetime | None


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
        deliveries: Collection[NewDelivery],
        answers: str | None = None,
        facts: Mapping[str, Any] = _NOTHING,
    ) -> int:
        """Enqueues an event, and returns to how many channels it is to be brought that did not have it yet; it is kept also where
        there is none. `data` is plain JSON, and so is `facts`, which rules ask for: the faults that it `opens` are open from now on.
        Where the event with the key `answers` was sent, this one is a reply to it. This belongs into the transaction that moves the
        feed's cursor."""
        now = self._database.clock()
        event = {
            "key": key,
            "kind": kind,
            "flag": flag,
            "customer": customer,
            "happened_at": happened_at,
            "data": _json(data),
            "created_at": now,
            "answers": answers,
            "facts": _json(facts),
        }
        places = sorted(deliveries, key=lambda each: each.channel)
        with self._database.transaction():
            new = self._database.row(ADD_EVENT, **event)
            opens = facts.get("opens", ()) if new else ()
            if not places and not opens:
                return 0
            event_id = (new or self._database.rows(EVENT_ID, key=key)[0])["id"]
            self._open(event_id, customer, happened_at, opens)
            return self._enqueue([each.row(event_id, now) for each in places])

    def _enqueue(self, rows: Sequence[Mapping[str, Any]]) -> int:
        """Enqueues deliveries in the lanes of their channels, and returns how many are new."""
        if not rows:
            return 0
        self._database.run(ADD_LANES, channels=[row["channel"] for row in rows])
        return ADD_DELIVERIES.run_each(self._database, rows)

    def amend(self, key: str, changes: Mapping[str, Any], facts: Mapping[str, Any]) -> bool | None:
        """Fills in what is None in the data of an event that is delivered to no channel yet, and replaces its facts. True also
        where exactly that stands in it already; False where it holds something else, or is held, delivered or claimed; None
        where there is no such event."""
        with self._database.transaction():
            columns = EventRow.id, EventRow.data, EventRow.customer, EventRow.happened_at
            event = self._database.row(EventRow.select(*columns).where(EventRow.key == key))
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
            changed = EventRow.update(data=_json({**have, **changes}), facts=_json(facts))
            self._database.run(changed.where(EventRow.id == event["id"]))
            self._open(event["id"], event["customer"], event["happened_at"], facts.get("opens", ()))
            return True

    def _open(self, event: int, customer: int, at: datetime, faults: Collection[str]) -> None:
        rows = [{"customer": customer, "fault": fault, "event": event, "happened_at": at} for fault in faults]
        OPEN_FAULTS.run_each(self._database, rows)

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
                DeliveryRow.held_for,
                DeliveryRow.held_until,
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
        since = fn.MIN(fn.COALESCE(DeliveryRow.held_until, DeliveryRow.created_at))
        since = since.converter(DeliveryRow.created_at.python_value)
        waiting = DeliveryRow.select(fn.COUNT(DeliveryRow.id), since).where(DeliveryRow.status == _WAITING)
        ((number, oldest),) = self._database.tuples(waiting)
        parked = DeliveryRow.select(fn.COUNT(DeliveryRow.id)).where(DeliveryRow.status == _PARKED)
        held, release = self._held()
        late = [] if release is None or release > self._database.now() else [release]
        since_all = [each for each in (oldest, *late) if each is not None]
        return Depth(number, self._database.count(parked), held, min(since_all, default=None), release)

    def _held(self) -> tuple[Mapping[str, int], datetime | None]:
        counts, releases = Counter[str](), builtins.list[datetime]()
        query = DeliveryRow.select(DeliveryRow.held_for, fn.COUNT(DeliveryRow.id), fn.MIN(DeliveryRow.held_until))
        for reason, number, release in self._database.tuples(
            query.where(DeliveryRow.status == _HELD).group_by(DeliveryRow.held_for)
        ):
            counts[reason.partition(":")[0]] += number
            releases.append(release)
        return counts, min(releases, default=None)

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
        with self._database.transaction():
            self._database.run(ModelDelete(RefusedToken))
            self._database.run(LaneRow.update(due_at=0, failures=0).where(LaneRow.failures > 0))
            return wait_again(self._database, *([] if ids is None else [DeliveryRow.id.in_(list(ids))]))

    def sweep(self, older_than: datetime, batch: int = 500) -> int:
        """Removes old events of which no delivery waits or is held, in short transactions of `batch` events, and returns how many.
        Messages that show none any more go along."""
        created, undelivered = EventRow.created_at, DeliveryRow.status.in_(["waiting", "held"])
        waiting = DeliveryRow.select(Value(1)).where(DeliveryRow.event == EventRow.id, undelivered)
        old = (created < older_than) & ~fn.EXISTS(waiting)
        removed = self._database.delete_in_batches(EventRow.id, old, batch, by=created)
        message = NoticeMessageRow
        shows = DeliveryRow.select(Value(1)).where(DeliveryRow.message == message.id)
        empty = (message.created_at < older_than) & ~fn.EXISTS(shows)
        self._database.delete_in_batches(message.id, empty, batch, by=message.created_at)
        return removed


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(dict(value), ensure_ascii=False, separators=(",", ":"))


def wait_again(database: Database, *which: Any) -> int:
    """Makes the parked deliveries to which all these conditions apply wait again, and returns how many."""
    again = DeliveryRow.update(status="waiting", tries=0, tried_since=None, settled_at=None)
    return int(database.run(again.where(DeliveryRow.status == _PARKED, *which)))


def drop_undelivered(database: Database, workspace: int) -> None:
    """Drops what waits for a workspace, is held or is parked: it was disabled, or belongs to another customer now."""
    channels = SlackChannel.select(SlackChannel.id).where(SlackChannel.workspace == workspace)
    _drop(database, DeliveryRow.channel.in_(channels))


def drop_foreign(database: Database, channel: int) -> None:
    """Drops of what waits for a channel, is held or is parked, what is of another customer: it belongs to another workspace now."""
    customer = SlackWorkspace.select(SlackWorkspace.customer).join(SlackChannel).where(SlackChannel.id == channel)
    mine = EventRow.select(Value(1)).where(EventRow.id == DeliveryRow.event, EventRow.customer == customer)
    _drop(database, DeliveryRow.channel == channel, ~fn.EXISTS(mine))


def _drop(database: Database, *which: Any) -> None:
    for status in (_WAITING, _HELD, _PARKED):
        query = DeliveryRow.update(status="dropped", settled_at=database.clock())
        database.run(query.where(DeliveryRow.status == status, *which))
