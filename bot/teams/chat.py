"""Teams as `core.chat.Chat`: the port through which deliveries and cards reach it.

A ref is the id of a conversation, a space, and the id of a message in it; of a request that has shown nothing yet the second is empty. Below a
message of a channel the conversation's id has the id of the thread's first message in it, which is how Teams names a thread.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any, Protocol

from bot.core.chat import Place
from bot.core.errors import ChatError
from bot.core.message import Message, sentence
from bot.ids.teams import USER, is_direct
from bot.teams import render
from bot.teams.activities import IN_THREAD
from bot.teams.app_tokens import App
from bot.teams.errors import NO_APP, NO_CONVERSATION, chat_error
from bot.teams.inlines import Element
from bot.teams.post import Connector

log = logging.getLogger(__name__)

_CHANNEL = "@thread.tacv2"  # in the id of a channel, whose messages have threads; those of chats have none
IN_PERSON = (
    "There is an answer that only you may read, and it could not be sent to you: add this app for yourself (Apps, then its name, then Add), "
    "and ask again."
)


class Conversations(Protocol):
    """What Teams has said of where its conversations are, by tenant."""

    def service_url(self, tenant: str, conversation: str) -> str:
        """Returns where the conversation is reached, "" if that is not known."""

    def personal(self, tenant: str, user: str) -> str:
        """Returns the id of the bot's conversation with the user, "" if it has none yet."""

    def keep_personal(self, tenant: str, user: str, conversation: str) -> None:
        """Keeps that id. Raises nothing: it can be had again."""


class TeamsChat:
    """Posts to the store's workspaces, each with its own app. Safe to share between threads.

    Without an app, which is so until this process has read that the workspace is enabled, ChatError's reason is "no_app".
    """

    def __init__(self, connector: Connector, app_of: Callable[[str], App | None], conversations: Conversations) -> None:
        self._connector = connector
        self._app_of = app_of
        self._conversations = conversations

    def post(self, place: Place, message: Message, reply_to: str = "") -> str:
        app = self._app(place)
        conversation = _thread(reply_to or place.thread) or self._conversation(app, place.channel)
        url = self._url(app, conversation)
        posted = self._send(message, lambda made: self._connector.post(app, url, conversation, made))
        return f"{conversation} {posted}"

    def update(self, place: Place, ref: str, message: Message, *, last: bool) -> str:  # noqa: ARG002  # all are shown
        conversation, number = _split(ref)
        if not number:
            return self.post(Place(place.workspace, conversation), message)
        app = self._app(place)
        url = self._url(app, conversation)
        self._send(message, lambda made: self._connector.change(app, url, conversation, number, made))
        return ref

    def has_thread(self, place: Place, ref: str) -> bool:  # noqa: ARG002  # the ref says it
        conversation, number = _split(ref)
        return bool(number) and _CHANNEL in conversation

    def whisper(self, place: Place, caller: str, message: Message) -> None:
        self.in_person(place, caller, message)

    def in_person(self, place: Place, caller: str, message: Message) -> str:
        """Posts a personal message, since no message of a channel is for one reader alone, and returns its ref. Where Teams refuses that, a
        sentence that says nothing of the message stands at the place, and the ref is empty."""
        try:
            return self.post(Place(place.workspace, place.channel if is_direct(place.channel) else caller), message)
        except ChatError as error:
            if error.kind != "permanent" or is_direct(place.channel):
                raise
            log.info("a personal message was refused: %s", error.words)
        self.post(place, sentence(IN_PERSON))
        return ""

    def typing(self, place: Place) -> None:
        """Shows that the bot works on something, which Teams shows for some seconds, and in no channel. Raises ChatError."""
        if _CHANNEL not in place.channel:
            app = self._app(place)
            self._connector.post(app, self._url(app, place.channel), place.channel, {"type": "typing"})

    def fits(self, place: Place, message: Message) -> bool:  # noqa: ARG002  # everywhere alike
        return render.fits(message)

    def _app(self, place: Place) -> App:
        app = self._app_of(place.workspace)
        if app is None:
            raise chat_error(f"The workspace {place.workspace} is not enabled.", NO_APP)
        return app

    def _conversation(self, app: App, channel: str) -> str:
        if not re.fullmatch(USER, channel):
            return channel
        if known := self._conversations.personal(app.tenant, channel):
            return known
        opened = self._connector.open(app, self._url(app, ""), channel)
        self._conversations.keep_personal(app.tenant, channel, opened)
        return opened

    def _url(self, app: App, conversation: str) -> str:
        url = self._conversations.service_url(app.tenant, conversation.partition(IN_THREAD)[0])
        if not url:
            raise chat_error("Teams has not said yet where this conversation is.", NO_CONVERSATION)
        return url

    def _send(self, message: Message, send: Callable[[Element], Any]) -> Any:
        try:
            return send(render.activity(message))
        except ChatError as error:
            if message.whole or error.kind != "content":
                raise
            log.warning("a message is sent without its card: %s", error.words)
        return send(render.plain_activity(message))


def _split(ref: str) -> tuple[str, str]:
    conversation, _, number = ref.partition(" ")
    return conversation, number


def _thread(ref: str) -> str:
    """Returns the conversation in which a reply to the message of this ref stands, "" without a ref."""
    conversation, number = _split(ref)
    if not number or IN_THREAD in conversation or _CHANNEL not in conversation:
        return conversation
    return f"{conversation}{IN_THREAD}{number}"
