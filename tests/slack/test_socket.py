"""The Socket Mode connections by themselves, against the emulated Slack and against one that behaves badly."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gc
import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.slack.socket import Receive, Sockets
from lab.slack import SlackLab


@pytest.fixture
def slack() -> Iterator[SlackLab]:
    with SlackLab() as running:
        yield running


@contextlib.contextmanager
def connected(slack: SlackLab, receive: Receive, **options: Any) -> Iterator[Sockets]:
    sockets = Sockets(slack.api_url, receive, **options)
    sockets.start()
    try:
        sockets.follow(["xapp-lab"])
        yield sockets
    finally:
        sockets.stop()


def empty_ack(*_: object) -> None:
    return None


def wait_until(met: Callable[[], object], what: str, timeout: float = 10.0) -> None:
    deadline = time.monotonic() + timeout
    while not met():
        assert time.monotonic() < deadline, f"waited {timeout} s for {what}"
        time.sleep(0.01)


def opens(slack: SlackLab) -> int:
    return sum(call.method == "apps.connections.open" for call in slack.calls)


def test_each_app_has_its_connections_until_it_is_left(slack: SlackLab) -> None:
    slack.add_app("A0OTHER", "xapp-other")
    with connected(slack, empty_ack, connections=3) as sockets:
        slack.wait_connected(3)
        sockets.follow(["xapp-lab", "xapp-other"])
        slack.wait_connected(3, app="A0OTHER")
        wait_until(lambda: sockets.open_connections() == {"xapp-lab": 3, "xapp-other": 3}, "all to be greeted")
        sockets.follow(["xapp-other"])
        wait_until(lambda: not slack.connections("A0WEBNET"), "the first app to be left")
        assert sockets.open_connections() == {"xapp-other": 3}
    wait_until(lambda: slack.connections() == [], "Slack to see that all are closed")


def test_more_than_a_hundred_sockets_are_opened(slack: SlackLab) -> None:
    tokens = [f"xapp-{number}" for number in range(51)]
    for token in tokens:
        slack.add_app(f"A0{token}", token)
    with connected(slack, empty_ack, connections=2) as sockets:
        sockets.follow(tokens)
        slack.wait_connected(2 * len(tokens), timeout=60)
        wait_until(lambda: set(sockets.open_connections().values()) == {2}, "all to be greeted", 60)


def test_what_is_received_is_acknowledged_with_what_receive_gives(slack: SlackLab) -> None:
    seen: list[tuple[str, str]] = []

    def receive(kind: str, payload: dict[str, Any], envelope_id: str) -> dict[str, Any] | None:
        seen.append((kind, envelope_id))
        return {"text": "in the ack"} if payload.get("text") == "one" else None

    with connected(slack, receive):
        slack.wait_connected(2)
        one = slack.say("U0VERA", "/webnet one")
        two = slack.say("U0VERA", "/webnet two")
        one.wait_ack()
        two.wait_ack()
    assert one.ack_payload == {"text": "in the ack"}
    assert two.ack_payload is None
    assert sorted(seen) == sorted([("slash_commands", one.envelope_id), ("slash_commands", two.envelope_id)])


def test_the_new_connection_is_open_before_the_old_one_is_left(slack: SlackLab) -> None:
    with connected(slack, empty_ack, connections=1):
        slack.wait_connected(1)
        (old,) = slack.connections()
        slack.disconnect()
        slack.wait_connected(1)
        assert old in slack.connections()
        for _ in range(50):
            slack.say("U0VERA", "/webnet help").wait_ack()
        assert old.acks
        assert old.acks == old.envelopes


def test_slack_ends_the_old_connection_and_not_the_bot_so_that_nothing_is_lost_meanwhile(slack: SlackLab) -> None:
    with connected(slack, empty_ack, connections=1):
        slack.wait_connected(1)
        (old,) = slack.connections()
        slack.disconnect(grace_s=60)
        slack.wait_connected(1)
        time.sleep(6)  # a bot that ends quiet connections does so within the ten seconds that Slack leaves them
        assert old in slack.connections()
        while not old.acks:  # Slack still chooses between both
            slack.say("U0VERA", "/webnet help").wait_ack()


def test_an_old_connection_that_slack_leaves_open_is_closed_once_nothing_comes_any_more(slack: SlackLab) -> None:
    with connected(slack, empty_ack, connections=1, quiet_s=0.2):
        slack.wait_connected(1)
        (old,) = slack.connections()
        slack.disconnect(grace_s=60)
        slack.wait_connected(1)
        wait_until(lambda: old not in slack.connections(), "the old connection to be closed")
        assert len(slack.connections()) == 1


def test_a_half_open_connection_is_found_and_replaced(slack: SlackLab) -> None:
    with connected(slack, empty_ack, connections=1, heartbeat_s=0.2):
        slack.wait_connected(1)
        (dead,) = slack.connections()
        slack.half_open([dead])
        wait_until(lambda: dead not in slack.connections() and len(slack.connections()) == 1, "another connection")
        slack.say("U0VERA", "/webnet help").wait_ack()


def test_a_quiet_connection_stays(slack: SlackLab) -> None:
    """Beats go both ways without any envelope; nothing takes silence for the end."""
    with connected(slack, empty_ack, connections=1, heartbeat_s=0.05):
        slack.wait_connected(1)
        (only,) = slack.connections()
        time.sleep(0.5)
        assert slack.connections() == [only]


def test_every_attempt_asks_for_a_fresh_ticket(slack: SlackLab) -> None:
    slack.refuse_upgrade(2)
    with connected(slack, empty_ack, connections=1):
        slack.wait_connected(1, timeout=10)
        assert opens(slack) == 3


def test_an_eleventh_connection_backs_off_instead_of_asking_in_a_loop(slack: SlackLab) -> None:
    with connected(slack, empty_ack, connections=10):
        slack.wait_connected(10)
        with connected(slack, empty_ack, connections=1) as eleventh:
            wait_until(lambda: opens(slack) >= 12, "a second try")
            time.sleep(0.5)
            assert opens(slack) <= 13
            assert eleventh.open_connections() == {"xapp-lab": 0}


def test_a_token_that_slack_refuses_is_said_once(slack: SlackLab, caplog: pytest.LogCaptureFixture) -> None:
    slack.revoke("xapp-lab")
    with caplog.at_level(logging.INFO), connected(slack, empty_ack, connections=2):
        wait_until(lambda: opens(slack) >= 4, "a second try of both")
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "token_revoked" in record.getMessage()


def test_a_netrc_file_changes_nothing(slack: SlackLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with connected(slack, empty_ack, connections=1):
        slack.wait_connected(1)


def test_the_proxy_of_the_environment_is_used_with_its_password(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A proxy that says no: enough to see that it is asked, for what, and as whom."""
    asked: list[bytes] = []
    with listener(asked) as port:
        monkeypatch.setenv("https_proxy", f"http://someone:s%40fe@127.0.0.1:{port}")
        sockets = Sockets("https://slack.invalid/api/", empty_ack, connections=1)
        sockets.start()
        try:
            sockets.follow(["xapp-lab"])
            wait_until(lambda: "for Socket Mode" in caplog.text, "the proxy's answer")
        finally:
            sockets.stop()
    assert asked[0].startswith(b"CONNECT slack.invalid:443 ")
    assert b"Proxy-Authorization: Basic " + base64.b64encode(b"someone:s@fe") in asked[0]
    assert b"xapp-lab" not in asked[0]


