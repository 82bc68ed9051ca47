"""Keeps the workspaces of Slack at hand, with what each is spoken to by."""

from __future__ import annotations

from collections.abc import Callable

from bot.ids.chats import SLACK
from bot.kept_workspaces import KeptWorkspaces
from store.workspaces import Workspaces


class WorkspaceCache(KeptWorkspaces):
    chat = SLACK

    def __init__(
        self,
        workspaces: Workspaces,
        app_token: str,
        learned: Callable[[frozenset[str]], object] = lambda _: None,
    ) -> None:
        """`app_token` is the one of the settings, for workspaces without their own."""
        super().__init__(workspaces, learned)
        self._app_token = app_token

    def bot_token(self, team_id: str) -> str | None:
        """Returns None for a workspace that is unknown or not enabled: nothing is sent there."""
        row = self.row(team_id)
        return row.bot_token if row and row.enabled else None

    def last_token(self, team_id: str) -> str | None:
        """Returns the token of a workspace even if it is disabled: with it the bot removes what it shows there."""
        row = self.row(team_id)
        return row.bot_token if row else None

    def app_tokens(self) -> frozenset[str]:
        """Returns the tokens to connect with: one Slack app may serve several workspaces. The app of the settings stays
        connected even without an enabled workspace, so that callers there read why nothing is done."""
        own = {row.app_token for row in self.enabled() if row.app_token}
        return frozenset(own | ({self._app_token} if self._app_token else set()))

    def signing_secret(self, team_id: str) -> str:
        """Returns the secret that the team's requests are signed with, empty for an unknown team. Raises StoreError."""
        row = self.look_for(team_id)
        return row.signing_secret if row else ""

    def signing_secrets(self) -> frozenset[str]:
        return frozenset(row.signing_secret for row in self.rows())
