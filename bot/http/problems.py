"""Problems have the words and shapes of WebNet's own API: `{"field": ["message"]}` with 400, `{"detail": "…"}` otherwise.
Nothing that was sent is ever repeated in a response: it may be a secret that stands in the wrong field."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.core.errors import WebNetError
from bot.http.auth import Unknown
from bot.ids.chats import CHATS
from bot.log_setup import request_id
from store.errors import Duplicate, NoSuchRow, StoreError, StoreUnusable

log = logging.getLogger(__name__)

T = TypeVar("T")

CHALLENGE = 'Bearer realm="webnet", ApiKey realm="webnet"'
WHOLE = "non_field_errors"  # WebNet's word for what is wrong with a body as a whole
SHAPES = {  # what a text should have been that does not match its pattern
    "team_id": "a team id such as T0123456789, or for Microsoft Teams a tenant id in lower case",
    "channel_id": "a channel id such as C0123456789 or 19:abc@thread.tacv2",
    "bot_user_id": "a Slack user id such as U0123456789",
    "slack_user_id": "a Slack user id such as U0123456789, or for Microsoft Teams an object id in lower case",
    "bot_token": "a bot token, which starts with xoxb-",
    "app_token": "an app-level token, which starts with xapp-",
    "signing_secret": "the signing secret of the Slack app",
    "app_id": "the Microsoft App ID of a bot, in lower case",
    "app_password": "a client secret of the app",
}


class Invalid(Exception):
    """Becomes a response 400 that names the field."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field
        self.words = words


def once(write: Callable[[], T], already: str) -> T:
    """Runs a write and returns what it gives. Raises Invalid with the words of `already` for a row that is there, and with
    its field for a workspace that is not."""
    try:
        return write()
    except Duplicate as error:
        raise Invalid(error.field, already) from None
    except NoSuchRow:
        raise Invalid("workspace", "There is no workspace with this id.") from None


class Problem(Exception):
    """Becomes a response with this status and a sentence."""

    def __init__(self, status: int, words: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(words)
        self.status = status
        self.words = words
        self.headers = headers


def missing() -> Problem:
    """Returns the 404, alike for what is not there and for what belongs to another customer."""
    return Problem(404, "Not found.")


def detail(status: int, words: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"detail": words}, status, dict(headers or {}))


def not_allowed(request: Request, allowed: str) -> JSONResponse:
    return detail(405, f'Method "{request.method}" not allowed.', {"Allow": allowed})


def add_handlers(app: FastAPI) -> None:
    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return _invalid(error)

    @app.exception_handler(Invalid)
    async def field(_: Request, error: Invalid) -> JSONResponse:
        return JSONResponse({error.field: [error.words]}, 400)

    @app.exception_handler(Problem)
    async def problem(_: Request, error: Problem) -> JSONResponse:
        return detail(error.status, error.words, error.headers)

    @app.exception_handler(Unknown)
    async def unknown(_: Request, error: Unknown) -> JSONResponse:
        return detail(401, error.words, {"WWW-Authenticate": CHALLENGE})

    @app.exception_handler(HTTPException)
    async def routing(request: Request, error: HTTPException) -> JSONResponse:
        return not_allowed(request, _allowed(request)) if error.status_code == 405 else _of_routing(error)

    @app.exception_handler(WebNetError)
    async def webnet(_: Request, error: WebNetError) -> JSONResponse:
        log.warning("WebNet was needed for a request of the API: %s", error.words)
        return detail(503, error.words, {"Retry-After": "5"})

    @app.exception_handler(StoreError)
    async def store(_: Request, error: StoreError) -> JSONResponse:
        if not isinstance(error, StoreUnusable):
            raise error
        log.error("%s", error.words)
        return detail(503, f"The bot's own store {error.state} right now.", {"Retry-After": "5"})

    @app.exception_handler(Exception)
    async def unexpected(_: Request, __: Exception) -> JSONResponse:
        return detail(500, internal())  # the error may hold anything; it is logged where it ends up


def _of_routing(error: HTTPException) -> JSONResponse:
    words = {404: "Not found.", 400: "The body cannot be read."}
    return detail(error.status_code, words.get(error.status_code, "The request cannot be answered."), error.headers)


def internal() -> str:
    return f"Something went wrong inside the bot; it has been logged. Tell whoever runs it this id: {request_id.get()}"


def _allowed(request: Request) -> str:
    """Lists the methods of every route of this path; the router itself lists those of the first alone."""
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    here = (route.methods or set() for route in routes if route.path_regex.match(request.url.path))
    return ", ".join(sorted(set[str]().union(*here)))


def _invalid(error: RequestValidationError) -> JSONResponse:
    problems: dict[str, list[str]] = {}
    for each in error.errors():
        place, *names = (name for name in each["loc"] if name not in CHATS)
        if each["type"] == "json_invalid":
            return detail(400, "JSON parse error - the body is not JSON.")
        if place == "path":
            return detail(404, "Not found.")
        if (place, names) == ("query", ["page"]):
            return detail(404, "Invalid page.")
        name = str(names[0]) if names else WHOLE
        problems.setdefault(name, []).append(_words(name, each))
    return JSONResponse(problems, 400)


def _words(name: str, error: Mapping[str, Any]) -> str:
    kind, given = str(error["type"]), error.get("ctx", {})
    if kind == "missing":
        return "This field is required."
    if kind == "string_pattern_mismatch":
        return f"This is not {SHAPES[name]}." if name in SHAPES else "This is not a valid value."
    if kind == "value_error":
        return str(given.get("error", "This is not a valid value."))
    words = str(error["msg"]).removeprefix("Input should be ")
    return f"This should be {words}." if words != error["msg"] else f"{words}."
