"""The workspaces as their members see them: teams, members, channels and the messages in them.

Everything here is guarded by `World.changed` (a re-entrant condition): the server's thread writes, tests read and wait.
"""

from __future__ import annotations

import copy
import random
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from lab.slack.causes import Causes
from lab.slack.inside import flat, own_elements

if TYPE_CHECKING:
    from lab.slack.interactions import Interaction

Json = dict[str, Any]
GRANTED_SCOPES = ("chat:write", "chat:write.public", "commands")
KEEP = 50_000


def keep_newest(kept: list[Any], most: int) -> None:
    """Drops the oldest, a tenth at a time, so that it costs little."""
    if len(kept) > most + most // 10:
        del kept[: len(kept) - most]


@dataclass
class App:
    """One Slack app; its app-level token opens sockets for every team it is installed in."""

    id: str
    token: str
    signing_secret: str


@dataclass(frozen=True)
class Member:
    """`title` is what the page shows beside the name, such as the member's role in WebNet. `home` is the workspace of a guest,
    who is here through a shared channel alone."""

    id: str
    name: str
    real_name: str
    title: str = ""
    home: str = ""


@dataclass
class Channel:
    id: str
    team: str
    name: str
    kind: Literal["public", "private", "im"]
    members: set[str]
    bot_member: bool = True
    archived: bool = False
    messages: list[Message] = field(default_factory=list)

    @property
    def spoken_name(self) -> str:
        """The name that Slack puts into `channel_name` of a payload."""
        return {"public": self.name, "private": "privategroup", "im": "directmessage"}[self.kind]


@dataclass
class Team:
    """`enterprise` is the organization for which the app is installed as a whole, empty where each workspace has it by itself.
    `unknown_blocks` are types that this workspace does not know yet, as before Slack brings them to it."""

    id: str
    name: str
    app: App
    bot_token: str
    bot_user_id: str = "U0BOT"
    bot_id: str = "B0BOT"
    enterprise: str = ""
    unknown_blocks: set[str] = field(default_factory=set)
    members: dict[str, Member] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)

    @property
    def domain(self) -> str:
        return self.name.lower().replace(" ", "-")

    def has(self, user: str) -> bool:
        return any(user.lower() in (member.id.lower(), member.name) for member in self.members.values())

    def member(self, user: str) -> Member:
        """Finds a member by id or name; raises ValueError for a stranger."""
        for member in self.members.values():
            if user.lower() in (member.id.lower(), member.name):
                return member
        raise ValueError(f"{user} is not a member of {self.id}; there are {', '.join(self.members)}.")


@dataclass
class Grant:
    """The rights of a token. `error` is what Slack answers instead, such as `token_revoked`."""

    name: str
    app: App
    team: Team | None
    scopes: tuple[str, ...]
    error: str | None = None


@dataclass(frozen=True)
class Revision:
    text: str
    blocks: list[Json]
    via: str


@dataclass(eq=False)
class Message:
    """`via` is the call that made it: a Web API method, `response_url`, `ack`, or `typed` for what a member wrote."""

    ts: str
    team: str
    channel: str
    author: str
    text: str
    blocks: list[Json]
    via: str
    ephemeral_to: str | None = None
    thread_ts: str | None = None
    replies: int = 0
    edited: bool = False
    deleted: bool = False
    history: list[Revision] = field(default_factory=list)
    cause: Interaction | None = field(default=None, repr=False)

    def seen_by(self, user: str | None) -> bool:
        return not self.deleted and self.ephemeral_to in (None, user)

    def snapshot(self) -> Message:
        return replace(self, history=list(self.history))

    def payload(self, bot_id: str, app_id: str) -> Json:
        """Returns the message as Slack shows it to the app: in an interaction, and in the response of chat.postMessage."""
        shape: Json = {"type": "message", "user": self.author, "ts": self.ts, "text": self.text, "team": self.team}
        shape["blocks"] = self.blocks
        if self.via != "typed":
            shape |= {"bot_id": bot_id, "app_id": app_id}
        if self.thread_ts:
            shape["thread_ts"] = self.thread_ts
        elif self.replies:
            shape |= {"thread_ts": self.ts, "reply_count": self.replies}
        if self.edited:
            shape["edited"] = {"user": bot_id, "ts": self.ts}
        return shape


