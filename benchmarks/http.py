"""Signed commands over HTTP by 1, 8 and 64 clients at once, beside FastAPI with a bare Bolt app in threads, which only
acknowledges: while all workers of the bot wait for WebNet, when it only acknowledges, too; and as they come, when it also answers
each of them.

The client is one loop over keep-alive connections with requests signed beforehand, and receives the bot's messages, too: a Slack
that checks them would use more of the machine than what is measured.
"""

from __future__ import annotations

import asyncio
import socket
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

from rich.table import Table

from benchmarks.bare import SECRET
from benchmarks.commands import MOST, copied
from benchmarks.kit import Effort, Watched, percentile, process, spread, table
from benchmarks.labs import WebNetProcess, webnet_process
from bot.settings.table import Settings
from lab.slack.signing import signed_headers
from store.audit import AuditFilter
from store.database import Store, migrate_store, open_store
from tests.conftest import STORE_KEY
from tests.e2e.process import bot_process, free_port
from tests.e2e.rig import add_people, settings_for, wait_until

CLIENTS = (1, 8, 64)
WORKERS = Settings().commands.workers // 2  # that one workspace may hold
QUEUE = 10_000  # of which a workspace may have half
HELD_S = 2.0  # less than what the bot waits for WebNet
DRAINED_S = 60.0
HELD, ANSWERING, BARE = "the bot, its workers held", "the bot, answering", "FastAPI and bare fast in threads"
USERS = {"U0ALICE": "alice", "U0OSCAR": "oscar", "U0VERA": "vera", "U0BOB": "bob"}
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok"
_serials = count(1)


@dataclass(frozen=True, slots=True)
class Sink:
    """A stand-in for Slack that accepts every reply."""

    api_url: str


@dataclass
class Series:
    """The measurements of one way of being asked, round by round."""

    per_s: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)


@dataclass
class Candidate:
    """`store` is the bot's, read by the client; `series` by name and number of clients."""

    port: int
    path: str
    watched: Watched
    store: Store | None = None
    series: dict[tuple[str, int], Series] = field(default_factory=lambda: defaultdict(Series))
    asked: int = 0
    busy: int = 0

    async def round(self, name: str, clients: int, number: int, response_url: str, text: str = "help") -> None:
        self.asked += number
        requests = iter([signed(self.path, response_url, text) for _ in range(number)])
        took_ms: list[float] = []
        cpu, started = self.watched.cpu_s(), time.monotonic()
        await asyncio.gather(*(self._ask(requests, took_ms) for _ in range(clients)))
        series = self.series[name, clients]
        series.per_s.append(number / (time.monotonic() - started))
        series.cpu_ms.append((self.watched.cpu_s() - cpu) * 1000 / number)
        series.p99_ms.append(percentile(took_ms, 99))

    async def drained(self) -> None:
        """Waits until each accepted command has its row, in a thread, since this one receives the responses."""
        if store := self.store:
            done = lambda: store.audit.count(AuditFilter(), MOST) >= self.asked  # noqa: E731
            await asyncio.to_thread(wait_until, done, "every row", DRAINED_S)

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
    """Reads the body of a response, which must be a 200."""
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
            self._transport.write(OK)


@contextmanager
def the_bot(folder: Path, webnet: WebNetProcess, sink: str) -> Iterator[Candidate]:
    url, port = f"sqlite:///{folder}/store.db", free_port()
    migrate_store(url)
    with open_store(url, keys=[STORE_KEY]) as store:
        add_people(store)
        http = {"HTTP__ENABLED": "true", "HTTP__PORT": str(port), "SLACK__SOCKET_MODE": "false"}
        http["COMMANDS__QUEUE"] = str(QUEUE)
        with bot_process(settings_for(Sink(sink), webnet, url), folder, **http) as bot:
            wait_until(lambda: listens(port), "the port", 20)
            wait_until(store.directory.swept_at, "the first sweep", 20)
            wait_until(lambda: copied(store), "the first copy of the configs", 40)
            yield Candidate(port, "/api/v1/chatops/slack/commands", Watched(bot.process.pid), store)


@contextmanager
def bare_fastapi() -> Iterator[Candidate]:
    port = free_port()
    with process("benchmarks.bare_http", str(port)) as started:
        wait_until(lambda: listens(port), "the port", 20)
        yield Candidate(port, "/slack/events", Watched(started.pid))


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
        bare = stack.enter_context(bare_fastapi())
        for candidate in (bot, bare):
            await candidate.round("to warm up", 8, 100, sink)
        await bot.drained()
        for _ in range(effort.rounds):
            for clients in CLIENTS:
                webnet.delay(HELD_S)
                await bot.round("to hold the workers", WORKERS, WORKERS, sink, "status #1")
                await bot.round(HELD, clients, number, sink)
                webnet.delay(0)
                await bot.drained()
                await bot.round(ANSWERING, clients, number, sink)
                await bot.drained()
                await bare.round(BARE, clients, number, sink)
    server.close()
    rows = []
    for clients in CLIENTS:
        yardstick = statistics.median(bare.series[BARE, clients].per_s)
        for each, name, goal in ((bot, HELD, "≥ 0.7"), (bot, ANSWERING, ""), (bare, BARE, "")):
            found = each.series[name, clients]
            ratio = f"{statistics.median(found.per_s) / yardstick:.2f}"
            figures = (spread(found.per_s, ",.0f"), ratio, goal, spread(found.p99_ms, ",.1f"), spread(found.cpu_ms))
            rows.append((f"{name}, {clients} at once", *figures))
    title = f"Signed /webnet help over HTTP; {bot.busy:,} of the bot's were answered that it is busy"
    return table(title, "", "acknowledged/s", "times bare", "goal", "p99, ms", "CPU each, ms", rows=rows)
