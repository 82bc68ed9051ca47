"""Where Slack and WebNet post to. The raw body goes to whoever understands it, in threads of their own: an
acknowledgement must not wait behind the management API."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.core.webhook import Received, Webhook

THREADS = 8


def webhooks(by_path: Mapping[str, Webhook]) -> list[Route]:
    limiter: list[CapacityLimiter] = []

    def route(path: str, webhook: Webhook) -> Route:
        async def posted(request: Request) -> Response:
            if not limiter:
                limiter.append(CapacityLimiter(THREADS))
            received = Received(await request.body(), _headers(request))
            answer = await to_thread.run_sync(webhook, received, limiter=limiter[0])
            return (
                Response(status_code=answer.status) if answer.body is None else JSONResponse(answer.body, answer.status)
            )

        return Route(path, posted, methods=["POST"])

    return [route(path, webhook) for path, webhook in by_path.items()]


def _headers(request: Request) -> dict[str, str]:
    times = Counter(name for name, _ in request.headers.items())
    return {name: value for name, value in request.headers.items() if times[name] == 1}
