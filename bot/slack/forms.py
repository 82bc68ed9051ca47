"""Opens the form of a command, and makes a request of what was filled in.

A modal knows neither its channel nor a response_url, so both are kept sealed, with the line so far.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import tzinfo
from typing import Any

from bot.core.cards import CardOpener
from bot.core.chat import Chat, Place
from bot.core.commands import CommandRequest, Registry, Workspace
from bot.core.errors import ChatError
from bot.core.forms import Form, fields_of, filled
from bot.core.pipeline import Answer
from bot.ids.slack import is_direct
from bot.kept_forms import KeptForms
from bot.slack.form_view import blocks_of, command_of, texts_of, view_of
from bot.slack.refused_blocks import SIMPLE, SimpleBlocks
from bot.slack.response_url import ResponseUrl, UrlRef
from bot.slack.web_api import WebApi
from store.errors import StoreError
from store.sealed_texts import SealedTexts

log = logging.getLogger(__name__)

FRESH_S = 2.5  # Slack's triggers are good for three seconds


@dataclass(frozen=True, slots=True)
class Trigger:
    """What a form can be opened with: a trigger of Slack's, `push` if it came from within a modal. `reply` is the response_url that
    came along; `clicked`, it belongs to the message of a button."""

    id: str
    reply: ResponseUrl
    clicked: bool = False
    push: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """What is kept of an open form: where it was opened, how its answer can be sent, and the line so far."""

    channel: str
    channel_name: str
    line: str
    url: str
    at: float
    uses: int
    clicked: bool


class DirectReply:
    """Answers by a response_url, and as a direct message where there is none or that fails. A card is stored before it is shown."""

    def __init__(
        self, chat: Chat, request: CommandRequest, cards: CardOpener | None, reply: ResponseUrl | None = None
    ) -> None:
        self._chat = chat
        self._request = request
        self._cards = cards
        self._reply = reply

    @property
    def answered(self) -> bool:
        return self._reply is None or self._reply.answered

    def working(self, words: str) -> None:
        if self._reply is not None:
            self._reply.working(words)

    def drop(self) -> None:
        if self._reply is not None:
            self._reply.drop()

    def __call__(self, answer: Answer) -> None:
        if self._reply is not None:
            try:
                self._reply(answer)
            except ChatError as error:
                log.info("an answer goes to its requester in person: %s", error.words)
            else:
                return
        self._post(answer)

    def _post(self, answer: Answer) -> None:
        request, card = self._request, answer.message.card
        new = self._cards.open(card, request, ephemeral=answer.ephemeral, ref="") if self._cards and card else None
        try:
            ref = self._chat.post(Place(request.place.workspace, request.chat_user), answer.message)
        except ChatError:
            if new is not None:
                new.dropped()
            raise
        if new is not None:
            new.shown(ref if request.direct else "")


class Forms:
    """`workspace_of(team)` and `token_of(team)` read a cache; moments in forms are in `zone`."""

    def __init__(
        self,
        api: WebApi,
        chat: Chat,
        kept: SealedTexts,
        registry: Registry,
        workspace_of: Callable[[str], Workspace | None],
        token_of: Callable[[str], str | None],
        prompt: str,
        zone: tzinfo,
        cards: CardOpener | None = None,
        blocks: SimpleBlocks = SIMPLE,
    ) -> None:
        self._api = api
        self._chat = chat
        self._kept = KeptForms(kept, registry, workspace_of, prompt, zone)
        self._registry = registry
        self._workspace_of = workspace_of
        self._token_of = token_of
        self._zone = zone
        self._cards = cards
        self._blocks = blocks

    def open(self, request: CommandRequest, form: Form, trigger: Trigger) -> bool:
        """Opens the form for whoever made the request. False if that is not possible any more."""
        workspace, token = self._workspace_of(request.place.workspace), self._token_of(request.place.workspace)
        if workspace is None or token is None or not trigger.id or time.monotonic() - request.asked > FRESH_S:
            return False
        used = trigger.reply.used
        opened = Opened(
            request.place.channel, request.channel_name, form.line, used.url, used.at, used.uses, trigger.clicked
        )
        method = "views.push" if trigger.push else "views.open"
        try:
            shown = self._kept.unsealed(form, workspace, request.chat_user)
            metadata = self._kept.keep(workspace, request.chat_user, asdict(opened))
            view = view_of(shown, metadata, self._zone)
            self._api.call(method, token, trigger_id=trigger.id, view=view)
        except (ChatError, StoreError) as error:
            log.info("no form was opened: %s", error.words)
            return False
        return True

    def wrong(self, view: Mapping[str, Any]) -> dict[str, str]:
        """Returns what is wrong with what was filled in, by the block that shows it. Looks nothing up."""
        command = self._registry.get(command_of(view))
        errors = filled(command, texts_of(view), self._zone).errors if command else {}
        shown = blocks_of(view)
        return {block: words for block, words in errors.items() if block in shown}

    def above(self, view: Mapping[str, Any], words: str) -> dict[str, str]:
        """Returns what shows a sentence in the form: below its first field."""
        command, shown = self._registry.get(command_of(view)), blocks_of(view)
        names = (field.name for field in fields_of(command, {})) if command else ()
        return {name: words for name in list(names)[:1] if name in shown}

    def submitted(self, view: Mapping[str, Any], request: CommandRequest) -> tuple[CommandRequest, DirectReply]:
        """Makes the request of a form that was filled in, and says where its answer goes; the form is used up then.

        `request` says who sent it, in which workspace. Raises Refused, Passed or UsageError where it is not to be run, and StoreError.
        """
        metadata = str(view.get("private_metadata") or "")
        kept = self._kept.find(metadata, request, command_of(view))
        opened = Opened(**json.loads(kept.text))
        line = self._kept.line(metadata, kept, opened.line, texts_of(view))
        request = replace(
            request,
            place=Place(request.place.workspace, opened.channel or request.chat_user),
            text=line,
            channel_name=opened.channel_name,
            direct=not opened.channel or is_direct(opened.channel),
        )
        return request, DirectReply(self._chat, request, self._cards, self._reply(opened, request))

    def _reply(self, opened: Opened, request: CommandRequest) -> ResponseUrl | None:
        ref = UrlRef(opened.url, opened.at, ephemeral=True, uses=opened.uses)
        if not ref.left(time.time()):
            return None
        return ResponseUrl(
            self._api,
            self._chat,
            ref.url,
            request,
            clicked=opened.clicked,
            cards=self._cards,
            blocks=self._blocks,
            before=ref,
        )
