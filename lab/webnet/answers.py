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
class Answer:
    """One HTTP answer; `content_type` None means an empty body without that header."""

    status: int
    text: str = ""
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """Ends the handling of a call with an answer that is not a success."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"{answer.status} {answer.text[:80]}")
        self.answer = answer


def json_answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(value, ensure_ascii=False, separators=(",", ":")), JSON, headers or {})


def page(status: int, html: str, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, html, HTML, headers or {})


def not_found_page() -> Answer:
    return page(404, NOT_FOUND_PAGE)


def redirect(status: int, location: str) -> Answer:
    return page(status, "", {"Location": location})


def refuse(status: int, detail: str, **more: Any) -> Refusal:
    return Refusal(json_answer({"detail": detail, **more}, status))


def crash() -> Refusal:
    """WebNet's 500: an HTML page, also on the API."""
    return Refusal(page(500, ERROR_PAGE))


def missing(model: str) -> Refusal:
    """The 404 of resource routes."""
    return refuse(404, f"No {model} matches the given query.")


def missing_empty() -> Refusal:
    """The 404 of action routes: no body at all."""
    return Refusal(Answer(404))


def forbidden() -> Refusal:
    return refuse(403, "You do not have permission to perform this action.")


def browsable(title: str, answer: Answer) -> Answer:
    """The HTML page WebNet gives to a client that asks for HTML instead of JSON."""
    html = (
        f'\n\n\n\n<!DOCTYPE html>\n<html>\n  <head>\n    <meta name="robots" content="NONE,NOARCHIVE" />\n'
        f"    <title>{title} – Django REST framework</title>\n  </head>\n  <body><pre>{answer.text}</pre></body>\n</html>\n"
    )
    return Answer(answer.status, html, HTML, answer.headers)
