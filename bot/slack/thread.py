"""Answers in the thread of the message that was clicked."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.core.commands import CommandRequest
from bot.core.dispatch import Answer
from bot.core.errors import ChatError
from bot.core.message import Message
from bot.slack.render import payload
from bot.slack.web_api import NO_UNFURL, Chat, ResponseUrl

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Thread:
    """`ts` is empty for a message that can have no thread, since it is seen by one person only. `begun`: it has replies.
    Slack takes what is for one person only into a thread that has none, and shows it to nobody."""

    channel: str
    user: str
    ts: str
    begun: bool

    @classmethod
    def of(cls, body: Mapping[str, Any], channel: str, user: str) -> Thread:
        container, message = body.get("container") or {}, body.get("message") or {}
        ts = "" if container.get("is_ephemeral") else container.get("thread_ts") or container.get("message_ts")
        return cls(channel, user, str(ts or ""), begun=bool(container.get("thread_ts") or message.get("thread_ts")))

    def shows(self, *, ephemeral: bool) -> bool:
        return bool(self.ts) and (self.begun or not ephemeral)


def _as_it_is(message: Message) -> Message:
    return message


class InThread:
    """The answer to one click there, or, where the thread would not show it, by the response_url below the message.
    `shown` makes of the answer's message what is sent."""

    def __init__(
        self,
        chat: Chat,
        token: str,
        reply: ResponseUrl,
        where: Thread,
        shown: Callable[[Message], Message],
    ) -> None:
        self._chat = chat
        self._token = token
        self._reply = reply
        self._where = where
        self._shown = shown

    @property
    def answered(self) -> bool:
        return self._reply.answered

    def working(self, words: str) -> None:
        self._reply.working(words)

    def drop(self) -> None:
        self._reply.drop()

    def __call__(self, answer: Answer) -> None:
        answer = replace(answer, message=self._shown(answer.message))
        if not self._posted(answer):
            self._reply(answer)

    def _posted(self, answer: Answer) -> bool:
        where = self._where
        if not where.shows(ephemeral=answer.ephemeral):
            return False
        self._reply.drop()
        reader = {"user": where.user} if answer.ephemeral else {}
        try:
            self._chat.call(
                "chat.postEphemeral" if answer.ephemeral else "chat.postMessage",
                self._token,
                channel=where.channel,
                thread_ts=where.ts,
                **reader,
                **payload(answer.message),
                **NO_UNFURL,
            )
        except ChatError as error:
            log.info("an answer does not go into the thread: %s", error.words)
            return False
        return True


class Threads:
    """`bot_token_of(team)` reads a cache."""

    def __init__(self, chat: Chat, bot_token_of: Callable[[str], str | None]) -> None:
        self._chat = chat
        self._bot_token_of = bot_token_of

    def reply(
        self,
        body: Mapping[str, Any],
        request: CommandRequest,
        otherwise: ResponseUrl,
        shown: Callable[[Message], Message] = _as_it_is,
    ) -> InThread | ResponseUrl:
        """Where the answer to this click goes."""
        token = self._bot_token_of(request.team_id)
        if token is None:
            return otherwise  # of an unknown or disabled workspace: it is refused by response_url, if that works
        where = Thread.of(body, request.channel, request.slack_user)
        return InThread(self._chat, token, otherwise, where, shown)
