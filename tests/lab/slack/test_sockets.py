from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from slack_sdk import WebClient
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from lab.slack import SlackLab
from tests.lab.slack.conftest import ACK_TIMEOUT_S, Scenario, Sockets

Play = Callable[[Scenario], None]


def test_an_envelope_is_acked_and_the_ack_timed(lab: SlackLab, play: Play) -> None:
    async def scenario(sockets: Sockets) -> None:
        ws = await sockets.connect()
        said = lab.say("alice", "/webnet status <rtr1> & co")
        envelope = await ws.receive_json(timeout=2)
        assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
        payload = envelope["payload"]
        assert (payload["command"], payload["text"]) == ("/webnet", "status &lt;rtr1&gt; &amp; co")
        assert (payload["user_id"], payload["channel_name"], payload["team_id"]) == ("U0ALICE", "noc", "T0ACME")
        await sockets.ack(ws, envelope, {"text": "Working…"})
        assert await asyncio.to_thread(said.wait_ack) < 1000
        (reply,) = said.replies
        assert (reply.text, reply.ephemeral_to, reply.via) == ("Working…", "U0ALICE", "ack")

    play(scenario)
    (ack,) = lab.acks
    assert (ack.late, ack.known, ack.again, ack.kind) == (False, True, False, "slash_commands")


def test_an_in_channel_ack_shows_the_command_too(lab: SlackLab, play: Play) -> None:
    async def scenario(sockets: Sockets) -> None:
        ws = await sockets.connect()
        said = lab.say("alice", "/webnet help")
        await sockets.ack(ws, await ws.receive_json(), {"text": "Commands", "response_type": "in_channel"})
        await asyncio.to_thread(said.wait)
        assert [m.text for m in said.replies] == ["Commands"]

    play(scenario)
    assert [(m.author, m.text) for m in lab.messages("C0NOC")] == [("U0ALICE", "/webnet help"), ("U0BOT", "Commands")]


def test_an_ack_that_breaks_a_limit_is_refused(lab: SlackLab, play: Play) -> None:
    async def scenario(sockets: Sockets) -> None:
        ws = await sockets.connect()
        said = lab.say("alice", "/webnet help")
        await sockets.ack(ws, await ws.receive_json(), {"blocks": [{"type": "divider"}] * 51})
        await asyncio.to_thread(said.wait_ack)
        assert (said.error, said.replies) == ("invalid_blocks", [])

    play(scenario)
    assert lab.refused[0].via == "ack"


def test_a_missing_ack_shows_an_error_and_a_late_one_is_recorded(lab: SlackLab, play: Play) -> None:
    async def scenario(sockets: Sockets) -> None:
        ws = await sockets.connect()
        said = lab.say("alice", "/webnet help")
        envelope = await ws.receive_json()
        with pytest.raises(TimeoutError, match="operation_timeout"):
            await asyncio.to_thread(said.wait_ack)
        await sockets.ack(ws, envelope, {"text": "too late"})
        await sockets.ack(ws, {"envelope_id": "unheard-of"})
        await asyncio.sleep(0.1)
        assert (said.error, said.acked_ms, said.replies) == ("operation_timeout", None, [])

    play(scenario)
    late, unknown = lab.acks
    assert late.late
    assert late.ms >= ACK_TIMEOUT_S * 1000
    assert not unknown.known


def test_without_a_connection_the_command_fails_at_once(lab: SlackLab) -> None:
    said = lab.say("alice", "/webnet help")
    with pytest.raises(TimeoutError, match="dispatch_failed"):
        said.wait_ack()


def test_each_envelope_goes_to_one_connection_at_random(lab: SlackLab, play: Play) -> None:
    async def scenario(sockets: Sockets) -> None:
        first, second = await sockets.connect(), await sockets.connect()
        for _ in range(40):
            lab.say("alice", "/webnet help")
        await asyncio.sleep(0.2)
        taken = [connection.envelopes for connection in lab.connections()]
        assert sum(taken) == 40
        assert min(taken) > 8
        await first.close()
        await second.close()

    play(scenario)


def test_a_ticket_is_good_once(play: Play) -> None:
    async def scenario(sockets: Sockets) -> None:
        url = (await sockets.ticket())["url"]
        ws = await sockets.http.ws_connect(url)
        with pytest.raises(aiohttp.WSServerHandshakeError, match="408"):
            await sockets.http.ws_connect(url)
        await ws.close()

    play(scenario)


