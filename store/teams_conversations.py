"""The conversations of Microsoft Teams that a workspace was heard in, and where each is reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store.engine import Database
from store.models import SlackChannel, SlackUserMapping, SlackWorkspace, TeamsConversationRow
from store.statements import Statement

_NOTE = Statement(
    "INSERT INTO teams_conversation (workspace_id, conversation, chat_user, team, service_url, heard_at) "
    "SELECT id, :conversation, :chat_user, :team, :service_url, :heard_at FROM slack_workspace WHERE team_id = :team_id "
    "ON CONFLICT (workspace_id, conversation) DO UPDATE SET chat_user = excluded.chat_user, team = excluded.team, "
    "service_url = excluded.service_url, heard_at = excluded.heard_at, gone_at = NULL"
)


@dataclass(frozen=True, slots=True)
class TeamsConversation:
    """`chat_user` is the Entra object id of whose personal conversation it is, empty for a channel or a chat of several. `team` is the id
    of the team that a channel belongs to."""

    conversation: str
    chat_user: str
    team: str
    service_url: str


class TeamsConversations:
    """A workspace is named by its `team_id`, which is the tenant."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, team_id: str, found: TeamsConversation) -> None:
        """Notes what was heard now; does nothing for a workspace that is unknown."""
        self._database.run(
            _NOTE,
            team_id=team_id,
            conversation=found.conversation,
            chat_user=found.chat_user,
            team=found.team,
            service_url=found.service_url,
            heard_at=self._database.clock(),
        )

    def find(self, team_id: str, conversation: str) -> TeamsConversation | None:
        return self._newest(team_id, TeamsConversationRow.conversation == conversation)

    def personal(self, team_id: str, chat_user: str) -> TeamsConversation | None:
        """Returns the conversation with this user, unless the app was removed from it."""
        return self._newest(
            team_id, TeamsConversationRow.chat_user == chat_user, TeamsConversationRow.gone_at.is_null()
        )

    def newest(self, team_id: str) -> TeamsConversation | None:
        """Returns the conversation that was heard last: others of the tenant are reached at its address, too, if no better one is known."""
        return self._newest(team_id)

    def heard_at(self, team_id: str) -> datetime | None:
        """Returns when Teams last sent something of the workspace, which is noted at most once an hour."""
        found = self._rows(team_id, TeamsConversationRow.heard_at)
        return found[0]["heard_at"] if found else None

    def gone(self, team_id: str, conversation: str, team: str = "") -> None:
        """Notes that the app was removed from a conversation, or from all channels of a team. Where they are stays known: what is sent
        there all the same is refused by Teams, and parked."""
        row, of = (
            TeamsConversationRow,
            SlackWorkspace.select(SlackWorkspace.id).where(SlackWorkspace.team_id == team_id),
        )
        which = row.conversation == conversation
        if team:
            which |= row.team == team
        self._database.run(row.update(gone_at=self._database.clock()).where(row.workspace.in_(of) & which))

    def back(self, team_id: str, team: str) -> None:
        """Notes that the app was added to a team again. A channel that was deleted meanwhile counts as there until Teams refuses it."""
        row, of = (
            TeamsConversationRow,
            SlackWorkspace.select(SlackWorkspace.id).where(SlackWorkspace.team_id == team_id),
        )
        self._database.run(row.update(gone_at=None).where(row.workspace.in_(of), row.team == team))

    def channels_gone(self, team_id: str) -> list[tuple[str, datetime]]:
        """Returns (name or id, since when) of the channels that are to get notices and that the app was removed from."""
        row = TeamsConversationRow
        rows = self._database.rows(
            row.select(SlackChannel.channel_id, SlackChannel.channel_name, row.gone_at)
            .join(SlackWorkspace)
            .join(
                SlackChannel,
                on=(SlackChannel.workspace == SlackWorkspace.id) & (SlackChannel.channel_id == row.conversation),
            )
            .where(SlackWorkspace.team_id == team_id, row.gone_at.is_null(False))
            .order_by(SlackChannel.id)
        )
        return [(each["channel_name"] or each["channel_id"], each["gone_at"]) for each in rows]

    def users_gone(self, team_id: str) -> list[str]:
        """Returns the names of the mapped users, or their ids, whose personal conversation the app was removed from."""
        row = TeamsConversationRow
        rows = self._database.rows(
            row.select(SlackUserMapping.slack_user_id, SlackUserMapping.username)
            .join(SlackWorkspace)
            .join(
                SlackUserMapping,
                on=(SlackUserMapping.workspace == SlackWorkspace.id)
                & (SlackUserMapping.slack_user_id == row.chat_user),
            )
            .where(SlackWorkspace.team_id == team_id, row.gone_at.is_null(False))
            .order_by(SlackUserMapping.id)
        )
        return list(dict.fromkeys(each["username"] or each["slack_user_id"] for each in rows))

    def _newest(self, team_id: str, *where: Any) -> TeamsConversation | None:
        row = TeamsConversationRow
        rows = self._rows(team_id, row.conversation, row.chat_user, row.team, row.service_url, where=where)
        return TeamsConversation(**rows[0]) if rows else None

    def _rows(self, team_id: str, *columns: Any, where: tuple[Any, ...] = ()) -> list[dict[str, Any]]:
        row = TeamsConversationRow
        return self._database.rows(
            row.select(*columns)
            .join(SlackWorkspace)
            .where(SlackWorkspace.team_id == team_id, *where)
            .order_by(row.heard_at.desc(), row.conversation)
            .limit(1)
        )
