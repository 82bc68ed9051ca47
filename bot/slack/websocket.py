"""One WebSocket to Slack: how it is opened, greeted and closed; and the trial of one, for `check`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot import tls
from bot.proxies import proxy_for
from bot.slack.errors import word_of
from bot.slack.socket_trouble import Refused, reason

CONNECT_S = 10.0  # for the ticket, for the upgrade and for Slack's hello, each
CLOSE_S = 2.0
LINGER_S = 0.1  # in which the trial's connection reads what Slack has handed it
LARGEST_FRAME = 16 * 1024 * 1024  # bytes
BUSY = "The bot is busy right now. Nothing was done; try again."


async def connect(session: aiohttp.ClientSession, url: str, heartbeat_s: float) -> aiohttp.ClientWebSocketResponse:
    """Opens the connection of a ticket's address."""
    async with asyncio.timeout(CONNECT_S):
        opened: aiohttp.ClientWebSocketResponse = await session.ws_connect(
            url,
            heartbeat=heartbeat_s,
            max_msg_size=LARGEST_FRAME,
            timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_S),
            **proxy(url),
        )
    return opened


async def greeted(socket: aiohttp.ClientWebSocketResponse) -> None:
    """Waits for Slack's hello. Slack says to an app with too many connections why it ends the new one: that raises Refused."""
    message = await socket.receive()
    frame = json.loads(message.data) if message.type is aiohttp.WSMsgType.TEXT else None
    if not isinstance(frame, dict) or frame.get("type") != "hello":
        raise Refused(word_of(frame.get("reason")) if isinstance(frame, dict) else "no hello")


async def shut(socket: aiohttp.ClientWebSocketResponse) -> None:
    with suppress(Exception):
        async with asyncio.timeout(CLOSE_S):
            await socket.close()


def proxy(url: str) -> dict[str, Any]:
    """The proxy as aiohttp takes it. Its own `trust_env` also takes a password from a netrc file, and then refuses a request
    that carries a token. Raises UnusableProxy."""
    proxy = proxy_for(url)
    return {"proxy": proxy.url, "proxy_headers": proxy.headers} if proxy else {}


def trial(url: str, ca_bundle: str, say: Callable[[str, str], object]) -> str:
    """Opens the connection of a ticket's address, waits for Slack's hello and closes. Returns in words why that failed, empty if
    it did not. Slack hands each envelope to one connection at random: a command that comes here is answered that the bot is
    busy, as is a click by `say(response_url, words)`, and an event is not acknowledged, so that Slack sends it again."""
    try:
        asyncio.run(_try(url, ca_bundle, say))
    except Refused as error:
        return f"Slack ended the connection instead of greeting it ({error.word})."
    except Exception as error:  # of whatever library; an address holds the ticket, so only its host is said
        return f"Slack gives out a ticket for {urlsplit(url).hostname}, and that host cannot be used: {reason(error)}."
    return ""


async def _try(url: str, ca_bundle: str, say: Callable[[str, str], object]) -> None:
    connector = aiohttp.TCPConnector(ssl=tls.context(ca_bundle))
    async with aiohttp.ClientSession(connector=connector) as session:
        opened = await connect(session, url, CONNECT_S)
        try:
            async with asyncio.timeout(CONNECT_S):
                await greeted(opened)
            with suppress(TimeoutError):
                while (message := await opened.receive(LINGER_S)).type is aiohttp.WSMsgType.TEXT:
                    await _refuse(opened, json.loads(message.data), say)
        finally:
            await shut(opened)


async def _refuse(opened: aiohttp.ClientWebSocketResponse, frame: Any, say: Callable[[str, str], object]) -> None:
    match frame:
        case {"type": "slash_commands", "envelope_id": envelope_id}:
            words = {"response_type": "ephemeral", "text": BUSY}
            await opened.send_json({"envelope_id": envelope_id, "payload": words})
        case {"type": "interactive", "envelope_id": envelope_id}:  # what its acknowledgement holds is not shown
            await opened.send_json({"envelope_id": envelope_id})
            if isinstance(address := (frame.get("payload") or {}).get("response_url"), str):
                await asyncio.to_thread(say, address, BUSY)
