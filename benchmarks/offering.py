"""A Slack that offers commands at a pace and times what comes back, in a process of its own: `python -m benchmarks.offering`.

Not the lab, which checks and keeps every message: at 300 commands a second it would be busier than the bot, and its own
waits would be measured as the bot's. Here an envelope and its answer cost about a tenth of that. Payloads are the lab's.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from typing import Any

import requests
from aiohttp import WSMsgType, web

from benchmarks.kit import Watched, line, process
from lab.slack import payloads
from lab.slack.acme import acme_and_globex
from lab.slack.world import Channel, Member, Team, World

GRACE_S = 0.05  # an old connection of a hand-over is closed so long after the new ones are open and its acks are in
HELLO = {"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0WEBNET"}}
DISCONNECT = {"type": "disconnect", "reason": "refresh_requested"}
USERS = ("U0ALICE", "U0OSCAR", "U0VERA", "U0BOB")  # who ask in turn: one alone would ask more than anybody may
TYPISTS = 20
AUTH = {"ok": True, "team": "Acme", "team_id": "T0ACME", "user": "webnet", "user_id": "U0BOT", "bot_id": "B0BOT"}


def _places() -> list[tuple[Team, Member, Channel]]:
    world = World()
    acme_and_globex(world)
    return [world.place(user, "C0NOC", "T0ACME") for user in USERS]


PLACES = _places()
TYPED = "types "  # begins a text that is no command: somebody types the rest of it into a select of devices


def payload(index: int, name: str, url: str, text: str) -> dict[str, Any]:
    """Makes the payload of `/webnet text`, named `name`, for the Slack at `url`; `index` chooses who asks."""
    made = payloads.command(*PLACES[index % len(PLACES)], "/webnet", text)
    return made | {"response_url": f"{url}/commands/{name}", "trigger_id": f"1.T0ACME.{name}"}


def keystroke(index: int, typed: str) -> dict[str, Any]:
    """Makes the payload of somebody who types into a select; one of `TYPISTS` people, since one alone types no faster than that."""
    team, member, _ = PLACES[index % len(PLACES)]
    user = {"id": typist(index % TYPISTS), "username": member.name, "name": member.name, "team_id": team.id}
    return {
        "type": "block_suggestion",
        "team": {"id": team.id, "domain": team.domain},
        "user": user,
        "api_app_id": team.app.id,
        "enterprise": None,
        "is_enterprise_install": False,
        "container": {"type": "view", "view_id": "V0BENCH"},
        "view": {
            "id": "V0BENCH",
            "type": "modal",
            "callback_id": "webnet:form:status",
            "private_metadata": "0" * 32,
            "blocks": [],
        },
        "action_id": "webnet:suggest:device",
        "block_id": "device",
        "value": typed,
    }


def typist(number: int) -> str:
    return f"U0TYPIST{number:02}"


@dataclass(slots=True)
class Command:
    """Times of the monotonic clock; `ack_text` is the text of the ack, `acks` is how many came."""

    socket: Socket
    sent: float
    acked: float = 0.0
    acks: int = 0
    ack_text: str = ""
    answered: float = 0.0


@dataclass(eq=False, slots=True)
class Socket:
    ws: web.WebSocketResponse
    open_commands: int = 0


@dataclass(frozen=True, slots=True)
class Offered:
    """The outcome of the commands of one offer. Milliseconds from when an envelope was written; of all that were answered
    "busy" or answered: until then. `late_ms` is how far the client itself fell behind the pace, at worst; `took_s` until the
    last was acknowledged (and, where that was waited for, answered)."""

    acks_ms: list[float] = field(repr=False)
    outcomes_ms: list[float] = field(repr=False)
    busy: int
    lost: int
    again: int
    unanswered: int
    late_ms: float
    took_s: float


class Offering:
    """Everything runs on one loop; what is not an envelope, an ack or an answer gets the shortest word that Slack has."""

    def __init__(self) -> None:
        self._random = random.Random(1)
        self._sockets: list[Socket] = []
        self._commands: dict[str, Command] = {}
        self._url = ""

    async def serve(self) -> None:
        app = web.Application(client_max_size=2**24)
        app.router.add_post("/api/{method}", self._api)
        app.router.add_get("/link/", self._link)
        app.router.add_post("/commands/{envelope}", self._answered)
        app.router.add_get("/sockets", self._count)
        app.router.add_post("/offer", self._offer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self._url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        sys.stdout.write(f"{self._url}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()

    # What the app sees

    async def _api(self, request: web.Request) -> web.Response:
        if request.match_info["method"] == "apps.connections.open":
            return web.json_response({"ok": True, "url": f"{self._url.replace('http', 'ws', 1)}/link/"})
        return web.json_response(AUTH | {"ts": f"{time.time():.6f}", "channel": "C0NOC"})

    async def _link(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(compress=False, max_msg_size=2**25)
        await ws.prepare(request)
        await ws.send_json(HELLO)
        socket = Socket(ws)
        self._sockets.append(socket)
        try:
            async for message in ws:
                if message.type is WSMsgType.TEXT:
                    self._acked(json.loads(message.data), time.monotonic())
        finally:
            if socket in self._sockets:
                self._sockets.remove(socket)
        return ws

    def _acked(self, ack: dict[str, Any], now: float) -> None:
        command = self._commands[ack["envelope_id"]]
        command.acks += 1
        if command.acks == 1:
            command.acked, command.ack_text = now, (ack.get("payload") or {}).get("text", "")
            command.socket.open_commands -= 1

    async def _answered(self, request: web.Request) -> web.Response:
        now = time.monotonic()
        command = self._commands.get(request.match_info["envelope"])
        if command is not None and not command.answered and b"Working" not in await request.read():
            command.answered = now
        return web.Response(text="ok")

    # What the benchmark asks for

    async def _count(self, _: web.Request) -> web.Response:
        return web.json_response(len(self._sockets))

    async def _offer(self, request: web.Request) -> web.Response:
        return web.json_response(asdict(await self.offer(**await request.json())))

    async def offer(
        self,
        number: int,
        per_s: float,
        texts: list[str],
        hand_overs: int,
        answered: bool,
        patience_s: float,
        by_chance: bool,
    ) -> Offered:
        """`number` commands, the texts in turn; `per_s` 0 is all at once. `by_chance` they come at random times, as they do from
        people who know nothing of one another."""
        self._commands = commands = {str(uuid.UUID(int=self._random.getrandbits(128))): None for _ in range(number)}  # type: ignore[misc]
        frames = [self._frame(index, name, texts[index % len(texts)]) for index, name in enumerate(commands)]
        moving = asyncio.create_task(self._hand_overs(hand_overs, number / per_s if per_s else 0.0))
        began, late = time.monotonic(), 0.0
        due = began
        for index, (name, frame) in enumerate(zip(commands, frames, strict=True)):
            if per_s:
                due = due + self._random.expovariate(per_s) if by_chance else began + index / per_s
                if (wait_s := due - time.monotonic()) > 0:
                    await asyncio.sleep(wait_s)
                late = max(late, time.monotonic() - due)
            socket = self._random.choice(self._sockets)
            socket.open_commands += 1
            commands[name] = Command(socket, time.monotonic())
            await socket.ws.send_str(frame)
        await moving

        def done() -> bool:
            return all(c.acks and (not answered or c.ack_text or c.answered) for c in commands.values())

        with suppress(TimeoutError):
            await _until(done, patience_s)
        return _outcome(list(commands.values()), began, late, answered)

    def _frame(self, index: int, name: str, text: str) -> str:
        kind, made = "slash_commands", payload(index, name, self._url, text)
        if text.startswith(TYPED):
            kind, made = "interactive", keystroke(index, text.removeprefix(TYPED))
        envelope = {"envelope_id": name, "type": kind, "payload": made}
        return json.dumps(envelope | {"accepts_response_payload": True})

    async def _hand_overs(self, times: int, within_s: float) -> None:
        began = time.monotonic()
        for index in range(times):
            await asyncio.sleep(max(0.0, began + index * within_s / times - time.monotonic()))
            await self._hand_over()

    async def _hand_over(self) -> None:
        """Asks every connection to move; the old ones take envelopes until the new ones are open, and are then closed."""
        old = list(self._sockets)
        for socket in old:
            await socket.ws.send_json(DISCONNECT)
        await _until(lambda: len(self._sockets) == 2 * len(old))
        self._sockets = [socket for socket in self._sockets if socket not in old]
        await asyncio.sleep(GRACE_S)
        await _until(lambda: not any(socket.open_commands for socket in old))
        for socket in old:
            await socket.ws.close()


async def _until(met: Callable[[], bool], patience_s: float = 20.0) -> None:
    async with asyncio.timeout(patience_s):
        while not met():  # noqa: ASYNC110 - looking costs less than telling of every envelope
            await asyncio.sleep(0.005)


def _outcome(commands: list[Command], began: float, late_s: float, waited: bool) -> Offered:
    acked = [command for command in commands if command.acks]
    done = [(c, c.acked if c.ack_text else c.answered) for c in acked if c.ack_text or c.answered]
    last = max([c.acked for c in acked] + ([at for _, at in done] if waited else []), default=began)
    return Offered(
        acks_ms=[(c.acked - c.sent) * 1000 for c in acked],
        outcomes_ms=[(at - c.sent) * 1000 for c, at in done],
        busy=sum(bool(c.ack_text) for c in acked),
        lost=len(commands) - len(acked),
        again=sum(c.acks > 1 for c in acked),
        unanswered=len(commands) - len(done),
        late_ms=late_s * 1000,
        took_s=last - began,
    )


# On the side of the benchmark


@dataclass(frozen=True, slots=True)
class OfferingProcess:
    url: str
    watched: Watched

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    def wait_connected(self, connections: int, timeout: float = 20.0) -> None:
        deadline = time.monotonic() + timeout
        while (found := requests.get(f"{self.url}/sockets", timeout=5).json()) < connections:
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {timeout} s for {connections} connections, there are {found}")
            time.sleep(0.05)

    def offer(
        self,
        number: int,
        per_s: float = 0.0,
        *texts: str,
        hand_overs: int = 0,
        answered: bool = True,
        patience_s: float = 30.0,
        by_chance: bool = False,
    ) -> Offered:
        """See `Offering.offer`; texts default to `help`. `answered`: waits for the answers, too."""
        body = {"number": number, "per_s": per_s, "texts": texts or ["help"], "hand_overs": hand_overs}
        body |= {"answered": answered, "patience_s": patience_s, "by_chance": by_chance}
        response = requests.post(f"{self.url}/offer", json=body, timeout=600)
        response.raise_for_status()
        return Offered(**response.json())


@contextmanager
def offering() -> Iterator[OfferingProcess]:
    with process("benchmarks.offering") as started:
        yield OfferingProcess(line(started), Watched(started.pid))


if __name__ == "__main__":
    asyncio.run(Offering().serve())
