"""What goes wrong on demand: limits, faults, connections that end, tokens that are revoked, blocks that are not known yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from lab.faults import Fault, Faults
from lab.slack.sockets import Connection, Hub
from lab.slack.traffic import RateLimits
from lab.slack.world import World

T = TypeVar("T")
ON_LOOP_WITHIN_S = 10.0


class Trouble:
    world: World
    rates: RateLimits
    faults: Faults
    hub: Hub
    _loop: asyncio.AbstractEventLoop | None

    def connections(self, app: str | None = None) -> list[Connection]:
        return self.hub.of(app)

    def rate_limit(
        self, method: str | None = None, channel: str | None = None, seconds: int = 1, times: int | None = 1
    ) -> None:
        """Answers 429 to the next `times` calls that match, with `Retry-After: seconds`; `times` None: all of them until then.

        `method` is one of the Web API, or `response_url`.
        """
        with self.world.changed:
            self.rates.order(method, channel, seconds, times)

    def fault(self, method: str | None = None, channel: str | None = None, **what: Any) -> Fault:
        """Makes matching calls fail from now on; `what` is as in Fault. It ends when its `times` is set to 0."""
        with self.world.changed:
            return self.faults.order(Fault(method, channel, **what))

    def refuse_open(self, n: int = 1, error: str = "internal_error") -> None:
        """Answers `error` to the next `n` calls of apps.connections.open."""
        self.hub.refuse_opens.extend([error] * n)

    def refuse_upgrade(self, n: int = 1, status: int = 503) -> None:
        """Answers the next `n` websocket upgrades with this status."""
        self.hub.refuse_upgrades.extend([status] * n)

    def disconnect(
        self,
        connections: Iterable[Connection] | None = None,
        reason: str = "refresh_requested",
        grace_s: float = 10.0,
    ) -> None:
        """Asks the app to move: all connections, or these. They live on until closed, at most for the grace time."""
        chosen = self.connections() if connections is None else list(connections)
        self._on_loop(lambda: self.hub.disconnect(chosen, reason, grace_s))

    def kill(self, connections: Iterable[Connection] | None = None) -> None:
        """Resets TCP connections, without a close frame."""
        chosen = self.connections() if connections is None else list(connections)
        self._on_loop(lambda: self.hub.kill(chosen))

    def half_open(self, connections: Iterable[Connection] | None = None) -> None:
        """Freezes connections: nothing is read or sent on them any more, yet TCP stays open; envelopes sent there are lost."""
        chosen = self.connections() if connections is None else list(connections)
        self._on_loop(lambda: self.hub.half_open(chosen))

    def revoke(self, token: str, error: str | None = "token_revoked") -> None:
        """Makes calls with the token fail with this error from now on; None makes it valid again."""
        with self.world.changed:
            self.world.grants[token].error = error

    def refuse_blocks(self, *kinds: str, team: str | None = None) -> None:
        """Makes a workspace, or every one, refuse blocks of exactly these types, as before Slack has brought them to it; with
        none it knows them all again. A message with one is answered `invalid_blocks`, a view `invalid_arguments`."""
        with self.world.changed:
            for where in [self.world.teams[team]] if team else self.world.teams.values():
                where.unknown_blocks = set(kinds)

    def _on_loop(self, call: Callable[[], T]) -> T:
        """Runs a function on the server's thread and waits for it."""
        if self._loop is None:
            raise RuntimeError("the lab is not started")

        async def there() -> T:
            return call()

        return asyncio.run_coroutine_threadsafe(there(), self._loop).result(ON_LOOP_WITHIN_S)
