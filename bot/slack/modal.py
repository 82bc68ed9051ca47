"""Answers in a modal, which one user alone sees. It is opened while the click's trigger is fresh, which is three seconds, and
filled when the answer is there."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from bot.core.commands import CommandRequest
from bot.core.detail_pages import page_of
from bot.core.errors import ChatError
from bot.core.message import Alert, Message, Text, sentence
from bot.core.pipeline import Answer
from bot.core.shown import shown
from bot.core.text import cut
from bot.slack.errors import NO_ANSWER, chat_error
from bot.slack.newest_blocks import IN_MODALS
from bot.slack.refused_blocks import SIMPLE, Content, SimpleBlocks
from bot.slack.render import payload
from bot.slack.response_url import REFUSED, ResponseUrl
from bot.slack.shapes import word
from bot.slack.spans import NOTHING, Block, plain_text
from bot.slack.thread import Threads
from bot.slack.web_api import WebApi

log = logging.getLogger(__name__)

MAX_TITLE = 24
LOADING = "Loading…"


class Reply(Protocol):
    """Where the answer to one request goes."""

    def __call__(self, answer: Answer) -> None:
        """Shows the answer. Raises ChatError."""

    @property
    def answered(self) -> bool:
        """True once there is an answer or will be none, so that "Working…" is not needed. May be late by a moment."""

    def working(self, words: str) -> None:
        """Shows that it takes longer, unless the answer is on its way."""

    def drop(self) -> None:
        """There will be no answer."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Says where the first click was: for a click in a modal Slack no longer does. It travels in the modal's metadata. What is
    clicked in a `home` is answered in the direct conversation with its user."""

    channel: str = ""
    channel_name: str = ""
    home: bool = False

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Origin | None:
        """Returns where the modal came from if this click was in one of ours, or that it was in a home, else None."""
        view = body.get("view")
        if not isinstance(view, dict):
            return None
        if view.get("type") == "home":
            return cls(word(body.get("user"), "id"), home=True)
        try:
            channel, name = json.loads(view.get("private_metadata") or "")
        except (TypeError, ValueError, RecursionError):
            return cls()
        return cls(str(channel), str(name))

    @property
    def metadata(self) -> str:
        return json.dumps([self.channel[:255], self.channel_name[:255]])


class Modal:
    """Shows the answer to one request in a modal that is open already: page `page` of its detail."""

    def __init__(
        self,
        api: WebApi,
        team: str,
        token: str,
        view_id: str,
        origin: Origin,
        command: str,
        page: int,
        blocks: SimpleBlocks,
    ) -> None:
        self._api = api
        self._team = team
        self._blocks = blocks
        self._token = token
        self._view_id = view_id
        self._origin = origin
        self._command = command
        self._page = page

    answered = True  # the modal says "Loading…" from the beginning

    def working(self, words: str) -> None:
        """Does nothing: the modal says so already."""

    def drop(self) -> None:
        """Does nothing: the request that came first fills the modal."""

    def __call__(self, answer: Answer) -> None:
        """Where Slack refuses the answer the modal holds its summary, at last a sentence that says so."""
        page = page_of(answer.message if answer.ok else _alerting(answer.message), self._page, self._command)
        for message in (page, sentence(page.summary)):
            try:
                self._update(message)
            except ChatError as error:
                if error.kind != "content":
                    raise
                log.warning("a modal shows less: %s", error.words)
            else:
                return
        self._update(sentence(REFUSED))

    def _update(self, message: Message) -> None:
        def send(content: Content) -> None:
            view = view_of(message, self._origin, content["blocks"])
            self._api.call("views.update", self._token, view_id=self._view_id, view=view)

        self._blocks.send(self._team, message, IN_MODALS, send)


class Modals:
    """`bot_token_of(team)` reads a cache."""

    def __init__(
        self,
        api: WebApi,
        bot_token_of: Callable[[str], str | None],
        threads: Threads,
        blocks: SimpleBlocks = SIMPLE,
    ) -> None:
        self._api = api
        self._blocks = blocks
        self._bot_token_of = bot_token_of
        self._threads = threads

    def reply(self, body: Mapping[str, Any], request: CommandRequest, page: int, otherwise: Reply) -> Reply:
        """Returns where the answer to this click goes: the modal it was in, else one that is opened now by a call to Slack."""
        token = self._bot_token_of(request.place.workspace)
        if token is None:
            return otherwise  # of an unknown or disabled workspace: it is refused by response_url, if that works
        team, origin = request.place.workspace, Origin.of(body)
        if origin is not None and not origin.home:
            view_id = str(body["view"].get("id"))
            return Modal(self._api, team, token, view_id, origin, request.text, page, self._blocks)
        origin = Origin(request.place.channel, request.channel_name)
        try:
            opened = open_modal(self._api, token, str(body.get("trigger_id")), origin)
        except ChatError as error:
            log.info("no modal was opened, the answer goes elsewhere: %s", error.words)
            if not isinstance(otherwise, ResponseUrl):
                return otherwise
            return self._threads.reply(body, request, otherwise, partial(page_of, number=page, command=request.text))
        return Modal(self._api, team, token, opened, origin, request.text, page, self._blocks)


def open_modal(api: WebApi, token: str, trigger_id: str, origin: Origin) -> str:
    """Opens a modal and returns its id. Raises ChatError."""
    view = view_of(sentence(LOADING), origin)
    body = api.call("views.open", token, trigger_id=trigger_id, view=view)
    opened = body.get("view")
    view_id = opened.get("id") if isinstance(opened, dict) else None
    if not isinstance(view_id, str):
        raise chat_error("Slack opened a modal without an id.", NO_ANSWER)
    return view_id


def view_of(message: Message, origin: Origin, blocks: list[Block] | None = None) -> dict[str, Any]:
    """Returns Slack's view of a message, made of these blocks, or of simple ones. A message's limits are narrower than a modal's but
    for the title, which is cut at the top and stands whole below."""
    blocks = blocks or payload(message)["blocks"]
    title = shown(message.title).replace("\n", " ").strip() or "WebNet"
    if len(title) <= MAX_TITLE and blocks[0]["type"] == "header":
        blocks = blocks[1:] or blocks
    return {
        "type": "modal",
        "title": plain_text(cut(title, MAX_TITLE) or NOTHING),
        "close": plain_text("Close"),
        "private_metadata": origin.metadata,
        "blocks": blocks,
    }


def _alerting(message: Message) -> Message:
    """Makes the sentence stand out that says why nothing was done."""
    match message.parts:
        case (Text((line,)), *rest):
            return replace(message, parts=(Alert("error", line), *rest))
        case _:
            return message