class World:
    """Teams, tokens and messages. `clock_skew_s` moves Slack's clock: dates, signatures, and what expires. Of each channel
    about `keep` messages are kept, the newest; older ones are gone as if they had been deleted long ago."""

    def __init__(self, seed: int = 1, keep: int = KEEP) -> None:
        self.keep = keep
        self.changed = threading.Condition(threading.RLock())
        self.random = random.Random(seed)
        self.clock_skew_s = 0.0
        self.edit_window_s: float | None = None  # how long a message can be changed; None: for ever
        self.apps: dict[str, App] = {}
        self.teams: dict[str, Team] = {}
        self.grants: dict[str, Grant] = {}
        self.watchers: list[Callable[[Message], None]] = []
        self.listeners: list[Callable[[str, Any], None]] = []
        self.causes = Causes()
        self._last_ts_us = 0
        self._serial = 0

    def now(self) -> float:
        return time.time() + self.clock_skew_s

    def serial(self) -> int:
        with self.changed:
            self._serial += 1
            return self._serial

    def new_ts(self) -> str:
        """Slack's timestamps are message ids, too: never the same twice."""
        with self.changed:
            self._last_ts_us = max(self._last_ts_us + 1, int(self.now() * 1_000_000))
            return f"{self._last_ts_us // 1_000_000}.{self._last_ts_us % 1_000_000:06d}"

    # People and places

    def add_app(self, app_id: str, token: str, signing_secret: str) -> App:
        app = self.apps[app_id] = App(app_id, token, signing_secret)
        self.grants[token] = Grant(f"app token of {app_id}", app, None, ("connections:write",))
        return app

    def add_team(self, team_id: str, name: str, bot_token: str, app: App, members: Iterable[Member]) -> Team:
        team = self.teams[team_id] = Team(team_id, name, app, bot_token)
        self.grants[bot_token] = Grant(f"bot token of {team_id}", app, team, GRANTED_SCOPES)
        for member in members:
            team.members[member.id] = member
            dm = f"D0{member.id.removeprefix('U0')}"
            team.channels[dm] = Channel(dm, team_id, dm, "im", {member.id})
        return team

    def add_channel(
        self,
        team: Team,
        channel_id: str,
        name: str,
        *,
        private: bool = False,
        bot_member: bool = True,
        members: Iterable[str] | None = None,
    ) -> Channel:
        kind: Literal["public", "private"] = "private" if private else "public"
        everyone = set(team.members) if members is None else set(members)
        channel = Channel(channel_id, team.id, name, kind, everyone, bot_member)
        team.channels[channel_id] = channel
        return channel

    def place(self, user: str, channel: str, team_id: str | None = None) -> tuple[Team, Member, Channel]:
        """Finds the team, member and channel of an act; `user` is an id or a name. Raises ValueError with a sentence to show."""
        teams = [self.teams[team_id]] if team_id else [t for t in self.teams.values() if channel in t.channels]
        if not teams:
            raise ValueError(f"There is no channel {channel}.")
        team = next((t for t in teams if t.has(user)), teams[0])
        member, here = team.member(user), team.channels.get(channel)
        if here is None or member.id not in here.members:
            raise ValueError(f"{member.id} is not a member of {channel}.")
        return team, member, here

    # Messages

    def post(self, channel: Channel, author: str, text: str, blocks: list[Json], via: str, **more: Any) -> Message:
        with self.changed:
            blocks = self.with_ids(blocks)
            message = Message(self.new_ts(), channel.team, channel.id, author, text, blocks, via, **more)
            channel.messages.append(message)
            keep_newest(channel.messages, self.keep)
            if message.thread_ts and not message.ephemeral_to and (head := self.find(channel, message.thread_ts)):
                head.replies += 1
            if message.cause and via != "typed":
                message.cause.appeared.append(message)
            self._publish(message)
            return message

    def edit(self, message: Message, text: str, blocks: list[Json], via: str, cause: Interaction | None = None) -> None:
        """`cause` is the click that led to this; the message counts among its replies, too."""
        with self.changed:
            if cause and message not in cause.appeared:
                cause.appeared.append(message)
            message.history.append(Revision(message.text, message.blocks, message.via))
            message.text, message.blocks, message.via, message.edited = text, self.with_ids(blocks), via, True
            self._publish(message)

    def delete(self, message: Message) -> None:
        with self.changed:
            message.deleted = True
            self._publish(message)

    def find(self, channel: Channel, ts: str) -> Message | None:
        """Searches the newest messages first: those that are updated or clicked are nearly always recent."""
        return next((m for m in reversed(channel.messages) if m.ts == ts and not m.deleted), None)

    def with_ids(self, blocks: list[Json]) -> list[Json]:
        """Slack names the blocks and elements that the app left without an id."""
        named = copy.deepcopy(blocks)
        for block in flat(named):
            block.setdefault("block_id", self.token(5))
            for element in own_elements(block):
                element.setdefault("action_id", self.token(5))
        return named

    def token(self, length: int) -> str:
        with self.changed:
            return "".join(self.random.choices("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789", k=length))

    def news(self, kind: str, thing: Any) -> None:
        """Notifies the listeners; `kind` is message, interaction, call, refused, views, home or sockets."""
        for listener in self.listeners:
            listener(kind, thing)

    def wake(self) -> None:
        """Wakes whoever waits for something other than a message."""
        with self.changed:
            self.changed.notify_all()

    def _publish(self, message: Message) -> None:
        for watcher in self.watchers:
            watcher(message)
        self.news("message", message)
        self.changed.notify_all()
