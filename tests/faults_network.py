"""The network and PostgreSQL when things break, for `python -m tests.faults`. The bot is a process of its own."""

from __future__ import annotations

import asyncio
import os
import re
import resource
import signal
import socket
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import requests
from aiohttp import web

from bot.core.notice_kinds import FLAGS
from bot.http.limits import MAX_BODY
from lab.slack import SlackLab, plain
from lab.webnet import WebNetLab
from store.database import migrate_store, open_store
from tests.conftest import STORE_KEY
from tests.e2e.process import Surroundings, free_port
from tests.e2e.rig import add_people, answer, settings_for, wait_until
from tests.postgres import PostgresServer, postgres_server
from tests.store.test_postgres import PGBOUNCER, pooled, processes_of, wait_replayed

Row = tuple[str, str, bool]

OK = b"HTTP/1.1 200 OK\r\n"
DRIPS = {  # what comes at once, and what then comes again and again, a byte at a time
    "status line": (b"HTTP/1.1 200 ", b"O"),
    "headers": (OK + b"X-Slow: ", b"o"),
    "chunk size": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "body": (OK + b"Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n", b" "),
}
BYTE_EVERY_S = 0.2
WEBNET_TIMEOUT_S = 3.0
SILENT = 1_000
SILENT_S = 60.0
BODIES = 500
STOPPED_S = 60.0
OWN_HEADERS = {"host", "content-length", "transfer-encoding", "connection"}


@dataclass
class Front:
    """Stands before a lab and hands every request on, but for those that it lets drip."""

    port: int = field(default_factory=free_port)
    upstream: str = ""
    drips: tuple[bytes, bytes] | None = None
    where: Callable[[str, bytes], bool] = lambda _path, _body: True
    dripped: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    @contextmanager
    def serving(self) -> Iterator[Front]:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=0.1)
        try:
            asyncio.run_coroutine_threadsafe(self._start(runner), loop).result()
            yield self
        finally:
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    async def _start(self, runner: web.AppRunner) -> None:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._handle)
        return app

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if self.drips is not None and self.where(request.path, body):
            self.dripped += 1
            await self._drip(request, *self.drips)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in OWN_HEADERS}
        async with (
            aiohttp.ClientSession(auto_decompress=False) as session,
            session.request(
                request.method, self.upstream + request.path_qs, data=body, headers=headers, allow_redirects=False
            ) as found,
        ):
            kept = {name: value for name, value in found.headers.items() if name.lower() not in OWN_HEADERS}
            return web.Response(status=found.status, body=await found.read(), headers=kept)

    async def _drip(self, request: web.Request, at_once: bytes, again: bytes) -> None:
        assert request.transport
        request.transport.write(at_once)
        while not request.transport.is_closing():
            await asyncio.sleep(BYTE_EVERY_S)
            request.transport.write(again)
        raise ConnectionResetError


class FrontedSlack(SlackLab):
    """Names the front's address wherever it hands out one of its own, but for the WebSocket."""

    front = ""

    @property
    def url(self) -> str:
        return self.front or super().url


@contextmanager
def around(
    folder: Path, url: str, *, workers: int = 16, poll_s: float = 3_600.0
) -> Iterator[tuple[Surroundings, Front, Front]]:
    """Both labs behind fronts, and an empty store with the lab's people; the fronts are WebNet's and Slack's."""
    with ExitStack() as stack:
        webnet = stack.enter_context(WebNetLab(job_seconds=0.3))
        slack = stack.enter_context(FrontedSlack())
        fronts = Front(upstream=webnet.url), Front(upstream=slack.url)
        for front in fronts:
            stack.enter_context(front.serving())
        slack.front = fronts[1].url
        migrate_store(url)
        store = stack.enter_context(open_store(url, keys=[STORE_KEY]))
        add_people(store)
        store.channels.add(workspace=1, channel_id="C0ALERTS", channel_name="alerts", flags=FLAGS)
        settings = settings_for(fronts[1], fronts[0], url, timeout_s=WEBNET_TIMEOUT_S, workers=workers)
        yield Surroundings(slack, webnet, store, settings, folder), *fronts


