"""The trial of a Socket Mode connection: what keeps one from coming about, in words, and what Slack hands it all the same."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.slack.web_api import WebApi
from bot.slack.websocket import BUSY, trial
from lab.slack import SlackLab
from tests.slack.test_socket import odd_slack, wait_until
from tests.test_http_client import certificate, server  # noqa: F401  # a fixture


@pytest.fixture
def slack() -> Iterator[SlackLab]:
    with SlackLab() as running:
        yield running


def nobody(*_: str) -> None:
    raise AssertionError("nobody clicked")


def ticket(api_url: str) -> str:
    with closing(WebApi(api_url)) as api:
        return str(api.call("apps.connections.open", "xapp-lab")["url"])


def test_a_connection_is_opened_greeted_and_closed(slack: SlackLab) -> None:
    assert trial(ticket(slack.api_url), "", nobody) == ""
    wait_until(lambda: slack.connections() == [], "Slack to see that it is closed")


def test_a_command_that_comes_is_answered_and_an_event_left_for_the_next_connection() -> None:
    envelopes = [
        {"type": kind, "envelope_id": f"of {kind}", "payload": {"response_url": f"for {kind}"}}
        for kind in ("events_api", "interactive", "slash_commands")
    ]

    async def talk(ws: aiohttp.web.WebSocketResponse) -> None:
        for frame in ({"type": "hello"}, *envelopes):
            await ws.send_json(frame)

    said: list[tuple[str, ...]] = []
    with odd_slack(talk) as (api_url, received):
        assert trial(ticket(api_url), "", lambda *words: said.append(words)) == ""
        wait_until(lambda: len(received) == 3, "both acknowledgements")
    assert said == [("for interactive", BUSY)]
    acks: list[Any] = [json.loads(each) for each in received[1:]]
    assert acks == [
        {"envelope_id": "of interactive"},
        {"envelope_id": "of slash_commands", "payload": {"response_type": "ephemeral", "text": BUSY}},
    ]


def test_a_host_that_is_blocked_is_said_without_the_ticket() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    said = trial(f"ws://127.0.0.1:{port}/link?ticket=s3cret", "", nobody)
    assert said.startswith(
        "Slack gives out a ticket for 127.0.0.1, and that host cannot be used: no connection comes about"
    )
    assert "s3cret" not in said


def test_a_proxy_that_lets_no_websocket_through_is_said(slack: SlackLab) -> None:
    slack.refuse_upgrade(1, 403)
    assert "as where a proxy lets none through" in trial(ticket(slack.api_url), "", nobody)


def test_a_connection_that_is_ended_instead_of_greeted_is_said(slack: SlackLab) -> None:
    async def talk(ws: aiohttp.web.WebSocketResponse) -> None:
        await ws.send_json({"type": "disconnect", "reason": "too_many_websockets"})

    with odd_slack(talk) as (api_url, _):
        assert (
            trial(ticket(api_url), "", nobody)
            == "Slack ended the connection instead of greeting it (too_many_websockets)."
        )


def test_a_certificate_that_is_not_trusted_is_named(certificate: Path) -> None:  # noqa: F811
    with server(certificate, lambda *_: None) as url:
        said = trial(url.replace("https", "wss"), "", nobody)
    assert "certificate is not trusted: set `tls.ca_bundle`" in said
