"""The bodies of workspaces, of which each chat has its own. Secrets are read only."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, StrictBool, Tag

from bot.http.schemas import TIME, Body, Id, Name, Row, example
from bot.ids import slack, teams
from bot.ids.chats import SLACK, TEAMS

TeamId = Annotated[str, Field(pattern=f"^{slack.TEAM}$", max_length=50)]
TenantId = Annotated[str, Field(pattern=f"^{teams.TENANT}$", max_length=50)]
WorkspaceId = Annotated[str, Field(pattern=f"^({slack.TEAM}|{teams.TENANT})$", max_length=50)]
BotUserId = Annotated[str, Field(pattern=f"^{slack.USER}$", max_length=50)]
AppId = Annotated[str, Field(pattern=f"^{teams.APP}$", max_length=50)]
_SECRET: dict[str, Any] = {"writeOnly": True}
BotToken = Annotated[str, Field(pattern=f"^{slack.BOT_TOKEN}$", max_length=500, json_schema_extra=_SECRET)]
AppToken = Annotated[str, Field(pattern=f"^{slack.APP_TOKEN}$", max_length=500, json_schema_extra=_SECRET)]
SigningSecret = Annotated[str, Field(pattern=f"^{slack.SIGNING_SECRET}$", max_length=500, json_schema_extra=_SECRET)]
AppPassword = Annotated[str, Field(pattern=f"^{teams.PASSWORD}$", max_length=200, json_schema_extra=_SECRET)]

_WORKSPACE = {
    "chat": SLACK,
    "customer": 1,
    "team_id": "T0123456789",
    "team_name": "Your Team Name",
    "bot_token": "xoxb-your-bot-token",
    "bot_user_id": "U0123456789",
    "signing_secret": "your-signing-secret",
    "enabled": True,
}


_TENANT = {
    "chat": TEAMS,
    "customer": 1,
    "team_id": "0a1b2c3d-0000-4000-8000-0123456789ab",
    "team_name": "Your Tenant Name",
    "app_id": "0a1b2c3d-0000-4000-8000-000000000001",
    "app_password": "your-client-secret",
    "enabled": True,
}


class _WorkspaceBody(Body):
    customer: Annotated[Id, Field(description="WebNet customer id.")]
    team_name: Annotated[Name, Field(min_length=1)]
    enabled: StrictBool = True


class _SlackBody(_WorkspaceBody):
    chat: Literal["slack"] = SLACK
    team_id: TeamId
    bot_user_id: BotUserId
    app_token: Annotated[
        AppToken | None, Field(description="Only for a Slack app of its own; null: that of the settings.")
    ] = None


class _TeamsBody(_WorkspaceBody):
    chat: Literal["teams"]
    team_id: Annotated[TenantId, Field(description="The tenant.")]
    app_id: AppId


class NewSlackWorkspace(_SlackBody):
    model_config = example(**_WORKSPACE)
    bot_token: BotToken
    signing_secret: SigningSecret


class NewTeamsWorkspace(_TeamsBody):
    model_config = example(**_TENANT)
    app_password: AppPassword


class SlackWorkspace(_SlackBody):
    """Is the body of a PUT, where secrets that are left out stay as they are."""

    model_config = example(**{k: v for k, v in _WORKSPACE.items() if k not in {"bot_token", "signing_secret"}})
    bot_token: BotToken = ""
    signing_secret: SigningSecret = ""


class TeamsWorkspace(_TeamsBody):
    """Is the body of a PUT, where a password that is left out stays as it is."""

    model_config = example(**{k: v for k, v in _TENANT.items() if k != "app_password"})
    app_password: AppPassword = ""


def _chat(body: object) -> str:
    found = body.get("chat", SLACK) if isinstance(body, dict) else SLACK
    return found if isinstance(found, str) and found == TEAMS else SLACK


_OF_CHAT = Discriminator(_chat)
NewWorkspace = Annotated[Annotated[NewSlackWorkspace, Tag(SLACK)] | Annotated[NewTeamsWorkspace, Tag(TEAMS)], _OF_CHAT]
Workspace = Annotated[Annotated[SlackWorkspace, Tag(SLACK)] | Annotated[TeamsWorkspace, Tag(TEAMS)], _OF_CHAT]


class WorkspaceChange(Body):
    """Holds fields of either chat; those of the other one are refused."""

    model_config = example(enabled=False)
    chat: Literal["slack", "teams"] = SLACK
    customer: Id = 0
    team_id: WorkspaceId = ""
    team_name: Annotated[Name, Field(min_length=1)] = ""
    bot_user_id: BotUserId | Literal[""] = ""
    enabled: StrictBool = True
    bot_token: BotToken = ""
    signing_secret: SigningSecret = ""
    app_token: AppToken | None = None
    app_id: AppId | Literal[""] = ""
    app_password: AppPassword = ""


class WorkspaceRow(Row):
    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "id": 1,
                    "chat": SLACK,
                    "customer": 1,
                    "team_id": "T0123456789",
                    "team_name": "Your Team Name",
                    "bot_user_id": "U0123456789",
                    "app_id": "",
                    "enabled": True,
                    "created_at": TIME,
                    "updated_at": TIME,
                }
            ]
        },
    )
    id: int
    chat: str
    customer: int
    team_id: str
    team_name: str
    bot_user_id: str
    app_id: str
    enabled: bool
    created_at: datetime
    updated_at: datetime
