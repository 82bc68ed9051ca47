"""Polls the feeds, each under a lease, so that of several replicas one reads it at a time and any may go on."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

from bot.channels import Channels
from bot.core.errors import BotError, Conflict
from bot.core.metrics import Metrics
from bot.core.notice_kinds import JOB_COMPLETION
from bot.feeds.outages import Outages
from bot.vitals import POLLED, STALE_S
from bot.webnet.transport import counted
from store.database import Store
from store.errors import StoreError
from store.leases import Lease

log = logging.getLogger(__name__)

JOBS = JOB_COMPLETION.feed  # is followed though no channel asks for it: `jobs` and the copy of the configs need it
UNASKED = timedelta(minutes=30)  # a channel that asks for a feed is notified of no more than this from before
TTL_S = 60.0  # three times what one request may take, and more


class LostLease(Conflict):
    """Another replica has the feed's lease now; this transaction is rolled back."""

    code = "lost_lease"


class Stopping(Conflict):
    code = "stopping"


class Poll:
    """One look at a feed. A feed writes inside `writing`, which fails once another replica has the lease."""

    def __init__(
        self,
        store: Store,
        lease: Lease,
        stopping: threading.Event,
        written: Callable[[], None],
        going_on: Callable[[], object],
    ) -> None:
        self._store = store
        self._lease = lease
        self._stopping = stopping
        self._written = written
        self._going_on = going_on
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
        self._going_on()
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
        self,
        store: Store,
        instance: str,
        feeds: Mapping[str, Feed],
        metrics: Metrics,
        written: Callable[[], None],
        tried: Callable[[str], object] = lambda _: None,
        rests: Mapping[str, timedelta] | None = None,
        fails_after: timedelta = timedelta(seconds=STALE_S),
    ) -> None:
        """`written` is called after every transaction of a feed, so that what it enqueued is delivered at once, and `tried` as
        long as this process or another one is reading the feed of that name. `rests` says how long a feed rests between two
        looks; one that it leaves out looks at each poll. Channels are notified of one that fails for `fails_after`."""
        self._store = store
        self._channels = Channels(store.channels)
        self._outages = Outages(store, self._channels, fails_after, written)
        self._instance = instance
        self._feeds = feeds
        self._metrics = metrics
        self._written = written
        self._tried = tried
        self._rests = rests or {}
        self._hurried: set[str] = set()
        self._stopping = threading.Event()
        self.polled: set[str] = set()
        """The feeds that were polled without an error since the start."""

    @property
    def feeds(self) -> tuple[str, ...]:
        return tuple(self._feeds)

    def hurry(self, name: str) -> None:
        """Lets the feed look at its next poll, rest or not."""
        self._hurried.add(name)

    def poll(self, name: str) -> None:
        """Polls the feed once, unless it rests or another replica is doing so."""
        if self._stopping.is_set():
            return
        self._tried(name)
        cursor = self._store.cursors.get(POLLED + name)
        if cursor and name in self.polled and self._is_resting(name, cursor.value):
            self._store.cursors.put(POLLED + name, cursor.value)
            self._metrics.poll_age.now(name)  # what rests on purpose is not old
            return
        self._hurried.discard(name)
        began = time.monotonic()
        lease = self._store.leases.acquire(f"feed:{name}", self._instance, TTL_S)
        if lease is None:
            return
        poll = Poll(self._store, lease, self._stopping, self._written, partial(self._tried, name))
        cost = counted.set(partial(self._metrics.poll_requests.add, name))
        try:
            self._feeds[name].read(poll)
            self._outages.ended(name)
        except (LostLease, Stopping) as error:
            log.info("the feed %s is left: %s", name, error.words)
            return
        except StoreError:
            raise
        except Exception as error:
            self._outages.failed(name, error.words if isinstance(error, BotError) else "")
            raise
        finally:
            counted.reset(cost)
            self._store.leases.release(lease)
        self._store.cursors.put(POLLED + name, datetime.now(UTC).isoformat())
        self.polled.add(name)
        self._metrics.poll_age.now(name)
        self._metrics.poll_seconds.observe(time.monotonic() - began, name)

    def _is_resting(self, name: str, looked_at: str) -> bool:
        rest = self._rests.get(name, timedelta(0))
        if name != JOBS and not self._channels.routed().asking(name):
            rest = UNASKED
        elif name in self._hurried:
            return False
        # A look that seems to lie ahead is of a clock that was set back.
        return bool(looked_at) and timedelta(0) <= datetime.now(UTC) - datetime.fromisoformat(looked_at) < rest

    def stop(self) -> None:
        """Ends a running poll before its next request."""
        self._stopping.set()
