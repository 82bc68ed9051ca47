"""Socket Mode: tickets, connections, and the envelopes on them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from lab.slack.world import App, Json, World

CONNECTIONS_PER_APP = 10
TICKET_VALID_S = 30.0
MAX_FRAME_BYTES = 32 * 1024 * 1024
CLOSE_TIMEOUT_S = 1.0
LAST_ACKS_S = 3.0
LAST_ACKS_LOOK_S = 0.01
HALF_OPEN_LOOK_S = 0.05
APPLINK = "applink-lab"


@dataclass(eq=False)
class Connection:
    """One open socket of an app. `draining` after a `disconnect`: it still receives envelopes until the grace is over."""

    id: int
    app: App
    ws: web.WebSocketResponse = field(repr=False)
    transport: asyncio.BaseTransport | None = field(repr=False)
    opened_at: float = field(default_factory=time.monotonic)
    envelopes: int = 0
    acks: int = 0
    draining: bool = False
    half_open: bool = False
    outgoing: asyncio.Queue[str] = field(default_factory=asyncio.Queue, repr=False)

    def send(self, message: Json | str) -> None:
        self.outgoing.put_nowait(message if isinstance(message, str) else json.dumps(message))


class Hub:
    """The app's sockets. Everything runs on the server's loop; `on_ack` gets what clients send."""

    def __init__(self, world: World, ping_interval_s: float, on_ack: Callable[[Json, Connection], None]) -> None:
        self.world = world
        self.ping_interval_s = ping_interval_s
        self.on_ack = on_ack
        self.connections: list[Connection] = []
        self.refuse_opens: list[str] = []
        self.refuse_upgrades: list[int] = []
        self._tickets: dict[str, tuple[App, float]] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def ticket(self, app: App) -> str:
        ticket = self.world.token(32)
        self._tickets[ticket] = (app, time.monotonic() + TICKET_VALID_S)
        return ticket

    def of(self, app_id: str | None = None) -> list[Connection]:
        return [c for c in self.connections if app_id in (None, c.app.id)]

    def pick(self, app_id: str) -> Connection | None:
        """Slack sends each envelope to one connection, at random."""
        open_ones = self.of(app_id)
        return self.world.random.choice(open_ones) if open_ones else None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if self.refuse_upgrades:
            return web.Response(status=self.refuse_upgrades.pop(0))
        app, valid_until = self._tickets.pop(request.query.get("ticket", ""), (None, 0.0))
        if app is None or time.monotonic() > valid_until:
            return web.Response(status=408, text="ticket unknown, used or expired")
        ws = web.WebSocketResponse(
            autoping=False, autoclose=False, timeout=CLOSE_TIMEOUT_S, max_msg_size=MAX_FRAME_BYTES, compress=False
        )
        await ws.prepare(request)
        if len(self.of(app.id)) >= CONNECTIONS_PER_APP:
            await ws.send_json(_disconnect("too_many_websockets"))
            await ws.close()
            return ws
        await self._serve(Connection(self.world.serial(), app, ws, request.transport))
        return ws

    async def _serve(self, connection: Connection) -> None:
        self.connections.append(connection)
        connection.send(_hello(connection.app, len(self.of(connection.app.id))))
        tasks = [asyncio.create_task(self._write(connection)), asyncio.create_task(self._ping(connection))]
        self.world.news("sockets", connection.app)
        self.world.wake()
        try:
            await self._read(connection)
        finally:
            if connection in self.connections:
                self.connections.remove(connection)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.world.news("sockets", connection.app)
            self.world.wake()

    async def _read(self, connection: Connection) -> None:
        async for message in connection.ws:
            if connection.half_open:
                continue
            if message.type == WSMsgType.PING:
                await self._quietly(connection.ws.pong(message.data))
            elif message.type == WSMsgType.TEXT:
                self._received(connection, message.data)
        if connection.half_open:
            await self._leave_unanswered(connection)
        else:
            await self._quietly(connection.ws.close())

    async def _leave_unanswered(self, connection: Connection) -> None:
        """A half-open peer never answers a close frame: the client has to end the connection by itself."""
        if connection in self.connections:
            self.connections.remove(connection)
        while connection.transport is not None and not connection.transport.is_closing():  # noqa: ASYNC110 - a transport tells nobody
            await asyncio.sleep(HALF_OPEN_LOOK_S)

    def _received(self, connection: Connection, text: str) -> None:
        try:
            answer = json.loads(text)
        except ValueError:
            return
        if isinstance(answer, dict) and "envelope_id" in answer:
            connection.acks += 1
            self.on_ack(answer, connection)

    async def _write(self, connection: Connection) -> None:
        while True:
            text = await connection.outgoing.get()
            if not connection.half_open:
                await self._quietly(connection.ws.send_str(text))

    async def _ping(self, connection: Connection) -> None:
        while True:
            await asyncio.sleep(self.ping_interval_s)
            if not connection.half_open:
                await self._quietly(connection.ws.ping(f"Ping from {APPLINK}".encode()))

    @staticmethod
    async def _quietly(sending: Any) -> None:
        """The peer may be gone; the reader notices and ends the connection."""
        with contextlib.suppress(ConnectionError, RuntimeError):
            await sending

    # Fault on demand, on the server's loop

    def disconnect(self, connections: list[Connection], reason: str, grace_s: float) -> None:
        """Announces the end; the old socket receives envelopes until it is closed, at the latest after the grace."""
        for connection in connections:
            connection.send(_disconnect(reason))
            connection.draining = True
            asyncio.get_running_loop().call_later(grace_s, self._end, connection)

    def _end(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
            task = asyncio.ensure_future(self._close(connection))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def _close(self, connection: Connection) -> None:
        """Closes once what was sent is acked, or the time for that is over."""
        give_up = time.monotonic() + LAST_ACKS_S
        while connection.acks < connection.envelopes and time.monotonic() < give_up:  # noqa: ASYNC110 - for moments
            await asyncio.sleep(LAST_ACKS_LOOK_S)
        await self._quietly(connection.ws.close())

    def half_open(self, connections: list[Connection]) -> None:
        for connection in connections:
            connection.half_open = True

    def kill(self, connections: list[Connection]) -> None:
        for connection in connections:
            if isinstance(connection.transport, asyncio.WriteTransport):
                connection.transport.abort()


def _hello(app: App, count: int) -> Json:
    debug = {"host": APPLINK, "build_number": 1, "approximate_connection_time": 18060}
    return {"type": "hello", "num_connections": count, "debug_info": debug, "connection_info": {"app_id": app.id}}


def _disconnect(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": APPLINK}}
