"""What a call of the Web API carries: its arguments and its token."""

from __future__ import annotations

import json

from aiohttp import web

from lab.slack.world import Json

JSON_FIELDS = ("blocks", "attachments", "metadata", "view")


def bearer(request: web.Request) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


async def arguments(request: web.Request) -> Json:
    """Reads a form, a JSON body or the query; fields that hold JSON in a form are parsed."""
    if request.content_type == "application/json":
        raw = await request.read()
        try:
            found = json.loads(raw) if raw.strip() else {}
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}
    form = await request.post()
    args: Json = {k: v for k, v in {**request.query, **form}.items() if isinstance(v, str)}
    for name in JSON_FIELDS:
        if name in args:
            try:
                args[name] = json.loads(args[name])
            except ValueError:
                args[name] = [args[name]]
    return args
