"""What a workspace of each chat has beside a name and a customer: for the command line, a seed file and the management API."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.ids import slack, teams

Shape = Callable[[str], str]  # returns the text as it is kept, or raises ValueError with a sentence without the secret

SLACK: Final = "slack"
TEAMS: Final = "teams"


@dataclass(frozen=True, slots=True)
class Chat:
    """`name` is what its users call it. `mentioned` is the shape of whom a message can mention, and `only_mapped` says
    that this must be a mapped user. `plain` and `secrets` are the fields of a workspace, each of which it needs unless it is
    `optional`."""

    name: str
    team: Shape
    channel: Shape
    user: Shape
    mentioned: Shape
    plain: Mapping[str, Shape]
    secrets: Mapping[str, Shape]
    optional: frozenset[str] = field(default_factory=frozenset)
    only_mapped: bool = False

    @property
    def fields(self) -> Mapping[str, Shape]:
        return {"team_id": self.team, **self.plain, **self.secrets}

    @property
    def needed(self) -> tuple[str, ...]:
        return tuple(name for name in self.fields if name not in self.optional)


CHATS: Mapping[str, Chat] = {
    SLACK: Chat(
        "Slack",
        slack.team_id,
        slack.channel_id,
        slack.user_id,
        slack.mentioned,
        {"bot_user_id": slack.user_id},
        {"bot_token": slack.bot_token, "signing_secret": slack.signing_secret, "app_token": slack.app_token},
        frozenset({"app_token"}),
    ),
    TEAMS: Chat(
        "Microsoft Teams",
        teams.tenant_id,
        teams.channel_id,
        teams.user_id,
        teams.mentioned,
        {"app_id": teams.app_id},
        {"app_password": teams.app_password},
        only_mapped=True,
    ),
}
SECRETS: Mapping[str, Shape] = {name: shape for chat in CHATS.values() for name, shape in chat.secrets.items()}
OWN = frozenset(
    name for chat in CHATS.values() for name in (*chat.plain, *chat.secrets)
)  # fields that one chat alone has


def chat_of(team_id: str) -> str:
    """Returns which chat a workspace with this id is of: a tenant's id begins with hexadecimal digits and a dash, which no id of
    Slack's does, and no token that was given instead of one."""
    return TEAMS if re.match("[0-9A-Fa-f]+-", team_id) else SLACK


def team_id(text: str) -> str:
    """Returns the id of a workspace of any chat. Raises ValueError."""
    try:
        return CHATS[chat_of(text)].team(text)
    except ValueError as error:
        raise ValueError(f"{error}{'' if chat_of(text) == TEAMS else f', nor {teams.A_TENANT}'}") from None


def channel_id(text: str) -> str:
    """Returns the id of a channel of any chat. Raises ValueError."""
    return CHATS[TEAMS if ":" in text else SLACK].channel(text)


def user_id(text: str) -> str:
    """Returns the id of a user of any chat. Raises ValueError."""
    return CHATS[chat_of(text)].user(text)


def of_channel(channel_id: str) -> Chat:
    """Returns the chat that has a channel, or a conversation with one user, of this id."""
    return CHATS[TEAMS if ":" in channel_id or "-" in channel_id else SLACK]


def set_again(team_id: str) -> str:
    """Returns the command line that replaces the secret which a chat refuses."""
    secret = "app-password" if chat_of(team_id) == TEAMS else "bot-token"
    return f"webnet-bot workspace set {team_id} --{secret}-prompt"


def trouble(chat: str, given: Mapping[str, object]) -> str:
    """Says in one sentence which fields a workspace of this chat lacks, and which it cannot have; empty if it is whole."""
    of = CHATS[chat]
    lacks = ", ".join(name for name in of.needed if not given.get(name))
    strange = ", ".join(name for name in given if name in OWN and name not in of.fields and given[name])
    said = [f"needs {lacks}"] if lacks else []
    said += [f"has no {strange}"] if strange else []
    return f"A workspace of {of.name} {' and '.join(said)}." if said else ""