def drips() -> Iterator[Row]:
    """Every worker that one workspace may hold waits for a response that never ends, and another workspace asks for help."""
    with tempfile.TemporaryDirectory(prefix="webnet-bot-") as folder:
        url = f"sqlite:///{folder}/store.db"
        with around(Path(folder), url, workers=4) as (all_, webnet, slack), all_.bot():
            wait_until(all_.store.directory.swept_at, "the first sweep")
            by_whom = {"WebNet": "status #{}", "Slack's API": "ping #{}", "response_url": "help"}
            for whose, words in by_whom.items():
                front = webnet if whose == "WebNet" else slack
                front.where = {"WebNet": _anything, "Slack's API": _web_api, "response_url": _for_oscar}[whose]
                for where, drip in DRIPS.items():
                    yield _dripped(all_, front, f"{whose}: {where}", words, drip)


def _anything(path: str, _: bytes) -> bool:
    return path.startswith("/api/v1/devices/")


def _web_api(path: str, body: bytes) -> bool:
    return path.startswith("/api/") and not path.endswith("connections.open") and b"GX" not in body


def _for_oscar(path: str, body: bytes) -> bool:
    return path.startswith("/commands/") and b"oscar" in body


def _dripped(all_: Surroundings, front: Front, what: str, words: str, drip: tuple[bytes, bytes]) -> Row:
    before, front.drips = front.dripped, drip
    asked = [all_.say("U0OSCAR", words.format(number + 1)) for number in range(6)]
    wait_until(lambda: front.dripped > before, f"a response that drips ({what})")
    began = time.monotonic()
    answer(all_.slack.say("U0BOB", "/webnet help", "C0GXNOC", "T0GLOBEX"))
    other_s = time.monotonic() - began
    wait_until(lambda: not _open(all_), f"the end of every command ({what})", 120)
    all_s, front.drips = time.monotonic() - began, None
    acked = sum(interaction.acked_ms is not None for interaction in asked)
    measured = f"another workspace's help after {other_s:.2f} s, {acked} of 6 acked, all ended after {all_s:.0f} s"
    return f"a response that drips, {what}", measured, other_s <= 2.0 and acked == 6


def _open(all_: Surroundings) -> bool:
    return any(row.status == "running" for row in all_.store.audit.list(limit=50)) or _unanswered(all_)


def _unanswered(all_: Surroundings) -> bool:
    return len(all_.store.audit.list(limit=1_000)) < len(all_.slack.acks)


@contextmanager
def listening(folder: str) -> Iterator[tuple[Surroundings, int, str]]:
    """A bot with its HTTP adapter; gives the process id and the address, too."""
    port = free_port()
    with (
        around(Path(folder), f"sqlite:///{folder}/store.db") as (all_, *_),
        all_.bot(HTTP__ENABLED="true", HTTP__PORT=str(port)) as bot,
    ):
        yield all_, bot.process.pid, f"http://127.0.0.1:{port}"


