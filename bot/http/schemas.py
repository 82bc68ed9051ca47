"""The bodies that the management API reads and writes. Secrets are read only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, create_model

from bot.core.notice_kinds import DEFAULT_FLAGS, DRIFT, KINDS, switches
from bot.core.quiet import EXAMPLE
from bot.core.report_times import EXAMPLE as EVERY_DAY
from bot.core.rules import MOST_RULES
from bot.http.paging import LARGEST_ID
from bot.ids import slack, teams
from store.requests import State

Id = Annotated[StrictInt, Field(ge=1, le=LARGEST_ID)]
Name = Annotated[str, Field(max_length=200)]
ChannelId = Annotated[str, Field(pattern=f"^({slack.CHANNEL}|{teams.CHANNEL})$", max_length=200)]
UserId = Annotated[str, Field(pattern=f"^({slack.USER}|{teams.USER})$", max_length=50)]
Report = Annotated[
    str | None,
    Field(max_length=200, description=f"When its report comes, such as `{EVERY_DAY}`. Empty: never; null: as it is."),
]
TIME = "2026-11-23T07:34:34.229527Z"


class Body(BaseModel):
    """Ignores unknown fields, as WebNet does, so that a row that was read can be sent back."""

    model_config = ConfigDict(hide_input_in_errors=True, strict=True)


class Row(BaseModel):
    model_config = ConfigDict(from_attributes=True)


def example(**values: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [values]}, hide_input_in_errors=True, strict=True)


def _with_flags(kind: Any, *, defaults: bool) -> Callable[[type[BaseModel]], Any]:
    """Adds a field of this type for every kind of notice to the model below, after its own fields."""
    fields: dict[str, Any] = {each.flag: (kind, each.default if defaults else ...) for each in KINDS}
    return lambda model: create_model(model.__name__, __base__=model, __module__=__name__, **fields)


class Rule(Body):
    """Is read as a whole by `core.rule_text`, whose words say what is wrong in it."""

    model_config = example(when={"kind": ["job"], "outcome": ["failed"], "site": ["fra1"]}, then=["hold"])
    when: dict[str, str | list[str]] = {}
    then: str | list[str]


Rules = Annotated[
    list[Rule] | None,
    Field(
        max_length=MOST_RULES,
        description="They apply in order; where there is one, flags say nothing. null: as they are.",
    ),
]


Quiet = Annotated[
    str | None,
    Field(
        max_length=2_000,
        description=f"When notices are held, such as `{EXAMPLE}`, with dates of holidays behind it. Empty: never; null: as it is.",
    ),
]


@_with_flags(StrictBool, defaults=True)
class Channel(Body):
    model_config = example(
        workspace=1, channel_id="C0123456789", channel_name="network-alerts", **switches(DEFAULT_FLAGS)
    )
    workspace: Annotated[Id, Field(description="Id of a workspace here.")]
    channel_id: ChannelId
    channel_name: Name = ""
    rules: Rules = None
    quiet: Quiet = None
    report: Report = None


@_with_flags(StrictBool, defaults=True)
class ChannelChange(Body):
    model_config = example(**{DRIFT.flag: True})
    workspace: Id = 0
    channel_id: ChannelId = ""
    channel_name: Name = ""
    rules: Rules = None
    quiet: Quiet = None
    report: Report = None


@_with_flags(bool, defaults=False)
class _ChannelFields(Row):
    id: int
    workspace: int
    channel_id: str
    channel_name: str
    report: str


class RuleRow(BaseModel):
    when: dict[str, list[str]]
    then: list[str]


class ChannelRow(_ChannelFields):
    rules: list[RuleRow]
    quiet: str
    created_at: datetime
    updated_at: datetime


class Mapping(Body):
    model_config = example(workspace=1, slack_user_id="U9876543210", user=5)
    workspace: Annotated[Id, Field(description="Id of a workspace here.")]
    slack_user_id: UserId
    user: Annotated[Id, Field(description="WebNet user id.")]


ChatUserId = Annotated[
    str,
    Field(
        validation_alias="slack_user_id", description="Is slack_user_id, which holds the ids of Microsoft Teams, too."
    ),
]


class MappingRow(Row):
    id: int
    workspace: int
    slack_user_id: str
    chat_user_id: ChatUserId
    user: int
    username: str
    created_at: datetime
    updated_at: datetime


class CommandRow(Row):
    """A row of the audit log. Names are those of the time it was written."""

    id: int
    workspace: int | None
    customer: int | None
    team_id: str
    team_name: str
    channel_id: str
    channel_name: str
    slack_user_id: str
    chat_user_id: ChatUserId
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
    devices: str
    request_id: str
    delivered: bool
    created_at: datetime
    duration_ms: int | None


class ApprovalRow(Row):
    """A request that a second person decides. `user` asked for it, `devices` are ids, and `hidden` values are shown nowhere."""

    id: int
    workspace: int
    customer: int
    state: State
    command: str
    line: str
    devices: list[int]
    hidden: int
    user: int
    username: str
    hash: str
    decided_by: int | None
    decided_name: str
    reason: str
    outcome: str
    created_at: datetime
    expires_at: datetime
    decided_at: datetime | None


class Detail(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"detail": "Not found."}]})
    detail: str


Fields = dict[str, list[str]]
