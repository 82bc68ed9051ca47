"""Slack's Web API: its methods, and plain POSTs to the addresses that Slack gives out. Pooled, with a deadline on every call."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from bot import tls
from bot.http_client import ExchangeError, Response, Session
from bot.slack.errors import NO_ANSWER, chat_error, exchange_error, retry_after_s, status_error, word_of
from bot.slack.hosts import origins

TIMEOUT_S = 8.0  # for one call, to the last byte of the response
MOST_BYTES = 1024 * 1024  # of the response to a Web API call; chat.postMessage gives the message back
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NO_UNFURL = {"unfurl_links": False, "unfurl_media": False}


class WebApi:
    """Calls methods with the token that it is given. Safe to share between threads."""

    def __init__(self, api_url: str, *, ca_bundle: str = "", connections: int = 16) -> None:
        self._api_url = api_url.rstrip("/") + "/"
        self._session = Session(origins(api_url), tls.context(ca_bundle), connections=connections)

    def close(self) -> None:
        self._session.close()

    def call(self, method: str, token: str, **arguments: object) -> Mapping[str, Any]:
        """Calls a method once and returns Slack's response, with its `headers` in lower case beside its own fields.

        Raises ChatError, whose reason is Slack's error word, "no_answer" or "no_connection".
        """
        return self._body(method, self.send(self._api_url + method, json_bytes(arguments), {**JSON, **_bearer(token)}))

    def call_form(self, method: str, token: str, **arguments: str) -> Mapping[str, Any]:
        """Does what `call` does, for methods that take a form only."""
        form = urlencode(arguments).encode()
        return self._body(method, self.send(self._api_url + method, form, {**FORM, **_bearer(token)}))

    def upload(self, url: str, content: bytes) -> None:
        """Sends a file's content to the address from `files.getUploadURLExternal`. Raises ChatError."""
        response = self.send(url, content, {"Content-Type": "application/octet-stream"})
        if response.status >= HTTPStatus.BAD_REQUEST:
            raise status_error(f"Slack did not take a file ({response.status}).", response.status)

    @staticmethod
    def _body(method: str, response: Response) -> Mapping[str, Any]:
        try:
            body = response.json()
        except (ValueError, RecursionError):
            body = None
        if response.status == HTTPStatus.TOO_MANY_REQUESTS and not isinstance(body, dict):
            body = {"error": "ratelimited"}
        if not isinstance(body, dict):
            raise chat_error(f"Slack answered {method} with a fault ({response.status}).", NO_ANSWER)
        if body.get("ok") is not True:
            error = word_of(body.get("error"))
            raise chat_error(
                f"Slack refused {method}: {error}.", error, retry_after_s(response.headers.get("Retry-After"))
            )
        return {**body, "headers": {name.lower(): value for name, value in response.headers.items()}}

    def send(self, url: str, content: bytes, headers: Mapping[str, str], most: int = MOST_BYTES) -> Response:
        """Posts once and returns the response, whatever its status, if it has `most` bytes at the most. Raises ChatError."""
        try:
            return self._session.exchange("POST", url, headers, content, timeout_s=TIMEOUT_S, most=most)
        except ExchangeError as error:
            raise exchange_error(error) from None


def _bearer(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"}


def json_bytes(content: Mapping[str, object]) -> bytes:
    return json.dumps(content, allow_nan=False).encode()
