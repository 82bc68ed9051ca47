"""The yardstick of `http`: FastAPI in front of a Bolt app that only acknowledges, dispatched in threads: `python -m
benchmarks.bare_http PORT`. Bolt verifies the signatures."""

from __future__ import annotations

import sys

import uvicorn
from fastapi import FastAPI, Request, Response
from slack_bolt import App
from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from starlette.concurrency import run_in_threadpool

from benchmarks.bare import BOT_TOKEN, only_ack

SECRET = "lab-signing-secret"  # noqa: S105  # the lab's


def build() -> FastAPI:
    authorized = AuthorizeResult(enterprise_id=None, team_id="T0ACME", bot_token=BOT_TOKEN)
    bolt = App(signing_secret=SECRET, client=WebClient(), authorize=lambda: authorized, process_before_response=True)
    bolt.command("/webnet")(only_ack)
    api = FastAPI()

    @api.post("/api/v1/chatops/slack/commands")
    async def commands(request: Request) -> Response:
        body = await request.body()
        answer = await run_in_threadpool(bolt.dispatch, to_bolt_request(request, body))
        return to_starlette_response(answer)

    return api


if __name__ == "__main__":
    uvicorn.run(build(), host="127.0.0.1", port=int(sys.argv[1]), loop="asyncio", http="h11", log_level="warning")
