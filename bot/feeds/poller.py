"""Polls the feeds, each under a lease, so that of several replicas one reads it at a time and any may go on."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Protocol

from bot.core.errors import Conflict
from bot.core.metrics import Metrics
from bot.webnet.transport import counted
from store.database import Store
from store.leases import Lease

log = logging.getLogger(__name__)

POLLED = "polled:"
TTL_S = 60.0  # three times what one request may take, and more


class LostLease(Conflict):
    """Another replica took the feed over meanwhile; nothing of this transaction is kept."""

    code = "lost_lease"


class Stopping(Conflict):
    code = "stopping"


class Turn:
    """One look at a feed. What it writes goes through `writing`, which a holder whose lease was taken over cannot pass."""

    def __init__(self, store: Store, lease: Lease, stopping: threading.Event, written: Callable[[], None]) -> None:
        self._store = store
        self._lease = lease
        self._stopping = stopping
        self._written = written
        self._renewed_at = time.monotonic()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction: the deliveries and how far the feed was read. Raises LostLease."""
        with self._store.transaction():
            self._renew()
            yield
        self._written()

    def go_on(self) -> None:
        """To be called between two requests: holds the lease however long they take. Raises Stopping and LostLease."""
        if self._stopping.is_set():
            raise Stopping("The bot is stopping.")
        if time.monotonic() - self._renewed_at > TTL_S / 3:
            self._renew()

    def _renew(self) -> None:
        if not self._store.leases.renew(self._lease, TTL_S):
            raise LostLease("Another replica reads this feed now.")
        self._renewed_at = time.monotonic()


class Feed(Protocol):
    """What WebNet shows of one kind of thing. `read` raises WebNetError and StoreError; its next turn goes on where this
    one ended."""

    def read(self, turn: Turn) -> None: ...


class Poller:
    def __init__(
        self, store: Store, instance: str, feeds: Mapping[str, Feed], metrics: Metrics, written: Callable[[], None]
    ) -> None:
        """`written` is told of every transaction of a feed, so that what it owes goes out at once."""
        self._store = store
        self._instance = instance
        self._feeds = feeds
        self._metrics = metrics
        self._written = written
        self._stopping = threading.Event()
        self.polled: set[str] = set()
        """The feeds of which a whole turn went well."""

    @property
    def feeds(self) -> tuple[str, ...]:
        return tuple(self._feeds)

    def poll(self, name: str) -> None:
        """One turn of the feed, unless another replica is at it."""
        if self._stopping.is_set():
            return
        began = time.monotonic()
        lease = self._store.leases.acquire(f"feed:{name}", self._instance, TTL_S)
        if lease is None:
            return
        turn = Turn(self._store, lease, self._stopping, self._written)
        cost = counted.set(partial(self._metrics.poll_requests.add, name))
        try:
            self._feeds[name].read(turn)
        except (LostLease, Stopping) as error:
            log.info("the feed %s is left: %s", name, error.words)
            return
        finally:
            counted.reset(cost)
            self._store.leases.release(lease)
        self._store.cursors.put(POLLED + name, "")  # its time is what `check` looks at
        self.polled.add(name)
        self._metrics.poll_age.now(name)
        self._metrics.poll_seconds.observe(time.monotonic() - began, name)

    def stop(self) -> None:
        """Ends what is being read before its next request."""
        self._stopping.set()
