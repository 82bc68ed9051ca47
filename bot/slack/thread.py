"""Answers to a click, in the thread of the message that holds the button."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.core.chat import Chat, Place
from bot.core.commands import CommandRequest
from bot.core.errors import ChatError
from bot.core.message import Message
from bot.core.pipeline import Answer
from bot.slack.response_url import ResponseUrl

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Thread:
    """`ts` is empty for a message that can have no thread, since one user alone sees it. `begun`: it has replies.
    Slack accepts an ephemeral message into a thread without replies, and shows it to nobody."""

    ts: str
    begun: bool

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Thread:
        container, message = body.get("container") or {}, body.get("message") or {}
        ts = "" if container.get("is_ephemeral") else container.get("thread_ts") or container.get("message_ts")
        return cls(str(ts or ""), begun=bool(container.get("thread_ts") or message.get("thread_ts")))

    def shows(self, *, ephemeral: bool) -> bool:
        return bool(self.ts) and (self.begun or not ephemeral)


def _as_it_is(message: Message) -> Message:
    return message


class InThread:
    """Sends the answer to one click into the thread, or, where the thread would not show it, by the response_url below the
    message. `shown` makes of the answer's message what is sent."""

    def __init__(
        self,
        chat: Chat,
        request: CommandRequest,
        thread: Thread,
        reply: ResponseUrl,
        shown: Callable[[Message], Message],
    ) -> None:
        self._chat = chat
        self._place = Place(request.place.workspace, request.place.channel, thread.ts)
        self._caller = request.chat_user
        self._thread = thread
        self._reply = reply
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
        if not self._thread.shows(ephemeral=answer.ephemeral) or answer.message.card is not None:
            return False  # a card is kept up to date where it is a message of its own
        self._reply.drop()
        try:
            if answer.ephemeral:
                self._chat.whisper(self._place, self._caller, answer.message)
            else:
                self._chat.post(self._place, answer.message)
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
        """Returns where the answer to this click goes."""
        if self._bot_token_of(request.place.workspace) is None:
            return otherwise  # of an unknown or disabled workspace: it is refused by response_url, if that works
        return InThread(self._chat, request, Thread.of(body), otherwise, shown)
