"""Faults that are open: which events opened them, and where their notices are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from store.engine import Database
from store.models import Delivery
from store.statements import Statement

OPENED = Statement("""
    SELECT fault, event_id AS event FROM open_fault
    WHERE customer = :customer AND fault IN :faults::text AND happened_at <= :by ORDER BY event_id, fault""")

CLOSE = Statement("""
    DELETE FROM open_fault
    WHERE event_id IN :events AND customer = :customer AND fault IN :faults::text""")

STILL_OPEN = Statement("SELECT DISTINCT event_id AS event FROM open_fault WHERE event_id IN :events")

SHOWN_IN = Statement(
    """SELECT channel_id AS channel, event_id AS event, held_for, CASE WHEN status = 'held' THEN held_until END AS held_until
    FROM delivery WHERE event_id IN :events AND status IN ('waiting', 'held', 'sent') ORDER BY event_id""",
    Delivery,
)

OF_KIND = Statement("""
    SELECT open_fault.customer, open_fault.fault AS key, min(event.key) AS event
    FROM open_fault JOIN event ON event.id = open_fault.event_id
    WHERE open_fault.fault >= :begins AND open_fault.fault < :beyond
    GROUP BY open_fault.customer, open_fault.fault ORDER BY open_fault.fault, open_fault.customer""")


@dataclass(frozen=True, slots=True)
class OpenFault:
    """`event` is the key of one that opened it."""

    customer: int
    key: str
    event: str


@dataclass(frozen=True, slots=True)
class Opener:
    """The notice in one channel of the first `event` that opened a fault. Where one of such notices is held there still, the latest
    is `held_for` this and waits from `held_until` on."""

    event: int
    held_for: str = ""
    held_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """What an event ended: the `faults` that were open, the events that are over by that, since they opened no other one, and the
    notices, by the row of their channel."""

    faults: tuple[str, ...] = ()
    over: tuple[int, ...] = ()
    openers: Mapping[int, Opener] = field(default_factory=dict)


class OpenFaults:
    """`Outbox.add` and `amend` keep what an event opens."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def end(self, customer: int, faults: Collection[str], by: datetime) -> Ended:
        """Ends those of these faults that are open, unless they were opened after `by`. Belongs into the transaction that enqueues
        what ended them. What calls it twice ends nothing more."""
        asked = {"customer": customer, "faults": sorted(faults)}
        found = self._database.rows(OPENED, **asked, by=by) if faults else []
        if not found:
            return Ended()
        events = sorted({row["event"] for row in found})
        self._database.run(CLOSE, **asked, events=events)
        still = {row["event"] for row in self._database.rows(STILL_OPEN, events=events)}
        names = dict.fromkeys(row["fault"] for row in found)
        ended = tuple(each for each in faults if each in names)
        return Ended(ended, tuple(each for each in events if each not in still), self._openers(events))

    def of_kind(self, word: str) -> list[OpenFault]:
        """Lists the open faults of all customers whose keys begin with this word and a colon, by their keys."""
        rows = self._database.rows(OF_KIND, begins=f"{word}:", beyond=f"{word};")  # which is the sign after the colon
        return [OpenFault(**row) for row in rows]

    def _openers(self, events: Collection[int]) -> Mapping[int, Opener]:
        found: dict[int, Opener] = {}
        for row in self._database.rows(SHOWN_IN, events=list(events)):
            first = found.get(row["channel"]) or Opener(row["event"])
            held = Opener(first.event, row["held_for"], row["held_until"]) if row["held_until"] else first
            found[row["channel"]] = held
        return found
