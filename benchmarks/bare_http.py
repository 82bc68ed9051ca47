"""The yardstick for HTTP: FastAPI with a Bolt app that only acknowledges, in threads, and nothing of ours: `python -m
benchmarks.bare_http PORT`."""

from __future__ import annotations

import sys

import uvicorn
from fastapi import FastAPI, Request, Response
from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response
from starlette.concurrency import run_in_threadpool

from benchmarks.bare import fast


def build() -> FastAPI:
    bolt, api = fast("http://127.0.0.1:9/api/"), FastAPI()

    @api.post("/slack/events")
    async def events(request: Request) -> Response:
        """Hands the request to a thread, since Bolt's own handler would keep the loop waiting."""
        asked = to_bolt_request(request, await request.body())
        return to_starlette_response(await run_in_threadpool(bolt.dispatch, asked))

    return api


if __name__ == "__main__":
    uvicorn.run(build(), port=int(sys.argv[1]), http="h11", log_level="warning")
