"""What is sent to Slack: answers by response_url, and Web API calls. Pooled, with a time-out on every call."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from bot import tls
from bot.core.cards import Desk, Opened, Requester
from bot.core.dispatch import Answer
from bot.core.errors import ChatError
from bot.core.message import Message, sentence
from bot.http_client import ExchangeError, Response, Session
from bot.slack.errors import NO_ANSWER, NO_CONNECTION, chat_error, exchange_error, retry_after_s, status_error
from bot.slack.hosts import origins
from bot.slack.render import payload

log = logging.getLogger(__name__)

TIMEOUT_S = 8.0  # for one call, to the last byte of the response
MOST_BYTES = 1024 * 1024  # of the response to a Web API call; chat.postMessage gives the message back
MOST_OF_HOOK = 16 * 1024  # of the response to a post to a response_url, which says "ok"
TRIES = 3
LONGEST_WAIT_S = 5.0
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NO_UNFURL = {"unfurl_links": False, "unfurl_media": False}


class Chat:
    """Safe to share between threads."""

    def __init__(
        self,
        api_url: str,
        *,
        ca_bundle: str = "",
        connections: int = 16,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._api_url = api_url.rstrip("/") + "/"
        self._sleep = sleep
        self._session = Session(origins(api_url), tls.context(ca_bundle), connections=connections)

    def close(self) -> None:
        self._session.close()

    def call(self, method: str, token: str, **arguments: object) -> Mapping[str, Any]:
        """One Web API call, tried once: Slack's answer, and its `headers` in lower case.

        Raises ChatError, whose reason is Slack's error word, "no_answer" or "no_connection".
        """
        return self._answer(method, self._send(self._api_url + method, _json(arguments), {**JSON, **_bearer(token)}))

    def call_form(self, method: str, token: str, **arguments: str) -> Mapping[str, Any]:
        """The same for methods that take a form only."""
        form = urlencode(arguments).encode()
        return self._answer(method, self._send(self._api_url + method, form, {**FORM, **_bearer(token)}))

    def upload(self, url: str, content: bytes) -> None:
        """Sends a file's content where `files.getUploadURLExternal` said."""
        response = self._send(url, content, {"Content-Type": "application/octet-stream"})
        if response.status >= HTTPStatus.BAD_REQUEST:
            raise status_error(f"Slack did not take a file ({response.status}).", response.status)

    @staticmethod
    def _answer(method: str, response: Response) -> Mapping[str, Any]:
        try:
            body = response.json()
        except (ValueError, RecursionError):
            body = None
        if response.status == HTTPStatus.TOO_MANY_REQUESTS and not isinstance(body, dict):
            body = {"error": "ratelimited"}
        if not isinstance(body, dict):
            raise chat_error(f"Slack answered {method} with a fault ({response.status}).", NO_ANSWER)
        if body.get("ok") is not True:
            error = str(body.get("error", "unknown"))
            raise chat_error(
                f"Slack refused {method}: {error}.", error, retry_after_s(response.headers.get("Retry-After"))
            )
        return {**body, "headers": {name.lower(): value for name, value in response.headers.items()}}

    def post(self, token: str, channel: str, message: Message, thread_ts: str = "") -> str:
        """Posts to a channel, or to a person by user id, as an answer to `thread_ts` if given; the message's ts."""
        thread = {"thread_ts": thread_ts} if thread_ts else {}
        body = self.call("chat.postMessage", token, channel=channel, **thread, **payload(message), **NO_UNFURL)
        return str(body.get("ts", ""))

    def update(self, token: str, channel: str, ts: str, message: Message) -> None:
        """In place of what the bot posted there."""
        self.call("chat.update", token, channel=channel, ts=ts, **payload(message))

    def follow_up(self, response_url: str, message: Message, *, ephemeral: bool, instead: bool) -> None:
        """`instead` of what was answered last by this response_url, of a typed command; else as a further message."""
        body = {**payload(message), **NO_UNFURL, "replace_original": instead}
        self.respond(response_url, body | {"response_type": "ephemeral" if ephemeral else "in_channel"})

    def respond(self, response_url: str, body: Mapping[str, object], *, tries: int = TRIES) -> None:
        """Posts to a response_url; again only where it is certain that Slack did not take it (no connection,
        429, 503)."""
        content = _json(body)
        for attempt in range(1, tries + 1):
            try:
                response = self._send(response_url, content, JSON, MOST_OF_HOOK)
            except ChatError as error:
                if error.reason != NO_CONNECTION or attempt == tries:
                    raise
                self._sleep(0.2 * attempt)
                continue
            if response.status < HTTPStatus.BAD_REQUEST:
                return
            wait_s = retry_after_s(response.headers.get("Retry-After")) or 0.2 * attempt
            if response.status not in {429, 503} or wait_s > LONGEST_WAIT_S or attempt == tries:
                raise status_error(f"Slack did not take the answer ({response.status}).", response.status)
            self._sleep(wait_s)

    def _send(self, url: str, content: bytes, headers: Mapping[str, str], most: int = MOST_BYTES) -> Response:
        try:
            return self._session.exchange("POST", url, headers, content, timeout_s=TIMEOUT_S, most=most)
        except ExchangeError as error:
            raise exchange_error(error) from None


