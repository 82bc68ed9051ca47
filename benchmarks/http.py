"""Signed commands over HTTP by 1, 8 and 64 clients at once, beside FastAPI with a bare Bolt app in threads: as they come, when the
bot also answers each of them, and while all its workers wait for WebNet, when it only acknowledges (and says that it is busy).

The client is one loop over keep-alive connections with requests signed beforehand, and takes the bot's answers, too: a Slack
that checks them would take more of the machine than what is measured.
"""

from __future__ import annotations

import asyncio
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from rich.table import Table

from benchmarks.bare import SECRET
from benchmarks.commands import copied
from benchmarks.kit import Effort, Watched, percentile, process, spread, table
from benchmarks.labs import WebNetProcess, webnet_process
from lab.slack.signing import signed_headers
from store.database import migrate_store, open_store
from tests.conftest import STORE_KEY
from tests.e2e.process import bot_process, free_port
from tests.e2e.rig import add_people, settings_for, wait_until

CLIENTS = (1, 8, 64)
FILLING = 16 + 128  # the workers, and half of the queue, which is a workspace's share
HELD_S = 4.0  # less than what the bot waits for WebNet
USERS = {"U0ALICE": "alice", "U0OSCAR": "oscar", "U0VERA": "vera", "U0BOB": "bob"}
TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok"
_serials = count(1)


@dataclass(frozen=True, slots=True)
class Sink:
    """What stands in for Slack: takes every answer."""

    api_url: str


def _none_yet() -> dict[int, list[float]]:
    return {clients: [] for clients in CLIENTS}


@dataclass
class Candidate:
    name: str
    port: int
    path: str
    watched: Watched
    per_s: dict[int, list[float]] = field(default_factory=_none_yet)
    p99_ms: dict[int, list[float]] = field(default_factory=_none_yet)
    cpu_ms: dict[int, list[float]] = field(default_factory=_none_yet)
    busy: int = 0

    async def round(self, clients: int, number: int, response_url: str, text: str = "help") -> None:
        requests = iter([signed(self.path, response_url, text) for _ in range(number)])
        took_ms: list[float] = []
        cpu, started = self.watched.cpu_s(), time.monotonic()
        await asyncio.gather(*(self._ask(requests, took_ms) for _ in range(clients)))
        self.per_s[clients].append(number / (time.monotonic() - started))
        self.cpu_ms[clients].append((self.watched.cpu_s() - cpu) * 1000 / number)
        self.p99_ms[clients].append(percentile(took_ms, 99))

    async def _ask(self, requests: Iterator[bytes], took_ms: list[float]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            for request in requests:
                started = time.monotonic()
                writer.write(request)
                body = await _answer(reader)
                took_ms.append((time.monotonic() - started) * 1000)
                self.busy += bool(body)
        finally:
            writer.close()


async def _answer(reader: asyncio.StreamReader) -> bytes:
    """The body of a 200."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    assert head.startswith(b"http/1.1 200 "), head
    return await reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0]))


def signed(path: str, response_url: str, text: str) -> bytes:
    """A typed command, as Slack sends it; never the same twice."""
    serial = next(_serials)
    user, name = [*USERS.items()][serial % len(USERS)]
    fields = {
        "token": "unused",
        "team_id": "T0ACME",
        "team_domain": "acme",
        "channel_id": "C0NOC",
        "channel_name": "noc",
    }
    fields |= {"user_id": user, "user_name": name, "command": "/webnet", "text": text, "api_app_id": "A0WEBNET"}
    fields |= {"is_enterprise_install": "false", "response_url": response_url, "trigger_id": f"{serial}.T0ACME.bench"}
    body = urlencode(fields).encode()
    headers = {**signed_headers(body, SECRET), "Host": "bot.example.net", "Content-Length": str(len(body))}
    lines = [f"POST {path} HTTP/1.1", *(f"{key}: {value}" for key, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + body


class _Taking(asyncio.Protocol):
    """Answers each whole request with 200."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._left = transport, b""

    def data_received(self, data: bytes) -> None:
        self._left += data
        head, end, rest = self._left.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if end and len(rest) >= int(length or 0):
            self._left = b""
            self._transport.write(TAKEN)


@contextmanager
def the_bot(folder: Path, webnet: WebNetProcess, sink: str) -> Iterator[Candidate]:
    url, port = f"sqlite:///{folder}/store.db", free_port()
    migrate_store(url)
    with open_store(url, keys=[STORE_KEY]) as store:
        add_people(store)
        http = {"HTTP__ENABLED": "true", "HTTP__PORT": str(port), "SLACK__SOCKET_MODE": "false"}
        with bot_process(settings_for(Sink(sink), webnet, url), folder, **http) as bot:
            wait_until(lambda: listens(port), "the port", 20)
            wait_until(store.directory.swept_at, "the first sweep", 20)
            wait_until(lambda: copied(store), "the first copy of the configs", 40)
            yield Candidate("the bot", port, "/api/v1/chatops/slack/commands", Watched(bot.process.pid))


@contextmanager
def bare_fastapi() -> Iterator[Candidate]:
    port = free_port()
    with process("benchmarks.bare_http", str(port)) as started:
        wait_until(lambda: listens(port), "the port", 20)
        yield Candidate("FastAPI and bare fast in threads", port, "/slack/events", Watched(started.pid))


def listens(port: int) -> bool:
    with closing(socket.socket()) as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def measured(effort: Effort) -> Iterator[Table]:
    yield asyncio.run(_measured(effort))


async def _measured(effort: Effort) -> Table:
    number = effort.scaled(400, 200)
    server = await asyncio.get_running_loop().create_server(_Taking, "127.0.0.1", 0)
    sink = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="webnet-bot-")))
        webnet = stack.enter_context(webnet_process())
        bot = stack.enter_context(the_bot(folder, webnet, sink))
        held = replace(bot, name="the bot, its workers held", **_unmeasured())
        bare = stack.enter_context(bare_fastapi())
        for candidate in (bot, bare):
            await replace(candidate, **_unmeasured()).round(8, 100, sink)  # to warm up
        for _ in range(effort.rounds):
            for clients in CLIENTS:
                for candidate in (bot, bare):
                    await candidate.round(clients, number, sink)
            webnet.delay(HELD_S)
            await replace(bot, **_unmeasured()).round(8, FILLING, sink, "status #1")
            for clients in CLIENTS:
                await held.round(clients, number, sink)
            webnet.delay(0)
            await asyncio.sleep(HELD_S)
    server.close()
    rows = [
        (
            f"{each.name}, {clients} at once",
            spread(each.per_s[clients], ",.0f"),
            f"{statistics.median(each.per_s[clients]) / statistics.median(bare.per_s[clients]):.2f}",
            "" if each is bare else "≥ 0.7",
            spread(each.p99_ms[clients], ",.1f"),
            spread(each.cpu_ms[clients]),
        )
        for clients in CLIENTS
        for each in (bot, held, bare)
    ]
    title = (
        f"Signed /webnet help over HTTP; {bot.busy:,} and, held, {held.busy:,} of the bot's were told that it is busy"
    )
    return table(title, "", "acknowledged/s", "times bare", "goal", "p99, ms", "CPU each, ms", rows=rows)


def _unmeasured() -> dict[str, Any]:
    return {name: _none_yet() for name in ("per_s", "p99_ms", "cpu_ms")}
