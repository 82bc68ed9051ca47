"""The bodies that the management API reads and writes. Secrets are read only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, create_model

from bot.core.notice_kinds import DEFAULT_FLAGS, DRIFT, KINDS, switches
from bot.http.paging import LARGEST_ID
from bot.slack import ids

Id = Annotated[StrictInt, Field(ge=1, le=LARGEST_ID)]
Name = Annotated[str, Field(max_length=200)]
TeamId = Annotated[str, Field(pattern=f"^{ids.TEAM}$", max_length=50)]
ChannelId = Annotated[str, Field(pattern=f"^{ids.CHANNEL}$", max_length=50)]
UserId = Annotated[str, Field(pattern=f"^{ids.USER}$", max_length=50)]
_SECRET: dict[str, Any] = {"writeOnly": True}
BotToken = Annotated[str, Field(pattern=f"^{ids.BOT_TOKEN}$", max_length=500, json_schema_extra=_SECRET)]
AppToken = Annotated[str, Field(pattern=f"^{ids.APP_TOKEN}$", max_length=500, json_schema_extra=_SECRET)]
SigningSecret = Annotated[str, Field(pattern=f"^{ids.SIGNING_SECRET}$", max_length=500, json_schema_extra=_SECRET)]
TIME = "2026-11-23T07:34:34.229527Z"


class _Body(BaseModel):
    """Ignores unknown fields, as WebNet does, so that a row that was read can be sent back."""

    model_config = ConfigDict(hide_input_in_errors=True, strict=True)


class _Row(BaseModel):
    model_config = ConfigDict(from_attributes=True)


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [values]}, hide_input_in_errors=True, strict=True)


_WORKSPACE = {
    "customer": 1,
    "team_id": "T0123456789",
    "team_name": "Your Team Name",
    "bot_token": "xoxb-your-bot-token",
    "bot_user_id": "U0123456789",
    "signing_secret": "your-signing-secret",
    "enabled": True,
}


def _with_flags(kind: Any, *, defaults: bool) -> Callable[[type[BaseModel]], Any]:
    """Adds a field of this type for every kind of notice to the model below, after its own fields."""
    fields: dict[str, Any] = {each.flag: (kind, each.default if defaults else ...) for each in KINDS}
    return lambda model: create_model(model.__name__, __base__=model, __module__=__name__, **fields)


class _WorkspaceBody(_Body):
    customer: Annotated[Id, Field(description="WebNet customer id.")]
    team_id: TeamId
    team_name: Annotated[Name, Field(min_length=1)]
    bot_user_id: UserId
    enabled: StrictBool = True
    app_token: Annotated[
        AppToken | None, Field(description="Only for a Slack app of its own; null: that of the settings.")
    ] = None


class NewWorkspace(_WorkspaceBody):
    model_config = _example(**_WORKSPACE)
    bot_token: BotToken
    signing_secret: SigningSecret


class Workspace(_WorkspaceBody):
    """Is the body of a PUT, where secrets that are left out stay as they are."""

    model_config = _example(**{k: v for k, v in _WORKSPACE.items() if k not in {"bot_token", "signing_secret"}})
    bot_token: BotToken = ""
    signing_secret: SigningSecret = ""


class WorkspaceChange(_Body):
    model_config = _example(enabled=False)
    customer: Id = 0
    team_id: TeamId = ""
    team_name: Annotated[Name, Field(min_length=1)] = ""
    bot_user_id: UserId = ""
    enabled: StrictBool = True
    bot_token: BotToken = ""
    signing_secret: SigningSecret = ""
    app_token: AppToken | None = None


class WorkspaceRow(_Row):
    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "id": 1,
                    "customer": 1,
                    "team_id": "T0123456789",
                    "team_name": "Your Team Name",
                    "bot_user_id": "U0123456789",
                    "enabled": True,
                    "created_at": TIME,
                    "updated_at": TIME,
                }
            ]
        },
    )
    id: int
    customer: int
    team_id: str
    team_name: str
    bot_user_id: str
    enabled: bool
    created_at: datetime
    updated_at: datetime


@_with_flags(StrictBool, defaults=True)
class Channel(_Body):
    model_config = _example(
        workspace=1, channel_id="C0123456789", channel_name="network-alerts", **switches(DEFAULT_FLAGS)
    )
    workspace: Annotated[Id, Field(description="Id of a workspace here.")]
    channel_id: ChannelId
    channel_name: Name = ""


@_with_flags(StrictBool, defaults=True)
class ChannelChange(_Body):
    model_config = _example(**{DRIFT.flag: True})
    workspace: Id = 0
    channel_id: ChannelId = ""
    channel_name: Name = ""


@_with_flags(bool, defaults=False)
class _ChannelFields(_Row):
    id: int
    workspace: int
    channel_id: str
    channel_name: str


class ChannelRow(_ChannelFields):
    created_at: datetime
    updated_at: datetime


class Mapping(_Body):
    model_config = _example(workspace=1, slack_user_id="U9876543210", user=5)
    workspace: Annotated[Id, Field(description="Id of a workspace here.")]
    slack_user_id: UserId
    user: Annotated[Id, Field(description="WebNet user id.")]


class MappingRow(_Row):
    id: int
    workspace: int
    slack_user_id: str
    user: int
    username: str
    created_at: datetime
    updated_at: datetime


class CommandRow(_Row):
    """A row of the audit log. Names are those of the time it was written."""

    id: int
    workspace: int | None
    customer: int | None
    team_id: str
    team_name: str
    channel_id: str
    channel_name: str
    slack_user_id: str
    slack_user_name: str
    user: int | None
    username: str
    command: str
    text: str
    way: str
    status: str
    code: str
    response: str
    job_id: int | None
    job_type: str
    device: int | None
    device_name: str
    request_id: str
    delivered: bool
    created_at: datetime
    duration_ms: int | None


class Detail(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"detail": "Not found."}]})
    detail: str


Fields = dict[str, list[str]]
