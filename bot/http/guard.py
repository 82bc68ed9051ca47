"""Every route of the management API checks address, credentials and role before it reads what was asked for.

Each route names its least role; the start fails if one does not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Coroutine
from typing import Any, cast

from anyio import to_thread
from fastapi import Request, Response
from fastapi.routing import APIRoute

from bot.core.commands import Role
from bot.core.ratelimit import RateLimit
from bot.http.addresses import Proxies
from bot.http.auth import Caller, Credentials
from bot.http.problems import Problem

ROLE = "x-least-role"  # in the OpenAPI document
Denied = Callable[[Caller, Request, Role], None]
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Guard:
    """Admits requests. Routes find it in the state of the app."""

    def __init__(
        self, credentials: Credentials, proxies: Proxies, addresses: RateLimit, tokens: RateLimit, denied: Denied
    ) -> None:
        """`denied(caller, request, needed)` writes the audit row of a refusal, and may block."""
        self._credentials = credentials
        self._proxies = proxies
        self._addresses = addresses
        self._tokens = tokens
        self._denied = denied

    async def admit(self, request: Request, least: Role) -> Caller:
        """Returns whose request it is. Raises Problem, Unknown or WebNetError."""
        _count(self._addresses, self._proxies.client(request))
        given = request.headers.getlist("authorization")
        authorization = given[0] if len(given) == 1 else ""
        _count(self._tokens, self._credentials.key(authorization))
        caller = await to_thread.run_sync(self._credentials.who, authorization)
        if caller.role < least:
            if request.method != "GET":
                await to_thread.run_sync(self._denied, caller, request, least)
            raise Problem(403, "You do not have permission to perform this action.")
        return caller


def _count(limit: RateLimit, key: str) -> None:
    wait_s = limit.wait_s(key)
    if wait_s:
        seconds = math.ceil(wait_s)
        words = f"Request was throttled. Expected available in {seconds} seconds."
        raise Problem(429, words, {"Retry-After": str(seconds)})


class GuardedRoute(APIRoute):
    """Admits a request before its body is read, so that a refusal says nothing about the body. `caller` gives the caller."""

    def get_route_handler(self) -> Handler:
        least = Role[(self.openapi_extra or {})[ROLE]]  # KeyError: a route without a rule
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            guard: Guard = request.app.state.guard
            request.state.caller = await guard.admit(request, least)
            if request.method in {"POST", "PUT", "PATCH"} and not _is_json(request):
                raise Problem(415, "Unsupported media type: application/json is expected.")
            return await handle(request)

        return guarded


def least(role: Role) -> dict[str, str]:
    """Returns the `openapi_extra` of a route that needs this role."""
    return {ROLE: role.name}


def caller(request: Request) -> Caller:
    return cast("Caller", request.state.caller)


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"
