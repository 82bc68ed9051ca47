"""Slack and WebNet post to these paths. The raw body goes to whoever understands it, in a thread of the loop's executor, which
does nothing else: an acknowledgement must not wait behind the management API."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.core.webhook import Received, Webhook
from bot.http.problems import not_allowed


class Webhooks:
    """Finds a webhook by its whole path before anything else is tried, because Slack waits. Plain ASGI; all other paths go to
    `otherwise`."""

    def __init__(self, by_path: Mapping[str, Webhook], otherwise: ASGIApp) -> None:
        self._by_path = by_path
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        webhook = self._by_path.get(scope["path"])
        if webhook is None:
            await self._otherwise(scope, receive, send)
        else:
            response = await _answer(webhook, Request(scope, receive))
            await response(scope, receive, send)


async def _answer(webhook: Webhook, request: Request) -> Response:
    if request.method != "POST":
        return not_allowed(request, "POST")
    received = Received(await request.body(), _headers(request))
    answer = await asyncio.to_thread(webhook.answer, received)
    return Response(status_code=answer.status) if answer.body is None else JSONResponse(answer.body, answer.status)


def _headers(request: Request) -> dict[str, str]:
    pairs = request.headers.items()
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    times = Counter(name for name, _ in pairs)
    return {name: value for name, value in pairs if times[name] == 1}
