"""Homes: the page that the chat shows to one user alone, and keeps showing until the bot publishes another one.

A home is in the store before it is published, and until it was emptied again, so that whatever process runs then knows whom
something is still shown to. Whoever publishes one claims it; what a claim that has ended still writes is refused by its fence.
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import JOIN, ModelDelete

from store.engine import Database
from store.errors import NoSuchRow
from store.fields import in_us
from store.models import HomeRow, SlackUserMapping, SlackWorkspace


@dataclass(frozen=True, kw_only=True, slots=True)
class Home:
    """The home of `chat_user` in the workspace with the id `workspace`, which showed what belongs to `customer` of WebNet.

    `marks` stand for what its content was made from, and `shown` for the content; both are empty until it was published after
    its user opened it. `hash` is the chat's own name for what it shows. As of now, `user` is WebNet's id of who is mapped,
    None for nobody, and `enabled` and `belongs_to` say whether the workspace is switched on and whose it is.
    """

    workspace: int
    chat_user: str
    customer: int
    opened_at: datetime
    marks: str
    shown: str
    hash: str
    fence: int
    user: int | None
    enabled: bool
    belongs_to: int


_COLUMNS = [
    getattr(HomeRow, name)
    for name in ("workspace", "chat_user", "customer", "opened_at", "marks", "shown", "hash", "fence")
]
_NOW = [SlackUserMapping.user, SlackWorkspace.enabled, SlackWorkspace.customer.alias("belongs_to")]
_MAPPED = (SlackUserMapping.workspace == HomeRow.workspace) & (SlackUserMapping.slack_user_id == HomeRow.chat_user)


class Homes:
    def __init__(self, database: Database) -> None:
        self._database = database

    def opened(self, workspace: int, chat_user: str, customer: int) -> None:
        """Notes that a user opened the home, which is published as soon as it is due. Raises NoSuchRow for an unknown workspace."""
        now = self._database.now_us()
        values: dict[str, Any] = {"customer": customer, "opened_at": now, "marks": "", "shown": ""}
        row = {"workspace": workspace, "chat_user": chat_user, "hash": "", **values}
        query = HomeRow.insert({**row, "due_at": 0, "fence": 0, "expires_at": 0}).on_conflict(
            conflict_target=[HomeRow.workspace, HomeRow.chat_user],
            update={getattr(HomeRow, name): value for name, value in values.items()},
        )
        with self._database.transaction():
            if not self._database.row(SlackWorkspace.select(SlackWorkspace.id).where(SlackWorkspace.id == workspace)):
                raise NoSuchRow(f"The workspace {workspace} is gone.")
            self._database.run(query.as_rowcount())

    def due(self, workspace: int | None = None, chat_user: str = "") -> builtins.list[Home]:
        """Lists the homes that may be published now and that nobody has claimed, those first that were opened last; with a
        workspace only the home of that user there."""
        now = self._database.now_us()
        query = HomeRow.select(*_COLUMNS, *_NOW).join(SlackWorkspace)
        query = query.join_from(HomeRow, SlackUserMapping, JOIN.LEFT_OUTER, on=_MAPPED)
        query = query.where(HomeRow.due_at <= now, HomeRow.expires_at <= now)
        if workspace is not None:
            query = query.where(HomeRow.workspace == workspace, HomeRow.chat_user == chat_user)
        return [Home(**row) for row in self._database.rows(query.order_by(HomeRow.opened_at.desc()))]

    def claim(self, home: Home, ttl_s: float) -> int | None:
        """Claims a home as it was read for `ttl_s` and returns the fence; None if somebody else claimed it since."""
        now = self._database.now_us()
        free = _is(home, home.fence) & (HomeRow.expires_at <= now)
        taken = HomeRow.update(fence=home.fence + 1, expires_at=now + in_us(ttl_s)).where(free)
        return home.fence + 1 if self._database.run(taken) else None

    def keep(self, home: Home, fence: int, due_in_s: float, **changes: Any) -> bool:
        """Ends a claim with what is published now: `marks`, `shown` and `hash`, without any of them as it was. False if another
        claimant has the home. `marks` are left alone where its user opened it meanwhile, so that it is published again."""
        now = self._database.now_us()
        values = {**changes, "expires_at": now, "due_at": now + in_us(due_in_s)}
        same = HomeRow.opened_at == home.opened_at
        with self._database.transaction():
            if not self._database.run(HomeRow.update(values).where(_is(home, fence) & same)):
                values.pop("marks", None)
                return bool(self._database.run(HomeRow.update(values).where(_is(home, fence))))
        return True

    def remove(self, home: Home, fence: int) -> bool:
        """Forgets a home that shows nothing any more. False if another claimant has it."""
        return bool(self._database.run(ModelDelete(HomeRow).where(_is(home, fence))))

    def release_all(self) -> None:
        """Ends every claim, at the start of the one process of an SQLite store: whoever held a claim is gone."""
        self._database.run(HomeRow.update(expires_at=0))


def _is(home: Home, fence: int) -> Any:
    return (HomeRow.workspace == home.workspace) & (HomeRow.chat_user == home.chat_user) & (HomeRow.fence == fence)
