"""Maps Slack users to WebNet users. Roles and customers are not kept here: every command asks WebNet for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import fn

from store import mapping_requests
from store.errors import Duplicate
from store.models import ChatOpsCommand, SlackUserMapping
from store.records import Records
from store.statements import Statement
from store.workspaces import Belongings


@dataclass(frozen=True)
class UserMapping:
    """Maps a Slack user. `workspace` is the id of a Workspace, `user` is WebNet's id; `username` is a copy for display.
    `changed_by` is WebNet's id of who made or changed the mapping last, None if that was done on the command line."""

    id: int
    workspace: int
    slack_user_id: str
    user: int
    username: str
    changed_by: int | None
    created_at: datetime
    updated_at: datetime


_FIND = Statement(
    """
    SELECT id, workspace_id AS workspace, slack_user_id, "user", username, changed_by, created_at, updated_at
    FROM slack_user_mapping WHERE workspace_id = :workspace AND slack_user_id = :slack_user_id""",
    SlackUserMapping,
)


class Users(Records[UserMapping]):
    model = SlackUserMapping

    def add(
        self, *, workspace: int, slack_user_id: str, user: int, username: str, changed_by: int | None = None
    ) -> UserMapping:
        """Raises Duplicate for a Slack user who is mapped already, or NoSuchRow for an unknown workspace. A request of theirs to be
        mapped that still waits is over then."""
        values = {"workspace": workspace, "slack_user_id": slack_user_id, "user": user, "username": username}
        with self._database.transaction():
            mapping_requests.void(self._database, workspace, slack_user_id)
            return self._add({**values, "changed_by": changed_by})

    def find(self, workspace: int, slack_user_id: str) -> UserMapping | None:
        row = self._database.row(_FIND, workspace=workspace, slack_user_id=slack_user_id)
        return None if row is None else self._loaded(row)

    def list(self, *, workspace: int | None = None) -> list[UserMapping]:
        return self._all() if workspace is None else self._all(SlackUserMapping.workspace == workspace)

    def counts(self, mapping: UserMapping) -> Belongings:
        rows = ChatOpsCommand.select(fn.COUNT(ChatOpsCommand.id)).where(
            (ChatOpsCommand.workspace == mapping.workspace) & (ChatOpsCommand.slack_user_id == mapping.slack_user_id)
        )
        return Belongings(audit_rows=self._database.count(rows))

    def _loaded(self, row: dict[str, Any]) -> UserMapping:
        return UserMapping(**row)

    def _duplicate(self, values: dict[str, Any]) -> Duplicate:
        return Duplicate(f"The Slack user {values['slack_user_id']} is mapped already.", field="slack_user_id")
