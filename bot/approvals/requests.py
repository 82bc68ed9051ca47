"""Stored requests as the bot reads them: with a payload of which a MAC shows that it is the one that was asked for."""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Any, TypeGuard

from bot.approvals.elsewhere import Elsewhere
from bot.approvals.payload import Payload
from bot.core.commands import Workspace
from store.requests import OF_COMMANDS, OPEN, Purpose, Request, State
from store.requests import Requests as Store

log = logging.getLogger(__name__)

ANSWERING = "answering"  # a message that whoever answers a request is about to show
ANSWER_S = 60.0  # how long they have for that, before the runner posts it
SHORT = 8  # characters of a hash that is shown


@dataclass(frozen=True, slots=True)
class Kept:
    """Is a request that waits, or that was decided. `row` is how it stands, `payload` what it is about."""

    row: Request
    payload: Payload

    @property
    def number(self) -> int:
        return self.row.id

    @property
    def open(self) -> bool:
        return self.row.state in OPEN

    @property
    def short(self) -> str:
        """The beginning of the hash, to be compared by eye."""
        return self.row.mac[:SHORT]

    @property
    def proof(self) -> str:
        """What only the buttons of this very request carry."""
        return f"{self.payload.token}-{self.row.mac}"


def is_on(workspace: Workspace | None, kept: Kept) -> TypeGuard[Workspace]:
    """Says whether a workspace in which a request is shown is still one of its customer's, and switched on."""
    return workspace is not None and workspace.enabled and workspace.customer == kept.payload.customer


class Requests:
    """Keeps, reads and decides requests. What is in `listeners` is called when there is something to be done for one."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.listeners: list[Callable[[], object]] = []

    def keep(
        self,
        draft: Payload,
        *,
        workspace: int,
        within: timedelta,
        ephemeral: bool = False,
        elsewhere: Elsewhere | None = None,
        beside: Elsewhere | None = None,
        silent: bool = False,
    ) -> Kept:
        """Stores the draft, which gets its token and its times here, with the message that is to show it: the answer to its
        requester, or one that the runner posts `elsewhere`. The runner posts one `beside` it, too. A `silent` one is shown by what
        it is about."""
        now = self.store.now()
        payload = replace(draft, token=secrets.token_hex(16), created=now, expires=now + within)
        text = payload.write()
        number = self.store.add(
            purpose=payload.purpose,
            workspace=workspace,
            customer=payload.customer,
            payload=text,
            mac=self.hashed(text),
            created_at=now,
            expires_at=payload.expires,
            channel_id=elsewhere.channel if elsewhere else payload.request.place.channel,
            chat_user=payload.request.chat_user,
            ephemeral=ephemeral,
            shown="" if elsewhere else ANSWERING,
            due_in_s=0.0 if elsewhere else ANSWER_S,
            silent=silent,
            shown_in=elsewhere.workspace if elsewhere else None,
        )
        if beside:
            chat_user = payload.request.chat_user
            self.store.add_message(
                number,
                channel_id=beside.channel,
                chat_user=chat_user,
                ephemeral=False,
                shown="",
                workspace=beside.workspace,
            )
        if elsewhere:
            self.changed()
        row = self.store.get(number)
        assert row is not None
        return Kept(row, payload)

    def read(self, number: int) -> Kept | None:
        """Reads a request. None if there is none, or if it is not what was stored by this bot."""
        row = self.store.get(number)
        return None if row is None else self._verified(row)

    def listed(
        self,
        customers: Collection[int] | None,
        *,
        waiting: bool,
        purposes: Collection[Purpose] = OF_COMMANDS,
        limit: int = 100,
    ) -> list[Kept]:
        """Lists requests, the newest first; with `waiting` those that can still be decided."""
        rows = self.store.list(customers=customers, waiting=waiting, purposes=purposes, limit=limit)
        return [kept for row in rows if (kept := self._verified(row))]

    def page(self, customers: Collection[int] | None, *, offset: int, limit: int) -> tuple[int, list[Kept]]:
        """Returns how many approvals were asked for, and those from `offset` on, the newest first."""
        count, rows = self.store.page(customers, offset=offset, limit=limit)
        return count, [kept for row in rows if (kept := self._verified(row))]

    def decide(
        self,
        kept: Kept,
        to: State,
        *,
        by: int | None,
        name: str,
        chat_user: str = "",
        workspace: int | None = None,
        reason: str = "",
        outcome: str = "",
    ) -> bool:
        """Writes a decision that was made by a user of a workspace. False if it was decided before, or its time is over."""
        done = self.store.decide(
            kept.row, to, by=by, name=name, chat_user=chat_user, workspace=workspace, reason=reason, outcome=outcome
        )
        self.changed()
        return done

    def changed(self) -> None:
        """Says that there is something to be done for a request."""
        for listener in self.listeners:
            listener()

    def move(self, kept: Kept, to: State, **changes: Any) -> Kept | None:
        """Moves a request on and reads it again. None if it is in another state by now than when it was read."""
        if not self.store.move(kept.row, to, **changes):
            return None
        row = self.store.get(kept.number)
        return None if row is None else replace(kept, row=row)

    def _verified(self, row: Request) -> Kept | None:
        if not row.payload or not hmac.compare_digest(self.hashed(row.payload), row.mac):
            log.error("request #%d was changed outside the bot, or no key opens it: it is not used", row.id)
            return None
        try:
            payload = Payload.read(row.payload)
        except (KeyError, TypeError, ValueError):
            log.exception("request #%d was stored by another version: it is not used", row.id)
            return None
        fits = (payload.purpose, payload.customer, payload.expires) == (row.purpose, row.customer, row.expires_at)
        if not fits:
            log.error("request #%d was changed outside the bot: it is not used", row.id)
            return None
        return Kept(row, payload)

    def hashed(self, text: str) -> str:
        """Returns a hash of the text that only this store's key makes."""
        return hmac.digest(self._key, text.encode(errors="surrogatepass"), "sha256").hex()

    @cached_property
    def _key(self) -> bytes:
        return self.store.key()
