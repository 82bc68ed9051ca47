"""Socket Mode: a few WebSocket connections for each app-level token, on one event-loop thread, which also calls Bolt.

The SDK's clients are not used: the built-in one stops at large frames and bursts, the aiohttp one closes the old socket
before the new one is open and loses what arrives meanwhile. Here the new one is open first, the old one is read until Slack
ends it, every attempt asks for a fresh ticket, and every wait has an end.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bot import tls
from bot.heartbeats import Heartbeats
from bot.slack import websocket
from bot.slack.errors import retry_after_s, word_of
from bot.slack.socket_trouble import Refused, backoff_s, reason
from bot.slack.websocket import CLOSE_S, CONNECT_S

log = logging.getLogger(__name__)

HEARTBEAT_S = 10.0  # a half-open connection is found after one and a half of it
# Slack ends an old connection within some ten seconds. What it sends while the bot ends one is lost, so the bot does that only where
# nothing came for so long.
QUIET_S = 30.0
ENVELOPES = frozenset({"slash_commands", "interactive", "events_api"})
SETTLED_S = 30.0  # a connection that lived for so long is no sign of trouble when it ends

# (envelope type, payload, envelope id, or what stands for one) -> the ack's payload, or None for an empty ack. Raises NotHandled
# alone. May block for an event, never for anything else.
Receive = Callable[[str, dict[str, Any], str], dict[str, Any] | None]


class NotHandled(Exception):
    """Says that an event was not handled: it gets no ack, so that Slack sends it again."""


@dataclass(slots=True)
class _App:
    """The connections of one app-level token. `trouble` is what was last said about why there is none."""

    token: str
    keepers: list[asyncio.Task[None]] = field(default_factory=list)
    open: int = 0
    trouble: str = ""


@dataclass(slots=True)
class _Life:
    """Of one connection. `over`: a new one is wanted; `useful`: something came over it."""

    over: asyncio.Event = field(default_factory=asyncio.Event)
    useful: bool = False


class Sockets:
    """`start`, `follow` and `stop` may be called from any thread."""

    def __init__(
        self,
        api_url: str,
        receive: Receive,
        *,
        ca_bundle: str = "",
        connections: int = 2,
        heartbeat_s: float = HEARTBEAT_S,
        quiet_s: float = QUIET_S,
        heartbeats: Heartbeats | None = None,
    ) -> None:
        self._heartbeats = heartbeats or Heartbeats()
        self._tls = tls.context(ca_bundle)
        self._open_url = api_url.rstrip("/") + "/apps.connections.open"
        self._receive = receive
        self._connections = connections
        self._heartbeat_s = heartbeat_s
        self._quiet_s = quiet_s
        self._apps: dict[str, _App] = {}
        self._tasks: set[asyncio.Task[None]] = set()  # keepers and readers, until each has cleaned up
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="sockets", daemon=True)
        self._session: aiohttp.ClientSession | None = None
        self._dialling = 0  # connections that are being made, until Slack's hello is waited for

    def start(self) -> None:
        self._thread.start()

    @property
    def started(self) -> bool:
        return self._thread.is_alive()

    def follow(self, tokens: Collection[str]) -> None:
        """Connects new tokens and leaves those that are no longer named."""
        asyncio.run_coroutine_threadsafe(self._follow(frozenset(tokens)), self._loop).result(CONNECT_S)

    def stop(self) -> None:
        """Closes every connection, each within two seconds. What arrives until then is still received."""
        if self.started:
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(CLOSE_S * 3)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(CLOSE_S)
        elif not self._loop.is_running():
            self._loop.close()

    def open_connections(self) -> dict[str, int]:
        """How many are open, by app-level token."""
        return {token: app.open for token, app in list(self._apps.items())}

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._heartbeats.follow(self._loop)
        self._loop.run_forever()
        self._loop.close()

    # -- on the loop's thread from here

    async def _follow(self, tokens: frozenset[str]) -> None:
        if self._session is None:
            # Its own limit of 100 would leave all further sockets unmade, as each keeps its connection.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ssl=self._tls), timeout=aiohttp.ClientTimeout(total=CONNECT_S)
            )
        for token in tokens - self._apps.keys():
            app = self._apps[token] = _App(token)
            app.keepers = [self._task(self._keep(app)) for _ in range(self._connections)]
        for token in self._apps.keys() - tokens:
            for keeper in self._apps.pop(token).keepers:
                keeper.cancel()

    def _task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _close(self) -> None:
        # aiohttp loses hold of a connection if it is cancelled just as that comes about.
        deadline = self._loop.time() + CLOSE_S
        while self._dialling and self._loop.time() < deadline:  # noqa: ASYNC110 - for milliseconds, and only at the end
            await asyncio.sleep(0.005)
        await self._follow(frozenset())
        await asyncio.sleep(0)  # a reader that is cancelled before its first step would never shut its socket
        for task in self._tasks:
            if not task.cancelling():
                task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSE_S)
        if self._session is not None:
            await self._session.close()
            await asyncio.sleep(0)  # lets the transports close

    async def _keep(self, app: _App) -> None:
        """One connection, for ever: a new one as soon as Slack asks for it or the old one is gone."""
        failures = 0
        current: asyncio.Task[None] | None = None
        try:
            while True:
                try:
                    socket = await self._connect(app.token)
                except Exception as error:
                    failures += 1
                    _say(app, error)
                    await asyncio.sleep(backoff_s(failures, error))
                    continue
                app.trouble = ""
                began, life = self._loop.time(), _Life()
                current = self._task(self._read(app, socket, life))
                await life.over.wait()
                current = None
                failures = 0 if life.useful or self._loop.time() - began > SETTLED_S else failures + 1
                if failures > 1:  # Slack may ask for a new connection at once, but not again and again
                    await asyncio.sleep(backoff_s(failures, None))
        finally:
            if current is not None:
                current.cancel()

    async def _connect(self, token: str) -> aiohttp.ClientWebSocketResponse:
        self._dialling += 1
        try:
            socket = await self._dial(token)
        finally:
            self._dialling -= 1
        try:
            async with asyncio.timeout(CONNECT_S):
                await websocket.greeted(socket)
        except BaseException:
            await websocket.shut(socket)
            raise
        return socket

    async def _dial(self, token: str) -> aiohttp.ClientWebSocketResponse:
        """A fresh ticket for every attempt; a ticket is as good as a key, so it is never logged."""
        assert self._session is not None
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        async with self._session.post(self._open_url, headers=headers, **websocket.proxy(self._open_url)) as response:
            if response.status == 429:
                raise Refused("ratelimited", retry_after_s(response.headers.get("Retry-After")) or 10.0)
            body = await response.json(content_type=None)
        if not isinstance(body, dict) or body.get("ok") is not True or not isinstance(body.get("url"), str):
            raise Refused(word_of(body.get("error") if isinstance(body, dict) else None))
        return await websocket.connect(self._session, body["url"], self._heartbeat_s)

    async def _read(self, app: _App, socket: aiohttp.ClientWebSocketResponse, life: _Life) -> None:
        """Until the connection is gone, or quiet after Slack asked to leave it."""
        app.open += 1
        try:
            while True:
                message = await socket.receive(self._quiet_s if life.over.is_set() else None)
                if message.type is not aiohttp.WSMsgType.TEXT:
                    break
                kind = await self._receive_frame(socket, message.data)
                life.useful = life.useful or kind in ENVELOPES
                if kind == "disconnect":
                    life.over.set()
        except TimeoutError:
            pass  # quiet at last
        except (aiohttp.ClientError, ConnectionError) as error:
            log.info("a Socket Mode connection broke: %s", type(error).__name__)
        finally:
            app.open -= 1
            life.over.set()
            await websocket.shut(socket)

    async def _receive_frame(self, socket: aiohttp.ClientWebSocketResponse, data: str) -> str:
        """Handles one frame and returns its type."""
        try:
            frame = json.loads(data)
            kind, envelope_id = str(frame.get("type")), frame.get("envelope_id")
        except (ValueError, AttributeError):
            log.warning("a Socket Mode frame could not be read")
            return ""
        if isinstance(envelope_id, str):
            payload = frame.get("payload")
            try:
                answer = await self._answer(kind, payload if isinstance(payload, dict) else {}, envelope_id)
            except NotHandled:
                return kind
            ack = {"envelope_id": envelope_id} | ({"payload": answer} if answer else {})
            await socket.send_str(json.dumps(ack))
        return kind

    async def _answer(self, kind: str, payload: dict[str, Any], envelope_id: str) -> dict[str, Any] | None:
        """Runs events in a thread: what they say is stored before their ack, which may last a moment."""
        if kind == "events_api":
            return await asyncio.to_thread(self._receive, kind, payload, envelope_id)
        return self._receive(kind, payload, envelope_id)


def _say(app: _App, error: Exception) -> None:
    """Logs trouble once for all connections of an app, and as an error where no retry mends it."""
    trouble = error.word if isinstance(error, Refused) else reason(error)
    repeated, app.trouble = trouble == app.trouble, trouble
    if isinstance(error, Refused):
        level = logging.DEBUG if repeated else logging.ERROR
        log.log(level, "Slack refused a Socket Mode connection (%s); `check` says what to do", trouble)
    else:
        level = logging.DEBUG if repeated else logging.WARNING
        log.log(level, "Slack cannot be reached for Socket Mode (%s); trying again", trouble)
