"""Cards: messages about one job that are kept up to date until it has ended, whichever process posted them.

Whoever works on a card claims it for a while; what a claim that has ended still writes is refused by its fence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from peewee import IntegrityError, ModelDelete

from store.engine import Database
from store.errors import CannotDecrypt, NoSuchRow
from store.models import CardRow
from store.secrets import Keyring

Ending = Literal["told", "given_up"]

# Columns of the table that are no field of `Card`.
_INNER = ("holder", "expires_at", "due_at", "ended_at", "ending", "ts", "slack_user_id", "slack_user_name")


@dataclass(frozen=True, kw_only=True)
class Card:
    """A claimed card. `workspace` is the id of a Workspace; `customer` is WebNet's id of the customer that the job belonged to
    when it was asked for.

    `ref` names the message for the chat, and may be as good as a key: it is sealed. `shown` is the state it shows.
    """

    id: int
    workspace: int
    customer: int
    job_id: int
    what: str
    device_name: str
    channel_id: str
    chat_user: str
    chat_user_name: str
    ephemeral: bool
    ref: str = field(repr=False)
    shown: str
    fence: int
    created_at: datetime


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
            "channel_id": channel_id,
            "slack_user_id": chat_user,
            "slack_user_name": chat_user_name,
            "ephemeral": ephemeral,
            "ref": self._keyring.seal(ref) if ref else None,
            "holder": holder,
            "expires_at": now + _us(ttl_s),
            "due_at": now,
            "created_at": now,
        }
        try:
            card_id = self._database.run(CardRow.insert(values))
        except IntegrityError:
            raise NoSuchRow(f"The workspace {workspace} is gone.") from None
        return self._loaded(self._database.row(CardRow.select().where(CardRow.id == card_id)) or {})

    def claim(self, holder: str, ttl_s: float) -> Card | None:
        """Claims the open card that has been due for longest, for `ttl_s`; two claimants never get the same."""
        now = self._database.now_us()
        due = CardRow.ended_at.is_null() & (CardRow.due_at <= now) & (CardRow.expires_at <= now)
        query = CardRow.select().where(due).order_by(CardRow.due_at, CardRow.id)
        if not self._database.row(query.clone()):  # nearly always, and without the write lock
            return None
        with self._database.transaction():
            row = self._database.row(self._database.locked(query, skip=True))
            if row is None:
                return None
            row["fence"] += 1
            claim = {"holder": holder, "fence": row["fence"], "expires_at": now + _us(ttl_s)}
            self._database.run(CardRow.update(claim).where(CardRow.id == row["id"]))
        return self._loaded(row)

    def keep(self, card: Card, **changes: Any) -> bool:
        """Writes fields of a claimed card, `ref` and `shown`. False if another claimant has the card now."""
        return self._write(card, changes)

    def let_go(self, card: Card, due_in_s: float, **changes: Any) -> bool:
        """Ends the claim; the card is due again after `due_in_s`."""
        now = self._database.now_us()
        return self._write(card, {**changes, "expires_at": now, "due_at": now + _us(due_in_s)})

    def end(self, card: Card, ending: Ending) -> bool:
        """Ends the card for good and forgets its ref."""
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

    def release_all(self) -> None:
        """Ends every claim, at the start of the one process of an SQLite store: whoever held a claim is gone."""
        now = self._database.now_us()
        self._database.run(CardRow.update(expires_at=now).where(CardRow.ended_at.is_null()))

    def sweep(self, older_than: datetime, batch: int = 500) -> int:
        """Removes old cards for good, in short transactions of `batch` rows, and returns how many."""
        created = CardRow.created_at
        old = CardRow.select(CardRow.id).where(created < older_than).order_by(created).limit(batch)
        return self._database.delete_in_batches(ModelDelete(CardRow).where(CardRow.id.in_(old)), batch)

    def _write(self, card: Card, changes: dict[str, Any]) -> bool:
        if ref := changes.get("ref"):
            changes["ref"] = self._keyring.seal(ref)
        return bool(self._database.run(CardRow.update(changes).where(_is(card))))

    def _loaded(self, row: dict[str, Any]) -> Card:
        values = {name: value for name, value in row.items() if name not in _INNER}
        user, name = row["slack_user_id"], row["slack_user_name"]
        return Card(**values | {"chat_user": user, "chat_user_name": name, "ref": self._ref(row)})

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


def _us(seconds: float) -> int:
    return round(seconds * 1_000_000)
