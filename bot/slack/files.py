"""Files for one person, by direct message: an answer is for the asker alone, and so is its file."""

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
from bot.slack.web_api import NO_UNFURL, Chat

log = logging.getLogger(__name__)

MAX_TITLE = 150


class Files:
    """`bot_token_of(team)` reads a cache. Needs the scope files:write, which Slack apps have only if somebody added it."""

    def __init__(self, chat: Chat, bot_token_of: Callable[[str], str | None]) -> None:
        self._chat = chat
        self._bot_token_of = bot_token_of

    def sent(self, request: CommandRequest, answer: Answer) -> Answer:
        """The answer with a word on where its file is. Sent before the answer, which is then right."""
        file = answer.message.file
        if file is None:
            return answer
        message = replace(answer.message, file=None, parts=(*answer.message.parts, text(*self._send(request, file))))
        return replace(answer, message=message)

    def _send(self, request: CommandRequest, file: File) -> Line:
        token = self._bot_token_of(request.team_id)
        try:
            if token is None:
                raise chat_error("The workspace was disabled meanwhile.", NO_TOKEN)
            self._upload(token, request.slack_user, file)
        except ChatError as error:
            if error.reason == MISSING_SCOPE:
                return file.instead
            log.warning("a file was not sent: %s", error.words)
            return ("The file could not be sent; try again in a minute.",)
        return ("It was sent to you as a direct message: ", Mono(file.name))

    def _upload(self, token: str, user: str, file: File) -> None:
        content = file.text.encode(errors="replace")
        # Without the scope the first call says so, and nothing has been posted yet.
        place = self._chat.call_form("files.getUploadURLExternal", token, filename=file.name, length=str(len(content)))
        self._chat.upload(str(place.get("upload_url")), content)
        # A direct message may be opened by posting to a person; the file goes to the channel that this makes known.
        announced = self._chat.call(
            "chat.postMessage", token, channel=user, **payload(sentence(file.title)), **NO_UNFURL
        )
        title = cut(shown(file.title).replace("\n", " "), MAX_TITLE)
        self._chat.call_form(
            "files.completeUploadExternal",
            token,
            files=json.dumps([{"id": place.get("file_id"), "title": title}]),
            channel_id=str(announced.get("channel")),
            thread_ts=str(announced.get("ts")),
        )
