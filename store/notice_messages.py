"""The messages that show notices, one or many each: which deliveries they show, and which of them are to be changed.

A message has the id of the first delivery that it shows. It is read and changed under the claim of its channel's lane alone.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from typing import Any

from store.claims import HEAD, ClaimedDelivery, NoticeMessage, Settlement, Shown
from store.engine import Database
from store.errors import CannotDecrypt
from store.fields import in_us
from store.lane_statements import (
    ALSO_SHOWN,
    FIRST_SHOWN,
    MAKE_STALE,
    MARKED_MEANWHILE,
    PAGES,
    RIGHT_NOW,
    SHOWN,
    STALE,
    STALE_LATER,
)
from store.marks import EVERYWHERE, Marks
from store.models import NoticeMessageRow
from store.secrets import Keyring
from store.stored_event import values_of

_INNER = (
    "ref",
    "event",
    "message",
    "channel",
    "marked",
    "thread",
)  # columns that are no field of ClaimedDelivery as they are


class NoticeMessages:
    def __init__(self, database: Database, keyring: Keyring, marks: Marks) -> None:
        self._database = database
        self._keyring = keyring
        self._marks = marks

    def loaded(self, rows: Sequence[Mapping[str, Any]]) -> list[ClaimedDelivery]:
        """Reads rows of deliveries, with the marks that hold in their channels. A key that is gone takes a ref along: then the
        notice is a message of its own."""
        marks = self._marks.of({row["event"] for row in rows if row["marked"]})
        found = []
        for row in rows:
            ref = self._opened(row["ref"])
            held = tuple(each for each in marks.get(row["event"], ()) if each.channel in (EVERYWHERE, row["channel"]))
            values = {name: value for name, value in values_of(row).items() if name not in _INNER} | {
                "mentions": tuple(json.loads(row["mentions"])),
                "reply_to": ref,
                "thread": row["thread"] if ref else None,
                "marks": held,
                "pointless": bool(row.get("pointless")),
            }
            found.append(ClaimedDelivery(**values))
        return found

    def pages(self, head: int) -> tuple[NoticeMessage, ...]:
        """Returns the pages of a burst in order, or the one message of this id; none where no key opens a ref any more."""
        pages = self._database.rows(PAGES, head=head)
        rows = self._database.rows(SHOWN, messages=[page["id"] for page in pages])
        rows.sort(key=lambda row: (row["message"], row["id"]))
        shown = {message: self.loaded([*same]) for message, same in groupby(rows, key=lambda row: row["message"])}
        found = []
        for page in pages:
            beyond = [each for other in pages if other["id"] != page["id"] for each in shown.get(other["id"], ())]
            later = tuple(beyond) if page["id"] == head else ()
            values = {**page, "ref": self._opened(page["ref"])}
            found.append(NoticeMessage(**values, deliveries=tuple(shown.get(page["id"], ())), beyond=later))
        return tuple(found) if all(page.ref for page in found) else ()

    def stale(self, channel: int) -> NoticeMessage | None:
        """Returns the message of this channel that has been due for longest, if it can be changed."""
        found = self._database.row(STALE, channel=channel)
        if found is None:
            return None
        pages = self.pages(found["id"])
        if not pages or not pages[0].deliveries:
            self._database.run(NoticeMessageRow.update(due_at=None).where(NoticeMessageRow.id == found["id"]))
            return None
        return pages[0]

    def leave(self, message: NoticeMessage) -> None:
        """Leaves a message as it is."""
        self._database.run(RIGHT_NOW, id=message.id, revision=message.revision)

    def keep(self, settlements: Sequence[Settlement]) -> None:
        """Keeps by which messages deliveries were sent, and which messages are right again."""
        new, alone, sent = list[dict[str, Any]](), list[int](), list[int]()
        for each in settlements:
            if each.shown and each.sent:
                sent += each.sent
                first = min(each.sent)
                if not each.shown.id:
                    new.append(self._row(each.claim.channel, first, each.shown))
                    alone += [first] if len(each.sent) == 1 else []
        if new:
            self._database.run(NoticeMessageRow.insert_many(new).as_rowcount())
            self._database.run(FIRST_SHOWN, ids=alone)
        for each in settlements:
            if each.shown and each.sent and (each.shown.id or len(each.sent) > 1):
                self._database.run(ALSO_SHOWN, message=each.shown.id or min(each.sent), ids=list(each.sent))
        self._make_stale(settlements, sent)

    def _make_stale(self, settlements: Sequence[Settlement], sent: Collection[int]) -> None:
        if sent:
            self._database.run(MARKED_MEANWHILE, ids=list(sent))
        ids = set[int]()
        for each in settlements:
            if each.shown and each.sent:
                if any(delivery.marks for delivery in each.claim.deliveries):  # one may have been taken back meanwhile
                    ids.add(each.shown.id or min(each.sent))
                if each.claim.burst and each.shown.page > HEAD:  # the head counts what its thread names
                    ids.add(each.claim.burst[0].id)
            if each.claim.stale:
                self._changed(each.claim.stale, each.stale_s)
        if ids:
            self._database.run(MAKE_STALE, ids=sorted(ids))

    def _changed(self, message: NoticeMessage, stale_s: float | None) -> None:
        if stale_s is None:
            self._database.run(RIGHT_NOW, id=message.id, revision=message.revision)
        else:
            self._database.run(STALE_LATER, id=message.id, wait_us=in_us(stale_s))

    def _row(self, channel: int, first: int, shown: Shown) -> dict[str, Any]:
        return {
            "id": first,
            "channel": channel,
            "ref": self._keyring.seal(shown.ref),
            "page": shown.page,
            "head": shown.head,
            "created_at": self._database.now_us(),
        }

    def _opened(self, ref: Any) -> str:
        with suppress(CannotDecrypt):
            return self._keyring.open(ref, "ref of a notice") if ref is not None else ""
        return ""