def test_an_eleventh_connection_is_turned_away(lab: SlackLab, play: Play) -> None:
    async def scenario(sockets: Sockets) -> None:
        held = [await sockets.connect() for _ in range(10)]
        ws = await sockets.http.ws_connect((await sockets.ticket())["url"])
        assert (await ws.receive_json())["reason"] == "too_many_websockets"
        assert len(lab.connections()) == len(held)

    play(scenario)


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
def test_a_disconnect_leaves_the_old_socket_open_for_the_grace_time(lab: SlackLab, play: Play, reason: str) -> None:
    async def scenario(sockets: Sockets) -> None:
        old = await sockets.connect()
        await asyncio.to_thread(lab.disconnect, reason=reason, grace_s=0.3)
        assert (await old.receive_json())["reason"] == reason
        lab.say("alice", "/webnet help")
        envelope = await old.receive_json()
        assert envelope["type"] == "slash_commands"
        await sockets.ack(old, envelope)
        assert (await old.receive(timeout=2)).type == aiohttp.WSMsgType.CLOSE

    play(scenario)


def test_a_socket_whose_grace_is_over_receives_nothing_more_and_closes_after_its_last_ack(
    lab: SlackLab, play: Play
) -> None:
    async def scenario(sockets: Sockets) -> None:
        old = await sockets.connect()
        said = lab.say("alice", "/webnet help")
        envelope = await old.receive_json()
        await asyncio.to_thread(lab.disconnect, grace_s=0.0)
        assert (await old.receive_json())["type"] == "disconnect"
        while lab.connections():  # noqa: ASYNC110 - tells nobody
            await asyncio.sleep(0.01)
        later = lab.say("alice", "/webnet help")
        await asyncio.to_thread(later.until, lambda: later.error, 2, "Slack's giving up")
        assert later.error == "dispatch_failed"
        await sockets.ack(old, envelope)
        assert (await old.receive(timeout=2)).type == aiohttp.WSMsgType.CLOSE
        assert said.acked_ms is not None

    play(scenario)


def test_a_killed_connection_ends_without_a_close_frame(lab: SlackLab, play: Play) -> None:
    async def scenario(sockets: Sockets) -> None:
        ws = await sockets.connect()
        await asyncio.to_thread(lab.kill)
        message = await ws.receive(timeout=2)
        assert message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
        await asyncio.sleep(0.05)
        assert lab.connections() == []

    play(scenario)


def test_a_half_open_connection_answers_nothing_and_loses_envelopes(lab: SlackLab, play: Play) -> None:
    async def scenario(sockets: Sockets) -> None:
        url = (await sockets.ticket())["url"]
        ws = await sockets.http.ws_connect(
            url, autoping=False, autoclose=False, timeout=aiohttp.ClientWSTimeout(ws_close=0.2)
        )
        await ws.receive_json()
        await asyncio.to_thread(lab.half_open)
        await ws.ping()
        said = lab.say("alice", "/webnet help")
        with pytest.raises(TimeoutError):
            await ws.receive(timeout=0.2)
        with pytest.raises(TimeoutError, match="operation_timeout"):
            await asyncio.to_thread(said.wait_ack)
        await ws.close()

    play(scenario)


def test_slack_pings(play: Play, lab: SlackLab) -> None:
    lab.hub.ping_interval_s = 0.05

    async def scenario(sockets: Sockets) -> None:
        ws = await sockets.http.ws_connect((await sockets.ticket())["url"], autoping=False)
        await ws.receive_json()
        assert (await ws.receive(timeout=2)).type == aiohttp.WSMsgType.PING
        await ws.close()

    play(scenario)


def test_opens_and_upgrades_can_be_refused(lab: SlackLab, play: Play) -> None:
    lab.refuse_open(1, "internal_error")
    lab.refuse_upgrade(1, 503)

    async def scenario(sockets: Sockets) -> None:
        assert (await sockets.ticket())["error"] == "internal_error"
        url = (await sockets.ticket())["url"]
        with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
            await sockets.http.ws_connect(url)
        await (await sockets.connect()).close()

    play(scenario)


def test_the_same_envelope_can_come_twice(lab: SlackLab, play: Play) -> None:
    async def scenario(sockets: Sockets) -> None:
        ws = await sockets.connect()
        said = lab.say("alice", "/webnet help")
        first = await ws.receive_json()
        lab.redeliver(said)
        second = await ws.receive_json()
        assert first == second
        await sockets.ack(ws, first)
        await sockets.ack(ws, second)
        await asyncio.sleep(0.1)

    play(scenario)
    assert [ack.again for ack in lab.acks] == [False, True]