def silent() -> Iterator[Row]:
    """Connections that say nothing are opened again as soon as they are closed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4 * SILENT), hard))  # the bot inherits it
    try:
        with tempfile.TemporaryDirectory(prefix="webnet-bot-") as folder, listening(folder) as (_, _, url):
            statuses, opened = _beside_silent_ones(url)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    what = f"{SILENT:,} silent connections for {SILENT_S:.0f} s"
    measured = f"/healthz: {dict(statuses)}; {opened:,} connections were opened in all"
    yield what, measured, set(statuses) == {200}


def _beside_silent_ones(url: str) -> tuple[Counter[int], int]:
    statuses: Counter[int] = Counter()
    held: list[socket.socket] = []
    opened, end = 0, time.monotonic() + SILENT_S
    address = ("127.0.0.1", int(url.rpartition(":")[2]))
    while time.monotonic() < end:
        held = [each for each in held if not _closed(each)]
        while len(held) < SILENT:
            held.append(socket.create_connection(address, timeout=10))
            opened += 1
        statuses[requests.get(f"{url}/healthz", timeout=10).status_code] += 1
        time.sleep(0.2)
    for each in held:
        each.close()
    return statuses, opened


def _closed(connection: socket.socket) -> bool:
    connection.setblocking(False)
    with suppress(BlockingIOError):
        try:
            gone = not connection.recv(1)
        except ConnectionError:
            gone = True
        if gone:
            connection.close()
        return gone
    return False


def bodies() -> Iterator[Row]:
    """Nobody vouches for these bodies: half of them name credentials or a signature of the right form."""
    with tempfile.TemporaryDirectory(prefix="webnet-bot-") as folder, listening(folder) as (all_, pid, url):
        answer(all_.say("U0VERA", "help"))
        before = peak = _rss_mib(pid)
        address = ("127.0.0.1", int(url.rpartition(":")[2]))
        sending = [threading.Thread(target=_send_body, args=(address, number)) for number in range(BODIES)]
        for each in sending:
            each.start()
        while any(each.is_alive() for each in sending):
            peak = max(peak, _rss_mib(pid))
            time.sleep(0.01)
        began = time.monotonic()
        answer(all_.say("U0VERA", "help"))
        took_s = time.monotonic() - began
    measured = f"memory {before:.0f} → {peak:.0f} MiB at most; help afterwards in {took_s:.2f} s"
    yield f"{BODIES} bodies of 1 MiB at once, unverified", measured, peak - before <= 64


def _send_body(address: tuple[str, int], number: int) -> None:
    path = ("/api/v1/chatops/slack/events", "/api/v1/chatops/webnet/events", "/api/v1/chatops/workspaces/")[number % 3]
    named = "X-Slack-Signature: v0=" + "0" * 64 if number % 2 else "Accept: */*"
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {MAX_BODY}\r\n{named}\r\n\r\n"
    with suppress(OSError), closing(socket.create_connection(address, timeout=30)) as connection:
        connection.sendall(head.encode())
        connection.sendall(b"x" * MAX_BODY)
        connection.recv(1)


def _rss_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def postgres_trouble() -> Iterator[Row]:
    with postgres_server() as server:
        name = server.create()
        yield _notices_through("PostgreSQL stopped for 60 s", server.url(name), lambda: _stop(server))
    with postgres_server() as old:
        name = old.create()
        migrate_store(old.url(name))
        with old.standby() as new:
            url = f"postgresql:///{name}?host={old.folder},{new.folder}&user=postgres"
            yield _notices_through("PostgreSQL failed over", url, lambda: _fail_over(old, new))
    if PGBOUNCER is not None:
        with postgres_server() as server, pooled(server) as folder:
            url = f"postgresql:///{server.create()}?host={folder}&port=6432&user=postgres"
            yield _notices_through("PostgreSQL behind PgBouncer, transactions", url, lambda: None)


def _stop(server: PostgresServer) -> None:
    processes = processes_of(server)
    for each in processes:
        os.kill(each, signal.SIGSTOP)
    time.sleep(STOPPED_S)
    for each in processes:
        os.kill(each, signal.SIGCONT)


def _fail_over(old: PostgresServer, new: PostgresServer) -> None:
    wait_replayed(old, new)
    old.process.send_signal(signal.SIGINT)
    old.process.wait(20)
    new.promote()


def _notices_through(what: str, url: str, trouble: Callable[[], None], number: int = 40) -> Row:
    """Jobs end before, during and after the trouble, and people go on asking once it is over."""
    with tempfile.TemporaryDirectory(prefix="webnet-bot-") as folder, around(Path(folder), url) as (all_, *_):
        with all_.bot(NOTIFICATIONS__POLL_INTERVAL_S="1", NOTIFICATIONS__DIGEST_PAUSE_S="1"):
            wait_until(lambda: all_.store.jobs.floor() is not None, "the first look at the jobs")
            jobs: list[int] = []

            def start(share: int) -> None:
                for _ in range(number // share):
                    jobs.append(all_.webnet.start_job("check_reachability", [len(jobs) + 1]))

            start(4)
            broken = threading.Thread(target=trouble)
            broken.start()
            start(2)
            broken.join()
            began = time.monotonic()
            start(4)
            wait_until(lambda: set(_delivered(all_, jobs)) >= set(jobs), f"every notice ({what})", 180)
            took_s = time.monotonic() - began
            asked = [all_.say("U0VERA", "status #1") for _ in range(10)]
            answered = sum("Last ping" in plain(answer(each)) for each in asked)
        found = _delivered(all_, jobs)
    again = sum(count > 1 for count in found.values())
    measured = f"{len(jobs) - len(found)} of {len(jobs)} lost, {again} twice, all {took_s:.0f} s after; {answered} of 10 answered"
    return what, measured, len(found) == len(jobs) and answered == 10


def _delivered(all_: Surroundings, jobs: list[int]) -> Counter[int]:
    messages = all_.slack.world.teams["T0ACME"].channels["C0ALERTS"].messages
    shown = Counter(int(number) for message in messages for number in set(re.findall(r"#(\d+)", plain(message))))
    return Counter({job: shown[job] for job in jobs if shown[job]})
