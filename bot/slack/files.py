"""Sends the file of an answer as a direct message: the answer is for the requester alone, and so is its file."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import replace

from bot.core.commands import CommandRequest
from bot.core.dispatch import Answer
from bot.core.errors import ChatError
from bot.core.message import File, Line, Mono, sentence, text
from bot.core.text import cut
from bot.slack.errors import MISSING_SCOPE, NO_TOKEN, chat_error
from bot.slack.render import payload
from bot.slack.spans import shown
from bot.slack.web_api import NO_UNFURL, WebApi

log = logging.getLogger(__name__)

MAX_TITLE = 150


class Files:
    """Needs the scope files:write, which a Slack app has only if somebody added it. `bot_token_of(team)` reads a cache."""

    def __init__(self, api: WebApi, bot_token_of: Callable[[str], str | None]) -> None:
        self._api = api
        self._bot_token_of = bot_token_of

    def sent(self, request: CommandRequest, answer: Answer) -> Answer:
        """Sends the answer's file and returns the answer with a sentence on where the file is, which is true by then."""
        file = answer.message.file
        if file is None:
            return answer
        message = replace(answer.message, file=None, parts=(*answer.message.parts, text(*self._send(request, file))))
        return replace(answer, message=message)

    def _send(self, request: CommandRequest, file: File) -> Line:
        token = self._bot_token_of(request.place.workspace)
        try:
            if token is None:
                raise chat_error("The workspace was disabled meanwhile.", NO_TOKEN)
            self._upload(token, request.chat_user, file)
        except ChatError as error:
            if error.reason == MISSING_SCOPE:
                return file.instead
            log.warning("a file was not sent: %s", error.words)
            return ("The file could not be sent; try again in a minute.",)
        return ("It was sent to you as a direct message: ", Mono(file.name))

    def _upload(self, token: str, user: str, file: File) -> None:
        content = file.text.encode(errors="replace")
        # Without the scope the first call says so, and nothing has been posted yet.
        place = self._api.call_form("files.getUploadURLExternal", token, filename=file.name, length=str(len(content)))
        self._api.upload(str(place.get("upload_url")), content)
        # Posting to a user opens the direct conversation; the file goes to the channel that Slack names in return.
        announced = self._api.call(
            "chat.postMessage", token, channel=user, **payload(sentence(file.title)), **NO_UNFURL
        )
        title = cut(shown(file.title).replace("\n", " "), MAX_TITLE)
        self._api.call_form(
            "files.completeUploadExternal",
            token,
            files=json.dumps([{"id": place.get("file_id"), "title": title}]),
            channel_id=str(announced.get("channel")),
            thread_ts=str(announced.get("ts")),
        )
