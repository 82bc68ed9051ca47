"""Gives every request an id, bounds its body in size and time, and names no server. Plain ASGI, outermost."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.core.metrics import Counter
from bot.core.webhook import Webhook
from bot.http.problems import internal
from bot.log_setup import new_request_id, request_id

log = logging.getLogger(__name__)

MAX_BODY = 1024 * 1024  # bytes
MAX_WEBHOOK = 256 * 1024
MAX_BODIES = 32 * 1024 * 1024  # bytes of all requests that are under way
SMALL = 4096  # bytes; so much is read of anybody: Slack's first question to a webhook may come before there is a secret
MOST_AT_ONCE = 256  # requests under way; more are refused with 503, but for a look at the bot's health
BODY_S = 10.0  # for the whole body
HEALTH = frozenset({"/healthz", "/readyz"})
_NONE: Mapping[str, Webhook] = MappingProxyType({})
_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_SAFE = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
]


class TooLarge(Exception):
    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


class TooMany(Exception):
    """The bodies that are under way are as large, or the requests as many, as the bot has memory for."""


@dataclass(slots=True)
class _Under:
    """A request that is under way, with the bytes of its body that are here by now."""

    path: str
    headers: Headers
    size: int = 0


class Limits:
    """Bounds each body and all of them together. A larger body for which nobody vouches is not even read: the app then sees
    none, and refuses the request by its headers."""

    def __init__(
        self, app: ASGIApp, answers: Counter, webhooks: Mapping[str, Webhook] = _NONE, *, body_s: float = BODY_S
    ) -> None:
        self._app = app
        self._answers = answers
        self._webhooks = webhooks
        self._body_s = body_s
        self._under_way = 0
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        given = Headers(scope=scope).get("x-request-id", "")
        id_ = given if _ID.fullmatch(given) else new_request_id()
        token = request_id.set(id_)
        started = False

        async def send_marked(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._answers.add(str(message["status"]))
                there = {name for name, _ in message["headers"]}
                own = [(b"x-request-id", id_.encode()), *_SAFE]
                message["headers"] = [*message["headers"], *(pair for pair in own if pair[0] not in there)]
            await send(message)

        try:
            await self._answer(scope, receive, send_marked)
        except Exception:
            log.exception("a request to %s failed", scope["path"])
            if not started:
                await _say(send_marked, 500, internal())
        finally:
            request_id.reset(token)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = _Under(scope["path"], Headers(scope=scope))
        self._under_way += 1
        try:
            body = await self._body(request, receive)
            if body is not None:  # else the caller has gone before it was all there
                await self._app(scope, _whole(body, receive), send)
        except TooLarge as error:
            await _say(send, 413, f"The body is larger than {error.most} bytes.", {"connection": "close"})
        except TooMany:
            again = {"connection": "close", "retry-after": "5"}
            await _say(send, 503, "The bot has too much to do right now. Try again in some seconds.", again)
        except TimeoutError:
            await _say(send, 408, "The body did not arrive in time.", {"connection": "close"})
        finally:
            self._under_way -= 1
            self._bytes -= request.size

    async def _body(self, request: _Under, receive: Receive) -> bytes | None:
        if self._under_way > MOST_AT_ONCE and request.path not in HEALTH:
            raise TooMany
        most = MAX_WEBHOOK if request.path in self._webhooks else MAX_BODY
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length) > most:
            raise TooLarge(most)
        small = length.isdecimal() and int(length) <= SMALL
        if not small and not self._vouched_for(request):
            return b""
        chunks = []
        async with asyncio.timeout(self._body_s):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return None
                chunk = message.get("body", b"")
                request.size += len(chunk)
                self._bytes += len(chunk)
                if request.size > most:
                    raise TooLarge(most)
                if self._bytes > MAX_BODIES:
                    raise TooMany
                chunks.append(chunk)
                if not message.get("more_body", False):
                    return b"".join(chunks)

    def _vouched_for(self, request: _Under) -> bool:
        """A signature or credentials that may turn out to be wrong, but that are there."""
        webhook = self._webhooks.get(request.path)
        if webhook is not None:
            return webhook.may_be_signed(request.headers)
        return "authorization" in request.headers or "x-api-key" in request.headers


def _whole(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_whole() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_whole


async def _say(send: Send, status: int, words: str, headers: Mapping[str, str] | None = None) -> None:
    body = json.dumps({"detail": words}).encode()
    all_headers: dict[str, Any] = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        **(headers or {}),
    }
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in all_headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
