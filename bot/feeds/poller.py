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
    """Another replica has the feed's lease now; this transaction is rolled back."""

    code = "lost_lease"


class Stopping(Conflict):
    code = "stopping"


class Poll:
    """One look at a feed. A feed writes inside `writing`, which fails once another replica has the lease."""

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
        """Renews the lease in time and is to be called between two requests. Raises Stopping and LostLease."""
        if self._stopping.is_set():
            raise Stopping("The bot is stopping.")
        if time.monotonic() - self._renewed_at > TTL_S / 3:
            self._renew()

    def _renew(self) -> None:
        if not self._store.leases.renew(self._lease, TTL_S):
            raise LostLease("Another replica reads this feed now.")
        self._renewed_at = time.monotonic()


class Feed(Protocol):
    """One list of WebNet. `read` raises WebNetError and StoreError; the next poll goes on where the last one ended."""

    def read(self, poll: Poll) -> None: ...


class Poller:
    def __init__(
        self, store: Store, instance: str, feeds: Mapping[str, Feed], metrics: Metrics, written: Callable[[], None]
    ) -> None:
        """`written` is called after every transaction of a feed, so that what it enqueued is delivered at once."""
        self._store = store
        self._instance = instance
        self._feeds = feeds
        self._metrics = metrics
        self._written = written
        self._stopping = threading.Event()
        self.polled: set[str] = set()
        """The feeds that were polled without an error since the start."""

    @property
    def feeds(self) -> tuple[str, ...]:
        return tuple(self._feeds)

    def poll(self, name: str) -> None:
        """Polls the feed once, unless another replica is doing so."""
        if self._stopping.is_set():
            return
        began = time.monotonic()
        lease = self._store.leases.acquire(f"feed:{name}", self._instance, TTL_S)
        if lease is None:
            return
        poll = Poll(self._store, lease, self._stopping, self._written)
        cost = counted.set(partial(self._metrics.poll_requests.add, name))
        try:
            self._feeds[name].read(poll)
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
        """Ends a running poll before its next request."""
        self._stopping.set()
