"""Serves the ASGI app from a thread of its own. What the app calls is handed over, so that this module knows no Slack."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import uvicorn
from anyio import to_thread
from fastapi import FastAPI, Request
from starlette.applications import Starlette
from starlette.types import ASGIApp

from bot.core.commands import Role
from bot.core.ratelimit import RateLimit
from bot.http import approvals, channels, commands, mappings, problems, workspaces
from bot.http.addresses import Proxies
from bot.http.auth import Caller, Credentials
from bot.http.connections import Protocol, Waiting
from bot.http.describe import TITLE, describing, document
from bot.http.guard import Guard
from bot.http.health import health, metrics
from bot.http.limits import Limits
from bot.http.parts import Parts
from bot.http.webhooks import Webhooks
from bot.settings.table import Http
from bot.version import version

log = logging.getLogger(__name__)

THREADS = 8  # for the management API; more requests wait
WEBHOOK_THREADS = 8
BACKLOG = 1024
STOP_S = 5
START_S = 10.0


class CannotListen(OSError):
    """The port is in use, or the address is not this machine's."""


def build(parts: Parts, settings: Http) -> ASGIApp:
    app = FastAPI(title=TITLE, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    proxies = Proxies(settings.trusted_proxies)
    addresses, tokens = (RateLimit(settings.requests_per_minute, time.monotonic) for _ in range(2))

    def denied(caller: Caller, request: Request, needed: Role) -> None:
        parts.denied(caller, request.method, request.url.path, needed)

    app.state.proxies = proxies
    app.state.guard = Guard(Credentials(parts.webnet.whose), proxies, addresses, tokens, denied)
    problems.add_handlers(app)
    for resource in (workspaces, channels, mappings, commands, approvals):
        app.include_router(resource.routes(parts))
    app.openapi = document(app, version())  # type: ignore[method-assign]  # FastAPI's own way to extend it
    own = [*describing(app), *health(parts)]
    if settings.metrics_port == settings.port:
        own.append(metrics(parts.metrics))
    app.router.routes[:0] = own  # first: routes are tried one by one
    return Limits(Webhooks(parts.webhooks, app), parts.metrics.http_answers, parts.webhooks)


def _metrics_alone(parts: Parts) -> ASGIApp:
    return Limits(Starlette(routes=[metrics(parts.metrics)]), parts.metrics.http_answers)


class Server:
    """Serves from `start`, which returns once the ports are open, until `stop`."""

    def __init__(self, parts: Parts, settings: Http) -> None:
        self._settings, self._heartbeats = settings, parts.vitals.heartbeats
        self._apps = [(build(parts, settings), settings.port)]
        if settings.metrics_port != settings.port:
            self._apps.append((_metrics_alone(parts), settings.metrics_port))
        self._servers: list[uvicorn.Server] = []
        self._ports: list[int] = []
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None

    @property
    def port(self) -> int:
        return self._ports[0]

    @property
    def metrics_port(self) -> int:
        return self._ports[-1]

    def start(self) -> None:
        """Raises CannotListen."""
        listening = [_listening(self._settings.host, port) for _, port in self._apps]
        self._ports = [each.getsockname()[1] for each in listening]
        self._servers = [_server(app) for app, _ in self._apps]
        self._thread = threading.Thread(target=self._run, args=(listening,), name="http", daemon=True)
        self._thread.start()
        deadline = time.monotonic() + START_S
        while not all(server.started for server in self._servers):
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise CannotListen("The HTTP adapter did not start; the log says why.")
            time.sleep(0.01)
        log.info("listening on %s, port %s", self._settings.host, " and ".join(map(str, self._ports)))

    def stop(self) -> None:
        """Accepts no more connections, and answers for some seconds what is under way."""
        for server in self._servers:
            server.should_exit = True
        if self._thread is not None:
            self._thread.join(STOP_S + 5)

    def _run(self, listening: Sequence[socket.socket]) -> None:
        try:
            asyncio.run(self._serve(listening))
        finally:
            for each in listening:
                each.close()

    async def _serve(self, listening: Sequence[socket.socket]) -> None:
        to_thread.current_default_thread_limiter().total_tokens = THREADS
        loop, must_live = asyncio.get_running_loop(), self._heartbeats.must_live
        self._heartbeats.follow(loop)
        loop.set_default_executor(ThreadPoolExecutor(WEBHOOK_THREADS, "webhook", initializer=must_live))
        pairs = zip(self._servers, listening, strict=True)
        await asyncio.gather(*(server.serve([each]) for server, each in pairs))


def _server(app: ASGIApp) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        loop="asyncio",
        http=partial(Protocol, Waiting()),  # type: ignore[arg-type]  # anything that makes one
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # trusted_proxies say whose
        server_header=False,
        timeout_graceful_shutdown=STOP_S,
    )
    return uvicorn.Server(config)


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named: only then does asyncio switch Nagle's algorithm off, which costs 40 ms an answer.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise CannotListen(
            f"Nothing can listen on {host}, port {port}: {error.strerror}. Check http.host and http.port."
        ) from None
    return listening