def test_no_proxy_is_honoured(slack: SlackLab, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []
    with listener(asked) as port:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        with connected(slack, empty_ack, connections=1):
            slack.wait_connected(1)
    assert asked == []


@contextlib.contextmanager
def listener(asked: list[bytes]) -> Iterator[int]:
    """The port of something that notes what it is asked and refuses it."""
    server = socket.create_server(("127.0.0.1", 0))

    def refuse() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                with connection:
                    asked.append(connection.recv(65536))
                    connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    thread = threading.Thread(target=refuse)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


# -- a Slack that behaves badly


@contextlib.contextmanager
def odd_slack(talk: Callable[[aiohttp.web.WebSocketResponse], Any]) -> Iterator[tuple[str, list[str]]]:
    """Gives (api_url, what came in over its sockets); `talk` is what it does on each."""
    received: list[str] = []
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    stopped = asyncio.Event()
    where: list[str] = []

    async def open_(request: web.Request) -> web.Response:
        received.append("open")
        return web.json_response({"ok": True, "url": f"ws://{request.host}/link"})

    async def link(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        await talk(ws)
        async for message in ws:
            received.append(str(message.data))  # noqa: PERF401  # they are looked at while more come
        return ws

    async def serve() -> None:
        app = web.Application()
        app.router.add_post("/api/apps.connections.open", open_)
        app.router.add_get("/link", link)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        where.append(f"http://127.0.0.1:{runner.addresses[0][1]}/api/")
        ready.set()
        await stopped.wait()
        await runner.cleanup()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    ready.wait()
    try:
        yield where[0], received
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join()
        loop.close()


HELLO = json.dumps({"type": "hello", "num_connections": 1})


def test_frames_that_cannot_be_read_do_not_end_the_connection() -> None:
    async def talk(ws: aiohttp.web.WebSocketResponse) -> None:
        for frame in (
            HELLO,
            "not json",
            "[]",
            "null",
            '"word"',
            "{}",
            json.dumps({"envelope_id": 5, "type": "slash_commands", "payload": {}}),
            json.dumps({"envelope_id": "null payload", "type": "slash_commands", "payload": None}),
            json.dumps({"envelope_id": "odd type", "type": ["x"], "payload": {}}),
            json.dumps({"envelope_id": "last", "type": "something_new", "payload": {}}),
        ):
            await ws.send_str(frame)

    with odd_slack(talk) as (api_url, received):
        sockets = Sockets(api_url, empty_ack, connections=1)
        sockets.start()
        try:
            sockets.follow(["xapp-lab"])
            wait_until(lambda: len(received) == 4, "three acks")
            assert [json.loads(frame)["envelope_id"] for frame in received[1:]] == ["null payload", "odd type", "last"]
        finally:
            sockets.stop()


@pytest.mark.parametrize("first", [None, "not json", json.dumps({"type": "disconnect", "reason": "warning"})])
def test_a_connection_that_ends_without_a_hello_is_a_failure(first: str | None) -> None:
    async def talk(ws: aiohttp.web.WebSocketResponse) -> None:
        if first is not None:
            await ws.send_str(first)
        await ws.close()

    with odd_slack(talk) as (api_url, received):
        sockets = Sockets(api_url, empty_ack, connections=1)
        sockets.start()
        try:
            sockets.follow(["xapp-lab"])
            wait_until(lambda: received.count("open") == 2, "a second try")
            time.sleep(0.2)
            assert received.count("open") == 2
        finally:
            sockets.stop()


@pytest.mark.parametrize("after_s", [0.0, 0.002, 0.005, 0.01, 0.05])
@pytest.mark.parametrize("hello", [False, True])
def test_a_stop_in_the_middle_of_connecting_leaves_nothing_open(after_s: float, hello: bool) -> None:
    async def talk(ws: aiohttp.web.WebSocketResponse) -> None:
        if hello:
            await ws.send_str(HELLO)

    with odd_slack(talk) as (api_url, received):
        sockets = Sockets(api_url, empty_ack, connections=4)
        sockets.start()
        sockets.follow(["xapp-lab"])
        time.sleep(after_s)
        sockets.stop()
        assert received.count("open") <= 4
    assert not sockets.started
    gc.collect()  # what was left open would warn here


def test_a_stop_as_soon_as_slack_has_greeted_leaves_nothing_open(slack: SlackLab) -> None:
    for _ in range(30):
        with connected(slack, empty_ack, connections=1):
            slack.wait_connected(1)
        wait_until(lambda: slack.connections() == [], "Slack to see it closed")
    gc.collect()  # what was left open would warn here


def test_a_connection_whose_other_end_just_goes_away_is_let_go() -> None:
    async def talk(ws: aiohttp.web.WebSocketResponse) -> None:
        await ws.send_str(HELLO)
        await asyncio.sleep(0.01)
        request = ws._req
        assert request is not None and request.transport is not None
        request.transport.abort()

    with odd_slack(talk) as (api_url, received):
        sockets = Sockets(api_url, empty_ack, connections=2)
        sockets.start()
        try:
            sockets.follow(["xapp-lab"])
            wait_until(lambda: received.count("open") >= 4, "both to be made again")
        finally:
            sockets.stop()
    gc.collect()  # what was left open would warn here


def test_an_ack_of_more_than_64_kib_arrives() -> None:
    async def talk(ws: aiohttp.web.WebSocketResponse) -> None:
        await ws.send_str(HELLO)
        await ws.send_str(json.dumps({"envelope_id": "big", "type": "interactive", "payload": {}}))

    with odd_slack(talk) as (api_url, received):
        sockets = Sockets(api_url, lambda *_: {"options": "я" * 60_000}, connections=1)
        sockets.start()
        try:
            sockets.follow(["xapp-lab"])
            wait_until(lambda: len(received) == 2, "the ack")
            assert json.loads(received[1])["payload"] == {"options": "я" * 60_000}
        finally:
            sockets.stop()
