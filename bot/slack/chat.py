"""Slack as `core.chat.Chat`: the port through which deliveries and cards reach it. A ref is a bare `ts`, or a `UrlRef`'s text; that of
a message to a user begins with the id of the conversation, without which Slack changes no such message."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.core.chat import Place
from bot.core.errors import ChatError
from bot.core.message import Message
from bot.slack import render, response_url
from bot.slack.errors import NO_TOKEN, chat_error
from bot.slack.newest_blocks import IN_MESSAGES, NONE
from bot.slack.refused_blocks import SIMPLE, Content, SimpleBlocks
from bot.slack.response_url import UrlRef
from bot.slack.web_api import NO_UNFURL, WebApi

log = logging.getLogger(__name__)

_OF = ":"  # between the id of a conversation and a `ts`


class SlackChat:
    """Posts to the store's workspaces, each with its own token. Safe to share between threads.

    Without a token, which is so until this process has read that the workspace is enabled, ChatError's reason is "no_token".
    """

    def __init__(
        self,
        api: WebApi,
        token_of: Callable[[str], str | None],
        now: Callable[[], float] = time.time,
        blocks: SimpleBlocks = SIMPLE,
    ) -> None:
        self._api = api
        self._blocks = blocks
        self._token_of = token_of
        self._now = now

    def post(self, place: Place, message: Message, reply_to: str = "") -> str:
        """Posts to the channel, or a reply: that goes into the thread, else by the response_url while it is valid."""
        shown = UrlRef.read(reply_to)
        if shown is None or shown.ts:
            try:
                return self._post(place, message, _split(shown.ts if shown else reply_to)[1] or place.thread)
            except ChatError as error:
                if shown is None or error.may_pass or not shown.left(self._now()):
                    raise
        return self._show(place, shown, message, instead=False).text

    def update(self, place: Place, ref: str, message: Message, *, last: bool) -> str:
        shown = UrlRef.read(ref)
        channel, ts = _split(shown.ts if shown else ref)
        if ts:
            self._call("chat.update", replace(place, channel=channel or place.channel), message, ts=ts)
            return ref
        assert shown is not None
        if not shown.uses:
            return self._first(place, shown, message).text
        if shown.may_replace(self._now(), last=last):
            return self._show(place, shown, message, instead=True).text
        return ref

    def has_thread(self, place: Place, ref: str) -> bool:  # noqa: ARG002  # the ref says it
        shown = UrlRef.read(ref)
        return bool(_split(shown.ts if shown else ref)[1])

    def whisper(self, place: Place, caller: str, message: Message) -> None:
        """Posts an ephemeral message. Slack accepts one into a thread that has no replies yet, and then shows it to nobody."""
        thread = {"thread_ts": place.thread} if place.thread else {}
        self._call("chat.postEphemeral", place, message, user=caller, **thread, **NO_UNFURL)

    def fits(self, place: Place, message: Message) -> bool:  # noqa: ARG002  # everywhere alike
        return render.fits(message)

    def _first(self, place: Place, shown: UrlRef, message: Message) -> UrlRef:
        """Answers a request whose process was killed before it showed anything, or before that was stored."""
        if not shown.ephemeral:
            try:
                return replace(shown, ts=self._post(place, message))
            except ChatError as error:
                if error.may_pass:
                    raise
        if not shown.left(self._now()):
            return shown
        return self._show(place, shown, message, instead=False)

    def _show(self, place: Place, shown: UrlRef, message: Message, *, instead: bool) -> UrlRef:
        return response_url.show(self._api, shown, place.workspace, message, self._blocks, self._now(), instead=instead)

    def _post(self, place: Place, message: Message, thread_ts: str = "") -> str:
        thread = {"thread_ts": thread_ts} if thread_ts else {}
        posted = self._call("chat.postMessage", place, message, **thread, **NO_UNFURL)
        ts, channel = str(posted.get("ts", "")), str(posted.get("channel") or place.channel)
        return ts if channel == place.channel else f"{channel}{_OF}{ts}"

    def _call(self, method: str, place: Place, message: Message, **arguments: object) -> Any:
        token = self._token_of(place.workspace)
        if token is None:
            raise chat_error(f"The workspace {place.workspace} is not enabled.", NO_TOKEN)
        arguments["channel"] = place.channel
        allowed = NONE if method == "chat.postEphemeral" else IN_MESSAGES

        def send(content: Content) -> Any:
            return self._api.call(method, token, **arguments, **content)

        try:
            return self._blocks.send(place.workspace, message, allowed, send)
        except ChatError as error:
            if message.whole or error.kind != "content":
                raise
            log.warning("a message to %s is sent without its blocks: %s", place.channel, error.words)
        return send(render.without_blocks(message))


def _split(ref: str) -> tuple[str, str]:
    """Returns the conversation that a ref of a message of the bot's own names, if any, and the `ts`."""
    channel, _, ts = ref.rpartition(_OF)
    return channel, ts
