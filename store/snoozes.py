"""Snoozes: for how long a channel, or every channel of a customer, is not notified of a device, a policy or a drift alert."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from peewee import SQL, fn

from store.engine import Database
from store.errors import NoSuchRow
from store.held import look_again
from store.marks import EVERYWHERE, Mark, Marks
from store.models import Delivery, MarkRow, SlackWorkspace
from store.models import SnoozeRow as Row

HELD_FOR = "snooze:"  # and then the id: what holds a delivery
_HELD = Delivery.status == SQL("'held'")  # spelled out, so that both databases see that the partial index fits


@dataclass(frozen=True, slots=True)
class Snooze:
    """`channel` is the id of a channel's row, None for every channel of the customer. `kind` is device, policy or alert, and
    `subject` WebNet's id of it; `device` is the device that it is about, None for a policy. `rank` and `faults` are what it has
    seen. `why` says what ended it."""

    id: int
    workspace: int
    customer: int
    channel: int | None
    kind: str
    subject: int
    device: int | None
    name: str
    reason: str
    by: str
    since: datetime
    until: datetime
    until_resolved: bool
    rank: int
    faults: frozenset[str]
    ended_at: datetime | None
    why: str

    @property
    def held_for(self) -> str:
        return f"{HELD_FOR}{self.id}"


class Snoozes:
    def __init__(self, database: Database, marks: Marks) -> None:
        self._database = database
        self._marks = marks

    def start(
        self,
        *,
        workspace: int,
        channel: int | None,
        kind: str,
        subject: int,
        faults: Collection[str],
        user: int,
        events: Collection[int],
        **values: Any,
    ) -> Snooze:
        """Adds a snooze, or changes the one that is open for the same in the same place, with what is held for it. The notices of
        these events say so from now on, as a mark of the WebNet user `user`. Raises NoSuchRow for an unknown workspace."""
        row = {**values, "faults": json.dumps(sorted(faults)), "since": self._database.now(), "why": ""}
        same = (Row.customer == values["customer"]) & (Row.kind == kind) & (Row.subject == subject)
        same &= Row.channel.is_null() if channel is None else Row.channel == channel
        with self._database.transaction():
            place = SlackWorkspace.select(SlackWorkspace.id).where(SlackWorkspace.id == workspace)
            if not self._database.rows(self._database.locked(place)):
                raise NoSuchRow(f"The workspace {workspace} is gone.")
            number = self._changed(same, row)
            if number is None:
                place_of = {"workspace": workspace, "channel": channel, "kind": kind, "subject": subject}
                number = self._database.run(Row.insert({**row, **place_of}))
            (snooze,) = self._listed(Row.id == number)
            self._mark(snooze, user, events)
            return snooze

    def open(self, customer: int | None = None) -> list[Snooze]:
        """Lists the snoozes that hold something now, of one customer or of all, the first to end first."""
        here = Row.ended_at.is_null() & (Row.until > self._database.now())
        return self._listed(here if customer is None else here & (Row.customer == customer))

    def over(self) -> list[Snooze]:
        """Lists the snoozes whose time is up and that were not ended yet."""
        return self._listed(Row.ended_at.is_null() & (Row.until <= self._database.now()))

    def ended(self, since: datetime) -> list[Snooze]:
        """Lists the snoozes that ended since then."""
        return self._listed(Row.ended_at >= since)

    def note(self, snooze: Snooze) -> None:
        """Keeps what a snooze has seen."""
        faults = json.dumps(sorted(snooze.faults))
        self._database.run(Row.update(rank=snooze.rank, faults=faults).where(Row.id == snooze.id))

    def shorten(self, snooze: Snooze, until: datetime, why: str) -> Snooze:
        """Lets a snooze end by then, with what is held for it, and returns it as it is now."""
        with self._database.transaction():
            sooner = Row.update(until=until, why=why).where(
                Row.id == snooze.id, Row.ended_at.is_null(), Row.until > until
            )
            if self._database.run(sooner):
                self._hold_until(snooze.held_for, until)
            self.note(snooze)
        return replace(snooze, until=min(until, snooze.until), why=why)

    def end(self, snooze: Snooze, why: str) -> bool:
        """Ends a snooze, and lets what is held for it be looked at now. False if it had ended already."""
        with self._database.transaction():
            over = Row.update(ended_at=self._database.now(), why=snooze.why or why)
            if not self._database.run(over.where(Row.id == snooze.id, Row.ended_at.is_null())):
                return False
            self._unmark(snooze)
            look_again(self._database, Delivery.held_for == snooze.held_for)
            return True

    def held(self, snoozes: Iterable[Snooze]) -> dict[int, int]:
        """Counts the deliveries that are held for these snoozes, by the snooze; those that hold none are left out."""
        by_word = {snooze.held_for: snooze.id for snooze in snoozes}
        query = Delivery.select(Delivery.held_for, fn.COUNT(Delivery.id)).where(
            _HELD, Delivery.held_for.in_([*by_word])
        )
        return {by_word[word]: number for word, number in self._database.tuples(query.group_by(Delivery.held_for))}

    def sweep(self, older_than: datetime, batch: int = 500) -> int:
        """Removes snoozes that ended before that, in short transactions of `batch` rows, and returns how many."""
        return self._database.delete_in_batches(Row.id, Row.ended_at < older_than, batch)

    def _changed(self, same: Any, row: Mapping[str, Any]) -> int | None:
        """Changes the snooze that is open, if there is one, and returns its id."""
        for before in self._listed(same & Row.ended_at.is_null()):
            self._unmark(before)
            self._database.run(Row.update(row).where(Row.id == before.id))
            self._hold_until(before.held_for, row["until"])
            return before.id
        return None

    def _mark(self, snooze: Snooze, user: int, events: Collection[int]) -> None:
        until, channel = None if snooze.until_resolved else snooze.until, snooze.channel or EVERYWHERE
        mark = Mark(kind="snoozed", at=snooze.since, channel=channel, by=user, name=snooze.by, until=until)
        for event in sorted(set(events)):
            self._marks.set(event, mark)

    def _unmark(self, snooze: Snooze) -> None:
        """Removes the marks of a snooze, which are of the time when it began."""
        channel = snooze.channel or EVERYWHERE
        mine = (MarkRow.kind == "snoozed") & (MarkRow.channel == channel) & (MarkRow.at == snooze.since)
        query = MarkRow.select(MarkRow.event, MarkRow.by).where(mine).order_by(MarkRow.event)
        for event, by in self._database.tuples(query):
            self._marks.remove(event, Mark(kind="snoozed", at=snooze.since, channel=channel, by=by))

    def _hold_until(self, held_for: str, until: datetime) -> None:
        mine = _HELD & (Delivery.held_for == held_for)
        self._database.run(Delivery.update(held_until=until).where(mine))

    def _listed(self, which: Any) -> list[Snooze]:
        rows = self._database.rows(Row.select().where(which).order_by(Row.until, Row.id))
        return [Snooze(**{**row, "faults": frozenset(json.loads(row["faults"]))}) for row in rows]
