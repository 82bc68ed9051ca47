"""Gives every request an id, bounds its body in size and time, and names no server. Plain ASGI, outermost."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.core.metrics import Counter
from bot.http.problems import internal
from bot.log_setup import new_request_id, request_id

log = logging.getLogger(__name__)

MAX_BODY = 1024 * 1024  # bytes
BODY_S = 10.0  # for the whole body
_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_SAFE = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
]


class TooLarge(Exception):
    pass


class Limits:
    def __init__(self, app: ASGIApp, answers: Counter, *, max_body: int = MAX_BODY, body_s: float = BODY_S) -> None:
        self._app = app
        self._answers = answers
        self._max_body = max_body
        self._body_s = body_s

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
        try:
            body = await self._body(scope, receive)
        except TooLarge:
            await _say(send, 413, f"The body is larger than {self._max_body} bytes.", {"connection": "close"})
            return
        except TimeoutError:
            await _say(send, 408, "The body did not arrive in time.", {"connection": "close"})
            return
        if body is None:
            return  # gone before it was all there
        waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive_whole() -> Message:
            return waiting.pop() if waiting else await receive()

        await self._app(scope, receive_whole, send)

    async def _body(self, scope: Scope, receive: Receive) -> bytes | None:
        length = Headers(scope=scope).get("content-length", "")
        if length.isdecimal() and int(length) > self._max_body:
            raise TooLarge
        chunks, size = [], 0
        async with asyncio.timeout(self._body_s):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return None
                chunk = message.get("body", b"")
                size += len(chunk)
                if size > self._max_body:
                    raise TooLarge
                chunks.append(chunk)
                if not message.get("more_body", False):
                    return b"".join(chunks)


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
