"""Requests wait for a decision: on what one caller asked for, exactly as it was read, and in which messages it is shown.

A request goes from state to state by a compare-and-set, so of two decisions, or two replicas, one wins. Nothing is decided
after its end by the store's clock, nor while that says that it was made later: it was set back, and would let the request wait
for as much longer. The payload is sealed, and its MAC shows that nobody changed it.
"""

from __future__ import annotations

import builtins
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from peewee import SQL, ModelDelete, fn

from store.engine import Database
from store.errors import CannotDecrypt
from store.fields import in_us
from store.mac_keys import REQUESTS, mac_key
from store.models import RequestMessageRow, RequestRow
from store.secrets import Keyring

Purpose = Literal["confirmation", "approval", "mapping"]
OF_COMMANDS: tuple[Purpose, ...] = ("confirmation", "approval")
OF_MAPPING: tuple[Purpose, ...] = ("mapping",)
State = Literal["requested", "approved", "denied", "withdrawn", "expired", "executing", "done", "failed", "void"]
OPEN: frozenset[State] = frozenset({"requested", "approved", "executing"})

SET_BACK_S = 60.0  # by which the clock may have been set back since a request was made

_INNER = ("due_at", "chat_user")  # columns that are no field of `Request`


@dataclass(frozen=True, kw_only=True)
class Request:
    """`workspace` is the id of a Workspace, `customer` WebNet's; `decided_by` is WebNet's id of who decided, None for the shell, and
    `decided_in` the id of the workspace where, None for that of the request.
    `payload` is empty where no key opens it any more. `holder` names the process that performs it. `revision` rises with every
    change."""

    id: int
    purpose: Purpose
    state: State
    workspace: int
    customer: int
    payload: str = field(repr=False)
    mac: str
    decided_by: int | None
    decided_name: str
    decided_chat_user: str
    decided_in: int | None
    reason: str
    outcome: str
    holder: str
    created_at: datetime
    expires_at: datetime
    decided_at: datetime | None
    notified_at: datetime | None
    revision: int


@dataclass(frozen=True, kw_only=True)
class RequestMessage:
    """A message that shows a request: to `chat_user` alone if it is ephemeral. `shown` is the state it shows, empty before the
    first. `ref` is empty until it is posted. `workspace` is the id of the one where it stands, None for that of the request."""

    id: int
    channel_id: str
    chat_user: str
    ephemeral: bool
    ref: str = field(repr=False)
    shown: str
    workspace: int | None


