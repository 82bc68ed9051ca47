"""WebNet's responses as values, and the pages and error bodies it was recorded with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NOT_FOUND_PAGE = (
    '\n<!doctype html>\n<html lang="en">\n<head>\n  <title>Not Found</title>\n</head>\n<body>\n'
    "  <h1>Not Found</h1><p>The requested resource was not found on this server.</p>\n</body>\n</html>\n"
)
ERROR_PAGE = (
    '\n<!doctype html>\n<html lang="en">\n<head>\n  <title>Server Error (500)</title>\n</head>\n<body>\n'
    "  <h1>Server Error (500)</h1><p></p>\n</body>\n</html>\n"
)
HTML = "text/html; charset=utf-8"
JSON = "application/json"


@dataclass(frozen=True)
class Response:
    """One HTTP response; `content_type` None means an empty body without that header."""

    status: int
    text: str = ""
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """Ends the handling of a call with a response that is not a success."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"{response.status} {response.text[:80]}")
        self.response = response


def json_response(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, json.dumps(value, ensure_ascii=False, separators=(",", ":")), JSON, headers or {})


def page(status: int, html: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, html, HTML, headers or {})


def not_found_page() -> Response:
    return page(404, NOT_FOUND_PAGE)


def redirect(status: int, location: str) -> Response:
    return page(status, "", {"Location": location})


def refuse(status: int, detail: str, **more: Any) -> Refusal:
    return Refusal(json_response({"detail": detail, **more}, status))


def crash() -> Refusal:
    """Makes WebNet's 500: an HTML page, even on the API."""
    return Refusal(page(500, ERROR_PAGE))


def missing(model: str) -> Refusal:
    """Makes the 404 of resource routes."""
    return refuse(404, f"No {model} matches the given query.")


def missing_empty() -> Refusal:
    """Makes the 404 of action routes, which has no body."""
    return Refusal(Response(404))


def forbidden() -> Refusal:
    return refuse(403, "You do not have permission to perform this action.")


def browsable(title: str, response: Response) -> Response:
    """Makes the HTML page that WebNet sends to a client that asks for HTML instead of JSON."""
    html = (
        f'\n\n\n\n<!DOCTYPE html>\n<html>\n  <head>\n    <meta name="robots" content="NONE,NOARCHIVE" />\n'
        f"    <title>{title} – Django REST framework</title>\n  </head>\n  <body><pre>{response.text}</pre></body>\n</html>\n"
    )
    return Response(response.status, html, HTML, response.headers)
