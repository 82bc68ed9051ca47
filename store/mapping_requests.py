"""Requests to be mapped: how many there are, and that a mapping ends the request for it. They stand among the other requests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import SQL, fn

from store.engine import Database
from store.models import RequestRow, SlackWorkspace
from store.requests import REQUESTED

MAPPED = "Somebody has mapped this user meanwhile."
_MAPPING = RequestRow.purpose == SQL("'mapping'")  # spelled out, so that both databases see that an index fits


@dataclass(frozen=True, slots=True)
class Asked:
    """Counts requests to be mapped: `waiting` are those of one chat user that can still be decided, `lately` all that this user
    has made lately, `here` those of the whole workspace that can still be decided."""

    waiting: int
    lately: int
    here: int


class MappingRequests:
    def __init__(self, database: Database) -> None:
        self._database = database

    def asked(self, workspace: int, customer: int, chat_user: str, since: datetime) -> Asked:
        """Counts the requests of this workspace; `lately` is after `since`. Inside a transaction the counts stay true until its end,
        since nobody else counts meanwhile."""
        place = SlackWorkspace.select(SlackWorkspace.id).where(SlackWorkspace.id == workspace)
        self._database.rows(self._database.locked(place))
        here = _MAPPING & (RequestRow.workspace == workspace)
        theirs = here & (RequestRow.chat_user == chat_user)
        waits = REQUESTED & (RequestRow.customer == customer) & (RequestRow.expires_at > self._database.now_us())

        def number(condition: Any) -> int:
            return self._database.count(RequestRow.select(fn.COUNT(RequestRow.id)).where(condition))

        return Asked(number(theirs & waits), number(theirs & (RequestRow.created_at > since)), number(here & waits))


def void(database: Database, workspace: int, chat_user: str) -> None:
    """Ends the request of a chat user to be mapped, because that is done now. Belongs into the transaction that does it, before
    the mapping is added: so a decision that is being written is waited for, and neither waits for the other for ever."""
    changes = {"state": "void", "outcome": MAPPED, "due_at": database.now_us(), "revision": RequestRow.revision + 1}
    theirs = (RequestRow.workspace == workspace) & (RequestRow.chat_user == chat_user)
    database.run(RequestRow.update(changes).where(_MAPPING, REQUESTED, theirs))
