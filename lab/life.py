"""How an emulated service lives: on a thread of its own beside tests and the demo, or as a program until Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

from aiohttp import web

STOP_WITHIN_S = 10.0
ROUNDS = 10  # of the loop: in fewer a connection that was accepted is made, and one that was aborted is closed


class OnThread:
    """A server on a thread of its own. `_serve` sets `ready` once it listens, and goes on until `_stopping` is set."""

    thread_name: str
    _loop: asyncio.AbstractEventLoop | None = None
    _thread: threading.Thread | None = None
    _stopping: asyncio.Event | None = None

    def start(self) -> Self:
        """Raises OSError if the port is in use."""
        ready = threading.Event()
        failure: list[OSError] = []
        self._thread = threading.Thread(target=self._run, args=(ready, failure), name=self.thread_name, daemon=True)
        self._thread.start()
        ready.wait()
        if failure:
            self._thread.join()
            self._thread = None
            raise failure[0]
        return self

    def stop(self) -> None:
        """Stops at once: open sockets are aborted, requests under way are cancelled."""
        if self._thread is None or self._loop is None or self._stopping is None:
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(STOP_WITHIN_S)
        self._thread = self._loop = self._stopping = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _run(self, ready: threading.Event, failure: list[OSError]) -> None:
        try:
            asyncio.run(self._serve(ready))
        except OSError as error:
            failure.append(error)
            ready.set()

    async def _serve(self, ready: threading.Event) -> None:
        raise NotImplementedError


@asynccontextmanager
async def listening(runner: web.BaseRunner, host: str, port: int) -> AsyncIterator[int]:
    """Serves on this port, or on a free one for 0, and yields the number; raises OSError if it is in use. At the end all
    connections are aborted, also one that was accepted at the last moment: before the server closes, since Python would
    forget it afterwards and leave its socket open."""
    await runner.setup()
    server = runner.server
    assert server is not None
    with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as own:
        try:
            await web.SockSite(runner, own).start()
            yield own.getsockname()[1]
        finally:
            asyncio.get_running_loop().remove_reader(own)
            await _pass_rounds()
            transports = [each.transport for each in server.connections]
            await runner.cleanup()
            for transport in transports:
                if transport is not None:
                    transport.abort()
            await _pass_rounds()


async def _pass_rounds() -> None:
    for _ in range(ROUNDS):
        await asyncio.sleep(0)


def until_stopped(lab: OnThread, greeting: str) -> None:
    """Prints the greeting of a program that has started, waits for Ctrl-C or SIGTERM, and stops it."""
    done = threading.Event()
    before = {number: signal.signal(number, lambda *_: done.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    print(greeting, flush=True)
    try:
        while not done.is_set():  # to wait for it would hold a lock that a signal just then needs
            time.sleep(0.1)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        lab.stop()