class Requests:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def key(self) -> bytes:
        """Returns the key of the MACs, 32 random bytes."""
        return mac_key(self._database, self._keyring, REQUESTS, "key of the requests")

    def now(self) -> datetime:
        """Returns the time that decides about the end of a request."""
        return self._database.now()

    def add(
        self,
        *,
        purpose: Purpose,
        workspace: int,
        customer: int,
        payload: str,
        mac: str,
        created_at: datetime,
        expires_at: datetime,
        channel_id: str,
        chat_user: str,
        ephemeral: bool,
        shown: str,
        due_in_s: float,
        silent: bool = False,
        shown_in: int | None = None,
    ) -> int:
        """Adds a request together with the message that is to show it first, and returns its id. A `silent` one has no message,
        and nobody is notified of its end: what it is about shows that itself. `shown_in` is the id of the workspace of the message,
        where that is another one."""
        values = {
            "purpose": purpose,
            "state": "requested",
            "workspace": workspace,
            "customer": customer,
            "chat_user": chat_user,
            "payload": self._keyring.seal(payload),
            "mac": mac,
            "created_at": created_at,
            "expires_at": expires_at,
            "due_at": self._database.now_us() + in_us(due_in_s),
            "notified_at": created_at if silent else None,
            **dict.fromkeys(("decided_name", "decided_chat_user", "reason", "outcome", "holder"), ""),
            "revision": 1,
        }
        with self._database.transaction():
            request = int(self._database.run(RequestRow.insert(values)))
            if not silent:
                first: dict[str, Any] = {"channel_id": channel_id, "chat_user": chat_user, "ephemeral": ephemeral}
                self.add_message(request, **first, shown=shown, workspace=shown_in)
        return request

    def get(self, request: int) -> Request | None:
        row = self._database.row(RequestRow.select().where(RequestRow.id == request))
        return None if row is None else self._loaded(row)

    def list(
        self,
        *,
        customers: Collection[int] | None = None,
        waiting: bool = False,
        purposes: Collection[Purpose] = OF_COMMANDS,
        limit: int = 100,
    ) -> builtins.list[Request]:
        """Lists requests, the newest first: those of these customers unless `customers` is None, and with `waiting` those that
        can still be decided."""
        query = RequestRow.select().order_by(RequestRow.id.desc()).limit(limit)
        query = query.where(RequestRow.purpose.in_(sorted(purposes)))
        if customers is not None:
            query = query.where(RequestRow.customer.in_(list(customers)))
        if waiting:
            query = query.where(REQUESTED, self._in_time())
        return [self._loaded(row) for row in self._database.rows(query)]

    def waiting(self) -> dict[int, builtins.list[int]]:
        """Returns the ids of the approvals that can still be decided, by the id of their customer."""
        columns = RequestRow.customer, RequestRow.id
        open_ = (REQUESTED, RequestRow.purpose == "approval", self._in_time())
        found: dict[int, builtins.list[int]] = {}
        for customer, request in self._database.tuples(RequestRow.select(*columns).where(*open_)):
            found.setdefault(customer, []).append(request)
        return found

    def page(self, customers: Collection[int] | None, *, offset: int, limit: int) -> tuple[int, builtins.list[Request]]:
        """Returns how many approvals were asked for, and those from `offset` on, the newest first; of these customers alone
        unless `customers` is None."""
        theirs = RequestRow.purpose == "approval"
        if customers is not None:
            theirs &= RequestRow.customer.in_(list(customers))
        with self._database.connection():
            count = self._database.count(RequestRow.select(fn.COUNT(RequestRow.id)).where(theirs))
            query = RequestRow.select().where(theirs).order_by(RequestRow.id.desc()).offset(offset).limit(limit)
            return count, [self._loaded(row) for row in self._database.rows(query)]

    def due(self, limit: int = 100) -> builtins.list[int]:
        """Returns the ids of the requests for which something is to be done, those first that have waited longest."""
        due = RequestRow.due_at.is_null(False) & (RequestRow.due_at <= self._database.now_us())
        query = RequestRow.select(RequestRow.id).where(due).order_by(RequestRow.due_at, RequestRow.id).limit(limit)
        return [request for (request,) in self._database.tuples(query)]

    def decide(
        self,
        request: Request,
        to: State,
        *,
        by: int | None,
        name: str,
        chat_user: str,
        workspace: int | None = None,
        reason: str = "",
        outcome: str = "",
    ) -> bool:
        """Writes a decision. False if it was decided before, or its time is over."""
        now = self._database.now_us()
        decision = {
            "decided_by": by,
            "decided_name": name,
            "decided_chat_user": chat_user,
            "decided_in": workspace,
            "reason": reason,
            "outcome": outcome,
            "decided_at": now,
        }
        return self._move(request, to, decision, REQUESTED, self._in_time())

    def expire(self, request: Request) -> bool:
        """Ends a request on which nobody decided in time. False if it has time left, or was decided."""
        return self._move(request, "expired", {}, REQUESTED, ~self._in_time())

    def move(self, request: Request, to: State, **changes: Any) -> bool:
        """Moves a request on from the state in which it was read, and makes it due now. False if it is in another one by now."""
        return self._move(request, to, changes)

    def void_open(self, outcome: str) -> int:
        """Ends every request that waits or is performed, such as in a store that was restored, and returns how many."""
        changes = {"state": "void", "outcome": outcome, "decided_name": "", "due_at": self._database.now_us()}
        query = RequestRow.update(**changes, revision=RequestRow.revision + 1)
        return int(self._database.run(query.where(RequestRow.state.in_(sorted(OPEN)))))

    def mark_notified(self, request: Request, *, notified: bool = True) -> bool:
        """Notes that its requester is notified of its end. False if another process did so before."""
        before = RequestRow.notified_at.is_null(notified)
        query = RequestRow.update(notified_at=self._database.now_us() if notified else None)
        return bool(self._database.run(query.where(RequestRow.id == request.id, before)))

    def hurry(self, request: int) -> None:
        """Makes a request due now."""
        now, raised = self._database.now_us(), RequestRow.revision + 1
        self._database.run(RequestRow.update(due_at=now, revision=raised).where(RequestRow.id == request))

    def rest(self, request: Request, until: datetime | float | None) -> bool:
        """Makes a request due at a moment, after so many seconds, or with None not before it changes. False if it has changed
        since it was read, so that it is due already."""
        due_at: Any = self._database.now_us() + in_us(until) if isinstance(until, float) else until
        same = (RequestRow.id == request.id) & (RequestRow.revision == request.revision)
        return bool(self._database.run(RequestRow.update(due_at=due_at).where(same)))

    def sweep(self, older_than: datetime, batch: int = 500) -> int:
        """Removes old requests for good, in short transactions of `batch` rows, and returns how many. What is still waited for is
        not old."""
        created, over = RequestRow.created_at, RequestRow.expires_at < self._database.now_us()
        return self._database.delete_in_batches(RequestRow.id, (created < older_than) & over, batch, by=created)

    # -- the messages that show a request

    def add_message(
        self,
        request: int,
        *,
        channel_id: str,
        chat_user: str,
        ephemeral: bool,
        shown: str,
        workspace: int | None = None,
    ) -> int:
        """Adds a message that is about to be shown, and returns its id."""
        values = {"request": request, "channel_id": channel_id, "chat_user": chat_user, "ephemeral": ephemeral}
        return int(self._database.run(RequestMessageRow.insert({**values, "shown": shown, "workspace": workspace})))

    def messages(self, request: int) -> builtins.list[RequestMessage]:
        """Lists the messages of a request, the first one first."""
        query = RequestMessageRow.select().where(RequestMessageRow.request == request).order_by(RequestMessageRow.id)
        return [
            RequestMessage(**{**row, "ref": self._ref(row)})
            for row in ({k: v for k, v in found.items() if k != "request"} for found in self._database.rows(query))
        ]

    def keep_message(self, message: int, *, ref: str, shown: str | None = None) -> None:
        """Writes the ref of a message, and what it shows if that is known."""
        changes: dict[str, Any] = {"ref": self._keyring.seal(ref) if ref else None}
        if shown is not None:
            changes["shown"] = shown
        self._database.run(RequestMessageRow.update(changes).where(RequestMessageRow.id == message))

    def drop_message(self, message: int) -> None:
        self._database.run(ModelDelete(RequestMessageRow).where(RequestMessageRow.id == message))

    def _in_time(self) -> Any:
        now = self._database.now_us()
        return (RequestRow.expires_at > now) & (RequestRow.created_at <= now + in_us(SET_BACK_S))

    def _move(self, request: Request, to: State, changes: dict[str, Any], *conditions: Any) -> bool:
        same = (RequestRow.id == request.id, RequestRow.state == request.state, *conditions)
        moved = {"state": to, "due_at": self._database.now_us(), "revision": RequestRow.revision + 1, **changes}
        return bool(self._database.run(RequestRow.update(moved).where(*same)))

    def _loaded(self, row: dict[str, Any]) -> Request:
        try:
            payload = self._keyring.open(row["payload"], "payload of a request")
        except CannotDecrypt:
            payload = ""
        return Request(**{name: value for name, value in row.items() if name not in _INNER} | {"payload": payload})

    def _ref(self, row: dict[str, Any]) -> str:
        """Returns the ref of a message; a key that is gone takes it along, as it takes that of a card."""
        try:
            return self._keyring.open(row["ref"], "ref of a request") if row["ref"] else ""
        except CannotDecrypt:
            return ""


REQUESTED = RequestRow.state == SQL("'requested'")  # spelled out, so that both databases see that an index fits
