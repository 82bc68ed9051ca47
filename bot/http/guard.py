"""Every route of the management API stands behind this: address, credentials, role, and only then what was asked for.

A route names the least role for it; one that does not stops the start.
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
from bot.http.auth import Doorkeeper, Person
from bot.http.problems import Problem

ROLE = "x-least-role"  # in the OpenAPI document
Denied = Callable[[Person, Request, Role], None]
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Guard:
    """Handed to routes by the app's state."""

    def __init__(
        self, doorkeeper: Doorkeeper, proxies: Proxies, addresses: RateLimit, tokens: RateLimit, denied: Denied
    ) -> None:
        """`denied(person, request, needed)` notes that somebody was refused, and may block."""
        self._doorkeeper = doorkeeper
        self._proxies = proxies
        self._addresses = addresses
        self._tokens = tokens
        self._denied = denied

    async def admit(self, request: Request, least: Role) -> Person:
        """Raises Problem, Unknown or WebNetError."""
        _count(self._addresses, self._proxies.client(request))
        given = request.headers.getlist("authorization")
        authorization = given[0] if len(given) == 1 else ""
        _count(self._tokens, self._doorkeeper.key(authorization))
        person = await to_thread.run_sync(self._doorkeeper.who, authorization)
        if person.role < least:
            if request.method != "GET":
                await to_thread.run_sync(self._denied, person, request, least)
            raise Problem(403, "You do not have permission to perform this action.")
        return person


def _count(limit: RateLimit, key: str) -> None:
    wait_s = limit.wait_s(key)
    if wait_s:
        seconds = math.ceil(wait_s)
        words = f"Request was throttled. Expected available in {seconds} seconds."
        raise Problem(429, words, {"Retry-After": str(seconds)})


class GuardedRoute(APIRoute):
    """The handler finds the caller by `person`. Who may not ask does not even learn whether the body could be read."""

    def get_route_handler(self) -> Handler:
        least = Role[(self.openapi_extra or {})[ROLE]]  # KeyError: a route without a rule
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            guard: Guard = request.app.state.guard
            request.state.person = await guard.admit(request, least)
            if request.method in {"POST", "PUT", "PATCH"} and not _is_json(request):
                raise Problem(415, "Unsupported media type: application/json is expected.")
            return await handle(request)

        return guarded


def least(role: Role) -> dict[str, str]:
    """For `openapi_extra` of a route."""
    return {ROLE: role.name}


def person(request: Request) -> Person:
    return cast("Person", request.state.person)


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"
