"""`/openapi.json` and `/docs` describe the API to programs and to readers. The page needs no script and nothing from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from bot.http.guard import ROLE

Json = dict[str, Any]

TITLE = "WebNet Bot"
WORDS = (
    "Slack workspaces, channels, who is who, and the audit log. Credentials are WebNet's: `Authorization: Bearer TOKEN` or "
    "`Authorization: ApiKey KEY`."
)
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "pre{background:#f2f4f7;padding:.75rem;overflow:auto}h2{border-top:1px solid #ccd;padding-top:1rem}"
    "table{border-collapse:collapse}td,th{text-align:left;padding:.15rem 1rem .15rem 0}"
)


def document(app: FastAPI, version: str) -> Callable[[], Json]:
    def made() -> Json:
        if app.openapi_schema is None:
            app.openapi_schema = _described(
                get_openapi(title=TITLE, version=version, description=WORDS, routes=app.routes)
            )
        return app.openapi_schema

    return made


def _described(found: Json) -> Json:
    """Corrects what FastAPI writes: wrong fields are 400 here and not 422, and every endpoint needs credentials."""
    schemas = found["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for name in ("WorkspaceChange", "ChannelChange", "SlackWorkspace", "TeamsWorkspace"):
        for field in schemas[name]["properties"].values():
            if field.get("default") in ("", 0) or name.endswith("Change"):
                field.pop("default", None)  # what is left out stays as it is
    for _, _, operation in operations(found):
        operation["responses"].pop("422", None)
        operation["security"] = [{"token": []}, {"key": []}]
    found["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "An access token of WebNet's."},
        "key": {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`ApiKey KEY`, with an API key of WebNet's.",
        },
    }
    return found


def operations(found: Json) -> Iterator[tuple[str, str, Json]]:
    """Yields (path, method, operation) of each endpoint."""
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def describing(app: FastAPI) -> list[Route]:
    async def openapi(_: Request) -> Response:
        return JSONResponse(app.openapi())

    async def docs(_: Request) -> Response:
        return HTMLResponse(_page(app.openapi()))

    return [Route("/openapi.json", openapi), Route("/docs", docs)]


def _page(found: Json) -> str:
    parts = [f"<h1>{TITLE}</h1><p>{escape(WORDS)}</p>", '<p>For programs: <a href="openapi.json">openapi.json</a></p>']
    parts += [_shown(found, *each) for each in operations(found)]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{TITLE}</title><style>{STYLE}</style>'
        f"<body>{''.join(parts)}</body></html>"
    )


def _shown(found: Json, path: str, method: str, operation: Json) -> str:
    parts = [
        f"<h2>{escape(operation['summary'])}</h2><pre>{method.upper()} {escape(path)}</pre>",
        f"<p>{escape(operation.get('description', ''))} Least role: {operation[ROLE]}.</p>",
        _parameters(operation.get("parameters", [])),
    ]
    if "requestBody" in operation:
        parts.append(_example(found, "Send, for example:", operation["requestBody"]))
    parts += [
        f"<p>{status}: {escape(answer['description'])}</p>"
        for status, answer in operation["responses"].items()
        if status.startswith("2")
    ]
    return "".join(parts)


def _parameters(parameters: list[Json]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(each['name'])}</code></td><td>{escape(each.get('description', ''))}</td></tr>"
        for each in parameters
    )
    return f"<table>{rows}</table>" if rows else ""


def _example(found: Json, words: str, body: Mapping[str, Any]) -> str:
    schema = body["content"]["application/json"]["schema"]
    names = [each["$ref"].rpartition("/")[2] for each in schema.get("oneOf", [schema])]
    examples = [found["components"]["schemas"][name].get("examples", [])[:1] for name in names]
    shown = "".join(f"<pre>{escape(json.dumps(each, indent=2))}</pre>" for first in examples for each in first)
    return f"<p>{words}</p>{shown}" if shown else ""
