"""Says whose bot token it is, by Slack's answer to `auth.test`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.slack.web_api import WebApi


@dataclass(frozen=True, slots=True)
class Owner:
    """Names the workspace and the bot user that Slack knows the token by, and the OAuth `scopes` that it was granted, as Slack
    writes them. `wrong` is the field of the workspace that says something else, empty where none does."""

    team_id: str
    user_id: str
    scopes: str
    wrong: Literal["", "bot_token", "bot_user_id"]


def owner(api: WebApi, token: str, team_id: str, bot_user_id: str) -> Owner:
    """Asks Slack whether this is the token of that workspace and bot user. Raises ChatError."""
    answer = api.call("auth.test", token)
    team, user = str(answer.get("team_id")), str(answer.get("user_id"))
    scopes = answer["headers"].get("x-oauth-scopes") or ""
    if (
        team != team_id and answer.get("is_enterprise_install") is not True
    ):  # an organization's token is good for all of its own
        return Owner(team, user, scopes, "bot_token")
    return Owner(team, user, scopes, "bot_user_id" if user != bot_user_id else "")
