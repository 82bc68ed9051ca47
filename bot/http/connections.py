"""Connections that wait: one without a whole request head is closed after ten seconds, and the one that has waited longest
sooner when there are too many. So silent connections, however many, keep no other request from being answered."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S = 10.0  # for a whole request head, from the connection's beginning or the head's first byte
MOST_WAITING = 256  # connections without a request under way


class Waiting:
    """The connections of one server without a request under way, in the order in which they began to wait."""

    def __init__(self) -> None:
        self._connections: dict[Protocol, None] = {}

    def add(self, connection: Protocol) -> None:
        self._connections.pop(connection, None)
        self._connections[connection] = None
        if len(self._connections) > MOST_WAITING:
            oldest = next(iter(self._connections))
            self.remove(oldest)
            oldest.transport.abort()

    def remove(self, connection: Protocol) -> None:
        self._connections.pop(connection, None)


class Protocol(H11Protocol):
    """uvicorn's own, which closes only what is idle after a response."""

    def __init__(self, waiting: Waiting, **given: Any) -> None:
        super().__init__(**given)
        self._waiting = waiting
        self._head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._head_is_there()
        elif self._head is None and not self.transport.is_closing():
            self._await_head()  # a part of the next one has come

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.transport.is_closing():
            self._waiting.add(self)  # uvicorn closes it after some seconds

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_there()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._waiting.add(self)
        self._head = self.loop.call_later(HEAD_S, self.transport.abort)

    def _head_is_there(self) -> None:
        self._waiting.remove(self)
        if self._head is not None:
            self._head.cancel()
            self._head = None
