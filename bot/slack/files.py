"""Sends the file of an answer as a direct message: the answer is for the requester alone, and so is its file."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import replace

from bot.core.commands import CommandRequest
from bot.core.errors import ChatError
from bot.core.message import Buttons, File, Line, Message, Mono, sentence, text
from bot.core.pipeline import Answer
from bot.core.shown import shown
from bot.core.text import cut
from bot.slack.errors import MISSING_SCOPE, NO_TOKEN, chat_error
from bot.slack.render import payload
from bot.slack.web_api import NO_UNFURL, WebApi

log = logging.getLogger(__name__)

MAX_TITLE = 150
SCOPE = "files:write"
ASK_AGAIN_S = 600.0


class Files:
    """Needs the scope files:write, which a Slack app has only if somebody added it. `bot_token_of(team)` reads a cache."""

    def __init__(
        self,
        api: WebApi,
        bot_token_of: Callable[[str], str | None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api = api
        self._bot_token_of = bot_token_of
        self._monotonic = monotonic
        self._known: dict[str, tuple[str | None, bool, float]] = {}  # by team: token, granted, when it was asked

    def sent(self, request: CommandRequest, answer: Answer) -> Answer:
        """Sends the answer's file and returns the answer with a sentence on where the file is, which is true by then."""
        file = answer.message.file
        if file is None:
            return replace(answer, message=self._offered(request.place.workspace, answer.message))
        message = replace(answer.message, file=None, parts=(*answer.message.parts, text(*self._send(request, file))))
        return replace(answer, message=message)

    def _offered(self, team: str, message: Message) -> Message:
        """The message without the buttons that would bring a file, where the app may not send one."""
        parts = [part for part in message.parts if isinstance(part, Buttons)]
        if not any(button.file for part in parts for button in part.buttons) or self._granted(team):
            return message
        kept = {part: Buttons(tuple(button for button in part.buttons if not button.file)) for part in parts}
        shown = (kept[part] if isinstance(part, Buttons) else part for part in message.parts)
        return replace(message, parts=tuple(part for part in shown if part != Buttons(())))

    def _granted(self, team: str) -> bool:
        """What Slack says of the token, asked anew after a while: somebody may add the scope. Unless it says no, it is yes."""
        token, now = self._bot_token_of(team), self._monotonic()
        known = self._known.get(team)
        if known is not None and known[:1] == (token,) and now - known[2] < ASK_AGAIN_S:
            return known[1]
        try:
            scopes = self._api.call("auth.test", token)["headers"].get("x-oauth-scopes") if token else None
        except ChatError:
            return True
        granted = scopes is None or SCOPE in scopes.replace(" ", "").split(",")
        self._known[team] = (token, granted, now)
        return granted

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