def test_only_events_are_delivered_again(lab: SlackLab, play: Play) -> None:
    async def scenario(sockets: Sockets) -> None:
        ws = await sockets.connect()
        sent = lab.event("T0ACME", {"type": "app_home_opened", "user": "U0ALICE"})
        first = await ws.receive_json()
        assert (first["retry_attempt"], first["accepts_response_payload"]) == (0, False)
        again = await ws.receive_json(timeout=2)
        assert (again["retry_attempt"], again["retry_reason"]) == (1, "timeout")
        assert again["payload"]["event_id"] == first["payload"]["event_id"]
        assert again["envelope_id"] != first["envelope_id"]
        await sockets.ack(ws, again)
        await asyncio.to_thread(sent.wait_ack)

    play(scenario)


def test_acks_and_envelopes_may_be_large(lab: SlackLab, play: Play) -> None:
    async def scenario(sockets: Sockets) -> None:
        ws = await sockets.connect()
        lab.event("T0ACME", {"type": "message", "text": "x" * 5_000_000})
        big = await ws.receive_json(timeout=5)
        await sockets.ack(ws, big, {"text": "y" * 5_000_000})
        await asyncio.sleep(0.1)

    play(scenario)
    assert lab.acks[-1].known


def test_each_app_has_its_own_connections(lab: SlackLab, play: Play) -> None:
    app = lab.add_app("A0OTHER", "xapp-other", "another-secret")
    alice = lab.world.teams["T0ACME"].members["U0ALICE"]
    lab.add_team("T0OTHER", "Other", "xoxb-other", app.id, [alice])

    async def scenario(sockets: Sockets) -> None:
        ws = await sockets.connect("xapp-other")
        lost = lab.say("alice", "/webnet help")
        found = lab.say("alice", "/webnet help", channel="D0ALICE", team="T0OTHER")
        envelope = await ws.receive_json()
        assert envelope["payload"]["api_app_id"] == "A0OTHER"
        await sockets.ack(ws, envelope)
        await asyncio.to_thread(found.wait_ack)
        assert lost.error == "dispatch_failed"

    play(scenario)


def test_typing_links_when_the_command_escapes_them(lab: SlackLab) -> None:
    def text(line: str) -> Any:
        return lab.say("alice", line, links=True, send=False).payload["text"]

    assert text("/webnet ping rtr1.example.com") == "ping <http://rtr1.example.com|rtr1.example.com>"
    assert text("/webnet ping 10.0.0.1") == "ping 10.0.0.1"
    assert text("/webnet ack @bob in #noc") == "ack <@U0BOB|bob> in <#C0NOC|noc>"
    assert text("/webnet search https://x.example/a") == "search <https://x.example/a>"


def test_the_one_at_the_keyboard_sees_what_is_wrong(lab: SlackLab) -> None:
    with pytest.raises(ValueError, match="no channel C0NOPE"):
        lab.say("alice", "/webnet help", channel="C0NOPE")
    with pytest.raises(ValueError, match="not a member of C0PRIVATE"):
        lab.say("bob", "/webnet help", channel="C0PRIVATE")
    with pytest.raises(ValueError, match="zoe is not a member of T0ACME"):
        lab.say("zoe", "/webnet help")
    with pytest.raises(ValueError, match="slash"):
        lab.say("alice", "hello")


def test_the_sdks_own_client_connects_and_acks(lab: SlackLab) -> None:
    web = WebClient(token="xapp-lab", base_url=lab.api_url)
    client = SocketModeClient(app_token="xapp-lab", web_client=web)

    def listen(to: BaseSocketModeClient, request: SocketModeRequest) -> None:
        to.send_socket_mode_response(SocketModeResponse(request.envelope_id, {"text": "from the SDK"}))

    client.socket_mode_request_listeners.append(listen)
    client.connect()
    try:
        lab.wait_connected()
        said = [lab.say("alice", f"/webnet help {i}") for i in range(20)]
        assert all(one.wait()[0].text == "from the SDK" for one in said)
    finally:
        client.close()


def test_thousands_of_commands_per_second(lab: SlackLab) -> None:
    """Sending and acking must not be what a load test measures."""
    count = 3000

    async def answer(sockets: Sockets) -> None:
        ws = await sockets.connect()
        for _ in range(count):
            await sockets.ack(ws, await ws.receive_json())

    async def whole() -> None:
        sockets = Sockets(lab)
        try:
            await answer(sockets)
        finally:
            await sockets.http.close()

    thread = threading.Thread(target=lambda: asyncio.run(whole()))
    thread.start()
    lab.wait_connected()
    said = [lab.say("alice", "/webnet help") for _ in range(count)]
    thread.join(10)
    assert all(one.attempts == 0 and one.trigger_id for one in said)


def test_stop_is_immediate_and_the_lab_can_start_again(lab: SlackLab, play: Play) -> None:
    async def scenario(sockets: Sockets) -> None:
        await sockets.connect()
        await asyncio.to_thread(lab.stop)

    play(scenario)
    port = lab.port
    lab.start()
    assert lab.port == port
