"""Cards: messages about one job that are kept up to date until it has ended, whichever process posted them.

Whoever works on a card claims it for a while; what a claim that has ended still writes is refused by its fence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from peewee import IntegrityError, ModelDelete, fn

from store.due_rows import any_due, claim_due
from store.engine import Database
from store.errors import CannotDecrypt, NoSuchRow
from store.fields import in_us
from store.models import CardRow
from store.secrets import Keyring

Ending = Literal["told", "as_message", "given_up"]

# Columns of the table that are no field of `Card`.
_INNER = ("holder", "expires_at", "due_at", "ended_at", "ending", "ts", "slack_user_id", "slack_user_name")


@dataclass(frozen=True, kw_only=True)
class Card:
    """A claimed card. `workspace` is the id of a Workspace; `customer` is WebNet's id of the customer that the job belonged to
    when it was asked for.

    `left_out` says, a sentence each, which devices were meant and are not worked on, and `also` names other jobs that were started for
    the same command.

    `ref` names the message for the chat, and may be as good as a key: it is sealed. `shown` is the state it shows.
    """

    id: int
    workspace: int
    customer: int
    job_id: int
    what: str
    device_name: str
    left_out: tuple[str, ...]
    also: tuple[int, ...]
    channel_id: str
    chat_user: str
    chat_user_name: str
    ephemeral: bool
    ref: str = field(repr=False)
    shown: str
    fence: int
    created_at: datetime


_ANY_DUE = any_due("card")
_NEVER_SHOWN: dict[str, Any] = {"ts": "", "shown": "", "fence": 1, "ended_at": None, "ending": ""}


class Cards:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def open(
        self,
        *,
        workspace: int,
        customer: int,
        job_id: int,
        what: str,
        device_name: str,
        left_out: tuple[str, ...] = (),
        also: tuple[int, ...] = (),
        channel_id: str,
        chat_user: str,
        chat_user_name: str,
        ephemeral: bool,
        ref: str,
        holder: str,
        ttl_s: float,
    ) -> Card:
        """Adds a card that is about to be posted and claims it for `ttl_s`. Raises NoSuchRow for an unknown workspace."""
        now = self._database.now_us()
        values = _NEVER_SHOWN | {
            "workspace": workspace,
            "customer": customer,
            "job_id": job_id,
            "what": what,
            "device_name": device_name,
            "left_out": json.dumps(left_out),
            "also": json.dumps(also),
            "channel_id": channel_id,
            "slack_user_id": chat_user,
            "slack_user_name": chat_user_name,
            "ephemeral": ephemeral,
            "ref": self._keyring.seal(ref) if ref else None,
            "holder": holder,
            "expires_at": now + in_us(ttl_s),
            "due_at": now,
            "created_at": now,
        }
        return self._add(values)

    def _add(self, values: Mapping[str, Any]) -> Card:
        try:
            card_id = self._database.run(CardRow.insert(values))
        except IntegrityError:
            raise NoSuchRow(f"The workspace {values['workspace']} is gone.") from None
        return self._loaded(self._database.row(CardRow.select().where(CardRow.id == card_id)) or {})

    def claim(self, holder: str, ttl_s: float) -> Card | None:
        """Claims the open card that has been due for longest, for `ttl_s`; two claimants never get the same."""
        row = claim_due(self._database, CardRow, _ANY_DUE, holder, ttl_s)
        return None if row is None else self._loaded(row)

    def keep(self, card: Card, **changes: Any) -> bool:
        """Writes fields of a claimed card, `ref` and `shown`. False if another claimant has the card now."""
        return self._write(card, changes)

    def let_go(self, card: Card, due_in_s: float, **changes: Any) -> bool:
        """Ends the claim; the card is due again after `due_in_s`."""
        now = self._database.now_us()
        return self._write(card, {**changes, "expires_at": now, "due_at": now + in_us(due_in_s)})

    def end(self, card: Card, ending: Ending) -> bool:
        """Ends the card for good and forgets its ref. `as_message`: the card itself could not be changed."""
        now = self._database.now_us()
        return self._write(card, {"ended_at": now, "ending": ending, "expires_at": now, "ref": None})

    def drop(self, card: Card) -> None:
        """Removes a card that was never shown."""
        self._database.run(ModelDelete(CardRow).where(_is(card)))

    def channels_of(self, job_id: int) -> frozenset[tuple[int, str]]:
        """Returns where a card of this job is visible to everybody: (workspace's id, channel's id at the chat)."""
        public = (CardRow.job_id == job_id) & ~CardRow.ephemeral & (CardRow.ending != "given_up")
        query = CardRow.select(CardRow.workspace, CardRow.channel_id).where(public)
        return frozenset((int(workspace), str(channel)) for workspace, channel in self._database.tuples(query))

    def thread_of(self, workspace: int, channel_id: str, job_id: int) -> str:
        """Returns the ref of the newest card of this job in that channel that everybody there reads and that still changes; empty
        where there is none."""
        here = (CardRow.workspace == workspace) & (CardRow.channel_id == channel_id) & (CardRow.job_id == job_id)
        query = CardRow.select().where(here, ~CardRow.ephemeral, CardRow.ended_at.is_null())
        row = self._database.row(query.order_by(CardRow.id.desc()))
        return self._ref(row) if row else ""

    def left_out(self, customer: int, job_id: int) -> tuple[str, ...]:
        """Returns what the first card of this job says about devices that are not worked on."""
        query = CardRow.select(CardRow.left_out).where(CardRow.job_id == job_id, CardRow.customer == customer)
        found = self._database.tuples(query.order_by(CardRow.id).limit(1))
        return tuple(json.loads(found[0][0])) if found else ()

    def is_followed(self, job_id: int, workspace: int, chat_user: str) -> bool:
        """Says whether this user has a card of the job."""
        theirs = (CardRow.slack_user_id == chat_user) & (CardRow.workspace == workspace)
        return bool(self._database.row(CardRow.select(CardRow.id).where(theirs, CardRow.job_id == job_id).limit(1)))

    def is_notified(self, card: Card, shown: str) -> bool:
        """Says whether the requester of this card was notified by another one that the same job ended, or what it `shown`."""
        theirs = (CardRow.slack_user_id == card.chat_user) & (CardRow.workspace == card.workspace)
        others = theirs & (CardRow.job_id == card.job_id) & (CardRow.id != card.id)
        notified = CardRow.ending.in_(("told", "as_message")) | (CardRow.shown == shown)
        return bool(self._database.row(CardRow.select(CardRow.id).where(others & notified).limit(1)))

    def endings(self, since: datetime) -> Mapping[str, int]:
        """Counts the cards that ended since then, by how."""
        query = CardRow.select(CardRow.ending, fn.COUNT(CardRow.id)).where(CardRow.ended_at >= since)
        return dict(self._database.tuples(query.group_by(CardRow.ending)))

    def overdue(self, since: datetime) -> int:
        """Counts the open cards that were due then already and that nobody has updated."""
        query = CardRow.select(fn.COUNT(CardRow.id)).where(CardRow.ended_at.is_null(), CardRow.due_at < since)
        return self._database.count(query)

    def release_all(self) -> None:
        """Ends every claim, at the start of the one process of an SQLite store: whoever held a claim is gone."""
        now = self._database.now_us()
        self._database.run(CardRow.update(expires_at=now).where(CardRow.ended_at.is_null()))

    def sweep(self, older_than: datetime, batch: int = 500) -> int:
        """Removes old cards for good, in short transactions of `batch` rows, and returns how many."""
        created = CardRow.created_at
        return self._database.delete_in_batches(CardRow.id, created < older_than, batch, by=created)

    def _write(self, card: Card, changes: dict[str, Any]) -> bool:
        if "ref" in changes:
            changes["ref"] = self._keyring.seal(changes["ref"]) if changes["ref"] else None
        return bool(self._database.run(CardRow.update(changes).where(_is(card))))

    def _loaded(self, row: dict[str, Any]) -> Card:
        values = {name: value for name, value in row.items() if name not in _INNER}
        lists = {name: tuple(json.loads(row[name])) for name in ("left_out", "also")}
        chat = {"chat_user": row["slack_user_id"], "chat_user_name": row["slack_user_name"], "ref": self._ref(row)}
        return Card(**values | chat | lists)

    def _ref(self, row: dict[str, Any]) -> str:
        """Older versions wrote the ref of a message that the bot posted into the column `ts`. A key that is gone takes the ref
        along, as it takes the bot's tokens."""
        if row["ts"] or row["ref"] is None:
            return str(row["ts"])
        try:
            return self._keyring.open(row["ref"], "ref of a card")
        except CannotDecrypt:
            return ""


def _is(card: Card) -> Any:
    return (CardRow.id == card.id) & (CardRow.fence == card.fence) & CardRow.ended_at.is_null()
