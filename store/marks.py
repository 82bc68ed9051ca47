"""Marks say what became of the fault that an event is about: somebody is on it, it is done, put off for a while, or over.

A mark is there once for an event, a kind and a channel, so of two callers who set it at once one has it. Whoever changes a mark
makes the messages due that show its event, in the same transaction: whatever is killed, they are brought up to date.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from peewee import SQL, ModelDelete, fn

from store.engine import Database
from store.models import Delivery, EventRow, MarkRow, NoticeMessageRow
from store.stored_event import COLUMNS, StoredEvent, values_of

MarkKind = Literal["taken", "done", "snoozed", "ended"]

EVERYWHERE = 0
OVER: tuple[MarkKind, ...] = ("done", "ended")
SEEN_TO: tuple[MarkKind, ...] = ("taken", *OVER)
_WAITING = Delivery.status == SQL("'waiting'")


@dataclass(frozen=True, kw_only=True)
class Mark:
    """`by` is WebNet's id of who set it and `name` the name there, None and empty where nobody did. `word` is what was said with it,
    without secrets; `until` is when it ends by itself. `channel` is the row of the one channel for which it holds, 0 for all."""

    kind: MarkKind
    at: datetime
    channel: int = EVERYWHERE
    by: int | None = None
    name: str = ""
    word: str = ""
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class MarkedEvent(StoredEvent):
    """An event of one customer with the marks that it has."""

    id: int
    marks: tuple[Mark, ...] = ()

    def mark(self, kind: MarkKind) -> Mark | None:
        return next((mark for mark in self.marks if mark.kind == kind), None)


class Marks:
    def __init__(self, database: Database) -> None:
        self._database = database

    def now(self) -> datetime:
        """Returns the time by which marks are set."""
        return self._database.now()

    def set(self, event: int, mark: Mark) -> bool:
        """Sets a mark and makes the event's messages due. False if there is one of this kind for this channel already."""
        with self._database.transaction():
            query = MarkRow.insert(event=event, **vars(mark)).on_conflict_ignore()
            new = bool(self._database.run(query.as_rowcount()))
            if new:
                self.touch([event])
            return new

    def end(self, ended: Mapping[int, datetime]) -> None:
        """Marks these events as over since then, all together: so whatever else locks deliveries and their messages does so in the
        same order."""
        rows = [{"event": event, **vars(Mark(kind="ended", at=at))} for event, at in sorted(ended.items())]
        if rows:
            self._database.run(MarkRow.insert_many(rows).on_conflict_ignore().as_rowcount())
            self.touch(ended)

    def remove(self, event: int, mark: Mark) -> bool:
        """Removes this very mark. False if it is gone, or another one stands in its place."""
        same = (MarkRow.event == event) & (MarkRow.kind == mark.kind) & (MarkRow.channel == mark.channel)
        same &= (MarkRow.at == mark.at) & (MarkRow.by.is_null() if mark.by is None else MarkRow.by == mark.by)
        with self._database.transaction():
            gone = bool(self._database.run(ModelDelete(MarkRow).where(same)))
            if gone:
                self.touch([event])
            return gone

    def touch(self, events: Collection[int]) -> None:
        """Makes every message due that shows one of these events. What is just being sent waits for this transaction, or this one
        for that, so that no message stays as it was; deliveries are locked in the order of their ids."""
        these = Delivery.event.in_(list(events))
        waiting = Delivery.select(Delivery.id).where(these, _WAITING).order_by(Delivery.id)
        self._database.rows(self._database.locked(waiting))
        shown = Delivery.select(Delivery.message).where(these, Delivery.message.is_null(False))
        due = NoticeMessageRow.update(due_at=self._database.now_us(), revision=NoticeMessageRow.revision + 1)
        self._database.run(due.where(NoticeMessageRow.id.in_(shown), NoticeMessageRow.page.is_null(False)))

    def find(self, customer: int, keys: Sequence[str]) -> MarkedEvent | None:
        """Returns the first of these events that the customer has."""
        query = EventRow.select(*COLUMNS).where(EventRow.customer == customer, EventRow.key.in_(list(keys)))
        found = {event.key: event for event in self._loaded(self._database.rows(query))}
        return next((found[key] for key in keys if key in found), None)

    def taken(self, customer: int, most: int) -> list[MarkedEvent]:
        """Returns the events of a customer that somebody is on, the latest first, unless they are over."""
        over = MarkRow.alias()
        is_over = over.select(over.event).where(over.event == EventRow.id, over.kind.in_(list(OVER)))
        query = EventRow.select(*COLUMNS).join(MarkRow, on=MarkRow.event == EventRow.id)
        query = query.where(MarkRow.kind == SQL("'taken'"), EventRow.customer == customer, ~fn.EXISTS(is_over))
        return self._loaded(self._database.rows(query.order_by(MarkRow.at.desc(), EventRow.id.desc()).limit(most)))

    def of(self, events: Collection[int]) -> dict[int, tuple[Mark, ...]]:
        """Returns the marks of those events that have any, in the order in which they were set."""
        found: dict[int, list[Mark]] = {}
        query = MarkRow.select().where(MarkRow.event.in_(list(events))).order_by(MarkRow.at, MarkRow.kind)
        for row in self._database.rows(query) if events else ():
            found.setdefault(row.pop("event"), []).append(Mark(**row))
        return {event: tuple(marks) for event, marks in found.items()}

    def _loaded(self, rows: Sequence[Mapping[str, Any]]) -> list[MarkedEvent]:
        marks = self.of([row["id"] for row in rows])
        return [MarkedEvent(**values_of(row), marks=marks.get(row["id"], ())) for row in rows]
