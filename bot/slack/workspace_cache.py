"""Keeps the workspaces of the store at hand for the Slack edge, and reads them again only when something changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.core.commands import Workspace
from store.workspaces import Workspace as Row
from store.workspaces import Workspaces

LOOK_AGAIN_S = 1.0  # how often an unknown team may make the store be asked


@dataclass(frozen=True, slots=True)
class _Entry:
    workspace: Workspace
    row: Row


class WorkspaceCache:
    """Reads are answered from memory. `refresh` is called every few seconds, and by whoever changed a workspace."""

    def __init__(
        self,
        workspaces: Workspaces,
        app_token: str,
        learned: Callable[[frozenset[str]], object] = lambda _: None,
    ) -> None:
        """`app_token` is the one of the settings, for workspaces without their own. `learned` is called with all secrets
        whenever something changed, before any of them can be used."""
        self._workspaces = workspaces
        self._app_token = app_token
        self._learned = learned
        self._lock = threading.Lock()
        self._version: object = None
        self._entries: dict[str, _Entry] = {}
        self._looked_at = float("-inf")

    def refresh(self) -> bool:
        """Reads the store if it changed. True if a workspace was added, changed, disabled or removed since the last call.

        Raises StoreError.
        """
        with self._lock:
            self._looked_at = time.monotonic()
            version = self._workspaces.version()
            if version == self._version:
                return False
            entries = {row.team_id: _Entry(_workspace(row), row) for row in self._workspaces.list()}
            self._learned(_secrets(entries))
            self._entries, self._version = entries, version
            return True

    def workspace(self, team_id: str) -> Workspace | None:
        """Returns the workspace of a Slack team, also a disabled one."""
        entry = self._entries.get(team_id)
        return entry.workspace if entry else None

    def by_id(self, workspace: int) -> Workspace | None:
        """Returns the workspace with this id of the store."""
        return next((entry.workspace for entry in self._entries.values() if entry.workspace.id == workspace), None)

    def bot_token(self, team_id: str) -> str | None:
        """Returns None for a workspace that is unknown or not enabled: nothing is sent there."""
        entry = self._entries.get(team_id)
        return entry.row.bot_token if entry and entry.workspace.enabled else None

    def app_tokens(self) -> frozenset[str]:
        """Returns the tokens to connect with: one Slack app may serve several workspaces. The app of the settings stays
        connected even without an enabled workspace, so that callers there read why nothing is done."""
        own = {
            entry.row.app_token for entry in self._entries.values() if entry.workspace.enabled and entry.row.app_token
        }
        return frozenset(own | ({self._app_token} if self._app_token else set()))

    def signing_secret(self, team_id: str) -> str:
        """Returns the secret that the team's requests are signed with, empty for an unknown team. That may have been added by
        another replica a moment ago, so the store is asked again, at most once a second. Raises StoreError."""
        if team_id not in self._entries and time.monotonic() - self._looked_at > LOOK_AGAIN_S:
            self.refresh()
        entry = self._entries.get(team_id)
        return entry.row.signing_secret if entry else ""

    def signing_secrets(self) -> frozenset[str]:
        return frozenset(entry.row.signing_secret for entry in self._entries.values())


def _secrets(entries: dict[str, _Entry]) -> frozenset[str]:
    rows = [entry.row for entry in entries.values()]
    return frozenset(s for row in rows for s in (row.bot_token, row.signing_secret, row.app_token) if s)


def _workspace(row: Row) -> Workspace:
    return Workspace(row.id, row.team_id, row.team_name, row.customer, row.enabled)
