"""Answers in a modal. It is opened while the click's trigger is fresh, which is three seconds, and filled when the answer is
there. What is in a modal is seen by one person only."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from bot.core.commands import CommandRequest
from bot.core.dispatch import Answer
from bot.core.errors import ChatError
from bot.core.message import Message, page_of, sentence
from bot.core.text import cut
from bot.slack.errors import NO_ANSWER, chat_error
from bot.slack.render import payload
from bot.slack.spans import NOTHING, plain_text, shown
from bot.slack.thread import Threads
from bot.slack.web_api import Chat, ResponseUrl

log = logging.getLogger(__name__)

MAX_TITLE = 24
LOADING = "Loading…"


class Reply(Protocol):
    """Where the answer to one request goes. Raises ChatError."""

    def __call__(self, answer: Answer) -> None: ...

    @property
    def answered(self) -> bool:
        """There is an answer, or will be none: nobody has to be told that it takes longer. May be late by a moment."""

    def working(self, words: str) -> None:
        """Says that it takes longer, unless the answer is on its way."""

    def drop(self) -> None:
        """There will be no answer."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the first click was: in a modal Slack does not tell it any more."""

    channel: str = ""
    channel_name: str = ""

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Place | None:
        """Where this click belongs to if it was in a modal of ours."""
        view = body.get("view")
        if not isinstance(view, dict):
            return None
        try:
            channel, name = json.loads(view.get("private_metadata") or "")
        except (TypeError, ValueError):
            return cls()
        return cls(str(channel), str(name))

    @property
    def metadata(self) -> str:
        return json.dumps([self.channel[:255], self.channel_name[:255]])


class Modal:
    """The answer to one request, in a modal that is open already: page `page` of its detail."""

    def __init__(self, chat: Chat, token: str, view_id: str, place: Place, command: str, page: int) -> None:
        self._chat = chat
        self._token = token
        self._view_id = view_id
        self._place = place
        self._command = command
        self._page = page

    answered = True  # it says from the beginning that it takes longer

    def working(self, words: str) -> None:
        """It does."""

    def drop(self) -> None:
        """The request that came first fills it."""

    def __call__(self, answer: Answer) -> None:
        view = view_of(page_of(answer.message, self._page, self._command), self._place)
        self._chat.call("views.update", self._token, view_id=self._view_id, view=view)


class Modals:
    """`bot_token_of(team)` reads a cache."""

    def __init__(self, chat: Chat, bot_token_of: Callable[[str], str | None], threads: Threads) -> None:
        self._chat = chat
        self._bot_token_of = bot_token_of
        self._threads = threads

    def reply(self, body: Mapping[str, Any], request: CommandRequest, page: int, otherwise: ResponseUrl) -> Reply:
        """Where the answer to this click goes: the modal it was in, else one that is opened now, which is a call to Slack."""
        token = self._bot_token_of(request.team_id)
        if token is None:
            return otherwise  # of an unknown or disabled workspace: it is refused by response_url, if that works
        place = Place.of(body)
        if place is not None:
            return Modal(self._chat, token, str(body["view"].get("id")), place, request.text, page)
        place = Place(request.channel, request.channel_name)
        try:
            opened = open_modal(self._chat, token, str(body.get("trigger_id")), place)
        except ChatError as error:
            log.info("no modal was opened, the answer goes into the thread: %s", error.words)
            return self._threads.reply(body, request, otherwise, partial(page_of, number=page, command=request.text))
        return Modal(self._chat, token, opened, place, request.text, page)


def open_modal(chat: Chat, token: str, trigger_id: str, place: Place) -> str:
    """Its id. Raises ChatError."""
    view = view_of(sentence(LOADING), place)
    body = chat.call("views.open", token, trigger_id=trigger_id, view=view)
    opened = body.get("view")
    view_id = opened.get("id") if isinstance(opened, dict) else None
    if not isinstance(view_id, str):
        raise chat_error("Slack opened a modal without an id.", NO_ANSWER)
    return view_id


def view_of(message: Message, place: Place) -> dict[str, Any]:
    """Slack's view; a message's limits are narrower than a modal's but for the title, which stands whole below."""
    title = shown(message.title).replace("\n", " ").strip() or "WebNet"
    blocks = payload(message)["blocks"]
    if len(title) <= MAX_TITLE and blocks[0]["type"] == "header":
        blocks = blocks[1:] or blocks
    return {
        "type": "modal",
        "title": plain_text(cut(title, MAX_TITLE) or NOTHING),
        "close": plain_text("Close"),
        "private_metadata": place.metadata,
        "blocks": blocks,
    }
