"""The yardstick for HTTP: FastAPI with a Bolt app that only acknowledges, and nothing of ours: `python -m benchmarks.bare_http PORT`."""

from __future__ import annotations

import sys

import uvicorn
from fastapi import FastAPI, Request, Response
from slack_bolt.adapter.fastapi import SlackRequestHandler

from benchmarks.bare import fast


def build() -> FastAPI:
    handler, api = SlackRequestHandler(fast("http://127.0.0.1:9/api/")), FastAPI()

    @api.post("/slack/events")
    async def events(request: Request) -> Response:
        return await handler.handle(request)

    return api


if __name__ == "__main__":
    uvicorn.run(build(), port=int(sys.argv[1]), log_level="warning")
