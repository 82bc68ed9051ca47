"""The workspaces of the store as the Slack edge needs them at hand: read again only when something changed."""

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
class Team:
    workspace: Workspace
    row: Row


class Teams:
    """Reads are answered from memory. `refresh` is called every few seconds, and by whoever changed a workspace."""

    def __init__(
        self,
        workspaces: Workspaces,
        app_token: str,
        learned: Callable[[frozenset[str]], object] = lambda _: None,
    ) -> None:
        """`app_token` is the one of the settings, for workspaces without their own. `learned` hears all secrets whenever
        something changed, before anything can be done with them."""
        self._workspaces = workspaces
        self._app_token = app_token
        self._learned = learned
        self._lock = threading.Lock()
        self._version: object = None
        self._teams: dict[str, Team] = {}
        self._looked_at = float("-inf")

    def refresh(self) -> bool:
        """True if a workspace was added, changed, disabled or removed since the last call."""
        with self._lock:
            self._looked_at = time.monotonic()
            version = self._workspaces.version()
            if version == self._version:
                return False
            teams = {row.team_id: Team(_workspace(row), row) for row in self._workspaces.list()}
            self._learned(_secrets(teams))
            self._teams, self._version = teams, version
            return True

    def workspace(self, team_id: str) -> Workspace | None:
        team = self._teams.get(team_id)
        return team.workspace if team else None

    def by_id(self, workspace: int) -> Workspace | None:
        return next((team.workspace for team in self._teams.values() if team.workspace.id == workspace), None)

    def bot_token(self, team_id: str) -> str | None:
        """None for a workspace that is not there or not enabled: nothing is sent there."""
        team = self._teams.get(team_id)
        return team.row.bot_token if team and team.workspace.enabled else None

    def app_tokens(self) -> frozenset[str]:
        """One Slack app may serve several workspaces. The app of the settings stays connected even without an enabled
        workspace, so that people there are told why they get no answer."""
        own = {team.row.app_token for team in self._teams.values() if team.workspace.enabled and team.row.app_token}
        return frozenset(own | ({self._app_token} if self._app_token else set()))

    def signing_secret(self, team_id: str) -> str:
        """Empty for a team that is not there. It may have been added by another replica a moment ago, so the store is asked
        again, at most once a second. Raises StoreError."""
        if team_id not in self._teams and time.monotonic() - self._looked_at > LOOK_AGAIN_S:
            self.refresh()
        team = self._teams.get(team_id)
        return team.row.signing_secret if team else ""

    def signing_secrets(self) -> frozenset[str]:
        return frozenset(team.row.signing_secret for team in self._teams.values())


def _secrets(teams: dict[str, Team]) -> frozenset[str]:
    rows = [team.row for team in teams.values()]
    return frozenset(s for row in rows for s in (row.bot_token, row.signing_secret, row.app_token) if s)


def _workspace(row: Row) -> Workspace:
    return Workspace(row.id, row.team_id, row.team_name, row.customer, row.enabled)