class ResponseUrl:
    """The answer to one request through its response_url: "Working…" if it takes long, then what came of it.

    Slack takes five posts; this needs three at most. A click's "Working…" cannot be taken back, because there
    `replace_original` and `delete_original` mean the message that holds the button. `spent` is what that message is
    without its button, if it can be changed. `desk` takes the cards among the answers: those that everybody may see
    are posted by the bot itself where it may, so that they can be changed for longer.
    """

    def __init__(
        self,
        chat: Chat,
        url: str,
        *,
        clicked: bool,
        replace: bool = False,
        spent: Mapping[str, object] | None = None,
        requester: Requester | None = None,
        desk: Desk | None = None,
    ) -> None:
        self._chat = chat
        self._requester = requester
        self._desk = desk
        self._uses = 0
        self._url = url
        self._clicked = clicked
        self._replace = replace
        self._spent = spent
        self._lock = threading.Lock()
        self._answered = False
        self._working = False

    @property
    def answered(self) -> bool:
        return self._answered

    def working(self, words: str) -> None:
        """Says so to the caller, unless the answer is on its way."""
        with self._lock:
            if self._answered:
                return
            try:
                body = {"response_type": "ephemeral", **self._keep, **payload(sentence(words))}
                self._respond(body, tries=1)  # the answer waits for this
                self._working = True
            except ChatError as error:
                log.info("the caller was not told that it takes longer: %s", error.words)

    def drop(self) -> None:
        """There will be no answer, so nobody is told that it takes longer."""
        with self._lock:
            self._answered = True

    def __call__(self, answer: Answer) -> None:
        with self._lock:
            self._answered = True
            card = self._opened(answer)
            if card is None:
                self._answer(answer)
            elif not self._posted(card, answer):
                try:
                    self._answer(answer)
                except ChatError:
                    card.dropped()
                    raise
                card.answered(self._uses, replaceable=not self._clicked)
            if answer.spent and self._spent:
                self._remove_button()

    def _answer(self, answer: Answer) -> None:
        body = {**payload(answer.message), **NO_UNFURL}
        body["response_type"] = "ephemeral" if answer.ephemeral else "in_channel"
        paged = self._clicked and self._replace and answer.ok
        if paged or (self._working and not self._clicked and answer.ephemeral):
            body["replace_original"] = True
        else:
            body.update(self._keep)
            self._take_back()
        self._respond(body)

    def _opened(self, answer: Answer) -> Opened | None:
        card = answer.message.card
        if card is None or self._desk is None or self._requester is None:
            return None
        return self._desk.open(card, self._requester, ephemeral=answer.ephemeral, response_url=self._url)

    def _posted(self, card: Opened, answer: Answer) -> bool:
        """False where it must go by the response_url: for one person only, or where the bot may not post."""
        if answer.ephemeral or not card.token or self._requester is None:
            return False
        try:
            ts = self._chat.post(card.token, self._requester.channel, answer.message)
        except ChatError as error:
            log.info("a card is answered by its response_url: %s", error.words)
            return False
        card.posted(ts)
        self._take_back()
        return True

    def _respond(self, body: Mapping[str, object], *, tries: int = TRIES) -> None:
        self._chat.respond(self._url, body, tries=tries)
        self._uses += 1

    @property
    def _keep(self) -> dict[str, object]:
        return {"replace_original": False} if self._clicked else {}

    def _remove_button(self) -> None:
        try:
            self._respond({"replace_original": True, **NO_UNFURL, **(self._spent or {})})
        except ChatError as error:
            log.info("a button that has had its use stays: %s", error.words)

    def _take_back(self) -> None:
        """What says "Working…" was for the caller only, the answer is for the channel: one cannot become the other."""
        if not self._working or self._clicked:
            return
        try:
            self._respond({"delete_original": True})
        except ChatError as error:
            log.info("a note that it takes longer stays: %s", error.words)


def _bearer(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _json(content: Mapping[str, object]) -> bytes:
    return json.dumps(content, allow_nan=False).encode()
