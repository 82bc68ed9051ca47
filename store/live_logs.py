"""Live logs: what a job reports while it runs, shown by a reply that whichever process has it next goes on with.

Whoever works on one claims it for a while, as with a card; what a claim that has ended still writes is refused by its fence. What was
reported is never stored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from peewee import ModelDelete, fn

from store.due_rows import any_due, claim_due
from store.engine import Database
from store.errors import CannotDecrypt, Duplicate, NoSuchRow
from store.fields import in_us
from store.models import LiveLogRow, SlackWorkspace
from store.secrets import Keyring, Sealed

Ending = Literal["job", "stopped", "late", "refused", "given_up"]

_SEALED = ("thread", "ref")
_OPEN = LiveLogRow.ended_at.is_null()
_ANY_DUE = any_due("live_log")
_INNER = ("holder", "expires_at", "due_at", "ended_at", "ending")  # columns that are no field of `LiveLog`


@dataclass(frozen=True, kw_only=True)
class LiveLog:
    """A claimed live log. `workspace` is the id of a Workspace, `customer` WebNet's, and `channel_id` the chat's id of the channel, or
    of the user who reads it alone.

    `thread` is the ref of the message below which it stands: None until that is known, empty for a message of its own. `ref` is that
    of its newest reply, empty before the first. Both are sealed. `position` says how far it came, in the words of `bot.jobs`, and
    `stopped_by` who stopped it, None if nobody did.
    """

    id: int
    workspace: int
    customer: int
    job_id: int
    channel_id: str
    chat_user: str
    thread: str | None = field(repr=False)
    ref: str = field(repr=False)
    position: str
    stopped_by: str | None
    fence: int
    created_at: datetime


class LiveLogs:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def now(self) -> datetime:
        """Returns the time that decides how old one is."""
        return self._database.now()

    def open(
        self,
        most: int,
        *,
        workspace: int,
        customer: int,
        job_id: int,
        channel_id: str,
        chat_user: str,
        thread: str | None,
        ttl_s: float,
    ) -> int | None:
        """Adds a live log and returns its id; None if `most` are open in this workspace. It is due at once, or in `ttl_s` where its
        `thread` is not known yet.

        Raises Duplicate if this job is followed there already, and NoSuchRow for an unknown workspace.
        """
        theirs = _OPEN & (LiveLogRow.workspace == workspace)
        here = theirs & (LiveLogRow.channel_id == channel_id) & (LiveLogRow.job_id == job_id)
        with self._database.transaction():
            kept = self._database.locked(SlackWorkspace.select(SlackWorkspace.id).where(SlackWorkspace.id == workspace))
            if self._database.row(kept) is None:  # and of two who ask at once one is first
                raise NoSuchRow(f"The workspace {workspace} is gone.")
            if self._number(here):
                raise Duplicate(f"The log of job #{job_id} is followed here already.", field="job_id")
            if self._number(theirs) >= most:
                return None
            now = self._database.now_us()
            row = {"workspace": workspace, "customer": customer, "job_id": job_id, "channel_id": channel_id}
            row |= {"chat_user": chat_user, "thread": self._sealed(thread), "ref": None, "position": "", "holder": ""}
            row |= {"fence": 1, "due_at": now, "created_at": now, "ending": ""}
            row |= {"expires_at": now if thread is not None else now + in_us(ttl_s)}
            return int(self._database.run(LiveLogRow.insert(row)))

    def place(self, id: int, thread: str, channel_id: str | None = None) -> None:
        """Says where one that is new stands, which is then due at once."""
        now = self._database.now_us()
        changes = {"thread": self._sealed(thread), "expires_at": now, "due_at": now}
        changes |= {} if channel_id is None else {"channel_id": channel_id}
        new = (LiveLogRow.id == id) & _OPEN & LiveLogRow.thread.is_null()
        self._database.run(LiveLogRow.update(changes).where(new))

    def drop(self, id: int) -> None:
        """Removes one that will never be shown."""
        self._database.run(ModelDelete(LiveLogRow).where(LiveLogRow.id == id, LiveLogRow.thread.is_null()))

    def stop(self, workspace: int, job_id: int, channels: tuple[str, ...], by: str) -> int:
        """Notes that `by` stopped the live logs of a job in these channels, and returns of how many."""
        here = (LiveLogRow.workspace == workspace) & LiveLogRow.channel_id.in_(channels)
        query = LiveLogRow.update(stopped_by=by, due_at=self._database.now_us())
        return int(self._database.run(query.where(_OPEN, here, LiveLogRow.job_id == job_id)))

    def open_in(self, workspace: int) -> int:
        """Counts those of a workspace that go on."""
        return self._number(_OPEN & (LiveLogRow.workspace == workspace))

    def claim(self, holder: str, ttl_s: float) -> LiveLog | None:
        """Claims the one that has been due for longest, for `ttl_s`; two claimants never get the same."""
        row = claim_due(self._database, LiveLogRow, _ANY_DUE, holder, ttl_s)
        return None if row is None else self._loaded(row)

    def let_go(self, live_log: LiveLog, due_in_s: float, *, position: str, ref: str) -> bool:
        """Writes how far a claimed one came, with the ref of its newest reply, and ends the claim. It is due again after `due_in_s`,
        or at once if it was stopped meanwhile. False if another claimant has it now."""
        now = self._database.now_us()
        changes = {"position": position, "ref": self._sealed(ref), "expires_at": now}
        as_claimed = LiveLogRow.stopped_by.is_null(live_log.stopped_by is None)
        with self._database.transaction():
            later = self._write(live_log, {**changes, "due_at": now + in_us(due_in_s)}, as_claimed)
            return later or self._write(live_log, changes)

    def end(self, live_log: LiveLog, ending: Ending) -> bool:
        """Ends it for good and forgets its refs."""
        now = self._database.now_us()
        forgotten = dict.fromkeys(_SEALED)
        return self._write(live_log, {"ended_at": now, "ending": ending, "expires_at": now, **forgotten})

    def release_all(self) -> None:
        """Ends every claim, at the start of the one process of an SQLite store: whoever held a claim is gone."""
        self._database.run(LiveLogRow.update(expires_at=self._database.now_us()).where(_OPEN))

    def sweep(self, older_than: datetime, batch: int = 500) -> int:
        """Removes what ended before that for good, in short transactions of `batch` rows, and returns how many."""
        return self._database.delete_in_batches(LiveLogRow.id, LiveLogRow.ended_at < older_than, batch)

    def _number(self, where: Any) -> int:
        return self._database.count(LiveLogRow.select(fn.COUNT(LiveLogRow.id)).where(where))

    def _write(self, live_log: LiveLog, changes: dict[str, Any], *where: Any) -> bool:
        mine = (LiveLogRow.id == live_log.id) & (LiveLogRow.fence == live_log.fence) & _OPEN
        return bool(self._database.run(LiveLogRow.update(changes).where(mine, *where)))

    def _sealed(self, ref: str | None) -> Sealed | None:
        return None if ref is None else self._keyring.seal(ref)

    def _loaded(self, row: dict[str, Any]) -> LiveLog:
        known = {name: value for name, value in row.items() if name not in _INNER}
        return LiveLog(**known | {"thread": self._opened(row["thread"]), "ref": self._opened(row["ref"]) or ""})

    def _opened(self, sealed: Sealed | None) -> str | None:
        """Returns the ref; a key that is gone takes it along."""
        try:
            return None if sealed is None else self._keyring.open(sealed, "ref of a live log")
        except CannotDecrypt:
            return None
