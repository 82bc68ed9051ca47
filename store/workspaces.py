"""Workspaces of Slack and of Microsoft Teams, each bound to one WebNet customer, with their secrets."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from peewee import fn

from store.engine import Database
from store.errors import Duplicate
from store.lanes import lock_lanes
from store.models import ChatOpsCommand, SlackChannel, SlackUserMapping, SlackWorkspace
from store.outbox import drop_undelivered
from store.records import Records
from store.secrets import Keyring

SECRETS = ("bot_token", "signing_secret", "app_token", "app_password")


@dataclass(frozen=True)
class Workspace:
    """A workspace with its secrets in the open. `customer` is WebNet's id, and `chat` is "slack" or "teams".

    `app_token` is set for a workspace with a Slack app of its own. One of Teams is a tenant, which is its `team_id`; it has an `app_id`
    and an `app_password`, and what else belongs to Slack is empty.
    """

    id: int
    customer: int
    team_id: str
    team_name: str
    bot_user_id: str
    enabled: bool
    bot_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    app_token: str | None = field(repr=False)
    created_at: datetime
    updated_at: datetime
    chat: str = "slack"
    app_id: str = ""
    app_password: str | None = field(repr=False, default=None)

    @property
    def secrets(self) -> frozenset[str]:
        return frozenset(filter(None, (getattr(self, name) for name in SECRETS)))


@dataclass(frozen=True)
class Belongings:
    """Counts what belongs to a workspace or mapping. Channels and mappings are removed with a workspace, audit rows stay."""

    channels: int = 0
    mappings: int = 0
    audit_rows: int = 0


class Workspaces(Records[Workspace]):
    model = SlackWorkspace

    def __init__(self, database: Database, keyring: Keyring) -> None:
        super().__init__(database)
        self._keyring = keyring

    def add(
        self,
        *,
        customer: int,
        team_id: str,
        team_name: str,
        bot_user_id: str = "",
        bot_token: str = "",
        signing_secret: str = "",
        app_token: str | None = None,
        enabled: bool = True,
        chat: str = "slack",
        app_id: str = "",
        app_password: str | None = None,
    ) -> Workspace:
        """Raises Duplicate for a team that is there already."""
        return self._add(
            {
                "customer": customer,
                "team_id": team_id,
                "team_name": team_name,
                "bot_user_id": bot_user_id,
                "bot_token": bot_token,
                "signing_secret": signing_secret,
                "app_token": app_token,
                "chat": chat,
                "app_id": app_id,
                "app_password": app_password,
                "enabled": enabled,
                "revision": 1,
            }
        )

    def by_team(self, team_id: str) -> Workspace | None:
        return self._one(SlackWorkspace.team_id == team_id)

    def list(self, *, enabled: bool | None = None, chat: str = "") -> list[Workspace]:
        """Returns those of one chat alone if it is named."""
        asked = [] if enabled is None else [SlackWorkspace.enabled == enabled]
        return self._all(*asked, *([SlackWorkspace.chat == chat] if chat else []))

    def customer(self, id: int) -> int | None:
        """Returns WebNet's id of the workspace's customer, without opening its secrets."""
        found = self._database.tuples(SlackWorkspace.select(SlackWorkspace.customer).where(SlackWorkspace.id == id))
        return int(found[0][0]) if found else None

    def customers(self) -> frozenset[int]:
        """Returns WebNet's ids of the customers that have an enabled workspace."""
        query = SlackWorkspace.select(SlackWorkspace.customer).where(SlackWorkspace.enabled)
        return frozenset(customer for (customer,) in self._database.tuples(query))

    def update(self, id: int, **changes: Any) -> Workspace | None:
        """Changes the named fields. Deliveries that wait are dropped if the workspace is disabled, or belongs to another customer
        from now on. Raises Duplicate."""
        with self._database.transaction():
            before = self.get(id)
            after = super().update(id, **changes)
            if before and after and (before.customer != after.customer or (before.enabled and not after.enabled)):
                drop_undelivered(self._database, id)
            return after

    def remove(self, id: int) -> bool:
        channels = SlackChannel.select(SlackChannel.id).where(SlackChannel.workspace == id)
        with self._database.transaction():
            lock_lanes(self._database, channels)
            return super().remove(id)

    def counts(self, id: int) -> Belongings:
        def number(model: Any) -> int:
            return self._database.count(model.select(fn.COUNT(model.id)).where(model.workspace == id))

        return Belongings(number(SlackChannel), number(SlackUserMapping), number(ChatOpsCommand))

    def version(self) -> tuple[tuple[int, int], ...]:
        """Returns a value that differs whenever a workspace was added, changed, disabled or removed. It is cheap enough to be
        compared every few seconds."""
        query = SlackWorkspace.select(SlackWorkspace.id, SlackWorkspace.revision).order_by(SlackWorkspace.id)
        return tuple((int(row_id), int(revision)) for row_id, revision in self._database.tuples(query))

    def _of_customers(self, customers: Collection[int]) -> Any:
        return SlackWorkspace.customer.in_(list(customers))

    def _of_workspace(self, workspace: int) -> Any:
        return SlackWorkspace.id == workspace

    def _loaded(self, row: dict[str, Any]) -> Workspace:
        opened = {
            name: None if row[name] is None else self._keyring.open(row[name], secret_name(name, row["team_id"]))
            for name in SECRETS
        }
        return Workspace(**{name: value for name, value in row.items() if name != "revision"} | opened)

    def _stored(self, values: dict[str, Any]) -> dict[str, Any]:
        sealed = {name: self._keyring.seal(values[name]) for name in SECRETS if values.get(name) is not None}
        return {"revision": SlackWorkspace.revision + 1, **values, **sealed}

    def _duplicate(self, values: dict[str, Any]) -> Duplicate:
        return Duplicate(f"The workspace {values['team_id']} is there already.", field="team_id")


def secret_name(column: str, team_id: str) -> str:
    return f"{column.replace('_', ' ')} of workspace {team_id}"
