"""The workspaces of the store as the Slack edge needs them at hand: read again only when something changed."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.commands import Workspace
from store.workspaces import Workspace as Row
from store.workspaces import Workspaces


@dataclass(frozen=True, slots=True)
class Team:
    workspace: Workspace
    row: Row


class Teams:
    """Reads are answered from memory. `refresh` is called every few seconds, by one thread at a time."""

    def __init__(self, workspaces: Workspaces, app_token: str) -> None:
        """`app_token` is the one of the settings, for workspaces without their own."""
        self._workspaces = workspaces
        self._app_token = app_token
        self._version: object = None
        self._teams: dict[str, Team] = {}

    def refresh(self) -> bool:
        """True if a workspace was added, changed, disabled or removed since the last call."""
        version = self._workspaces.version()
        if version == self._version:
            return False
        self._teams = {row.team_id: Team(_workspace(row), row) for row in self._workspaces.list()}
        self._version = version
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

    def secrets(self) -> frozenset[str]:
        """For the redactor."""
        rows = [team.row for team in self._teams.values()]
        return frozenset(s for row in rows for s in (row.bot_token, row.signing_secret, row.app_token) if s)


def _workspace(row: Row) -> Workspace:
    return Workspace(row.id, row.team_id, row.team_name, row.customer, row.enabled)
