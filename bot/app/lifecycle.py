"""One running bot: what starts, what turns regularly, and how it stops."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.app.scheduler import Scheduler
from bot.audit_log import AuditLog
from bot.configs.follower import Follower
from bot.configs.search_copy import Copying
from bot.core.metrics import Metrics
from bot.delivery.cards import Cards
from bot.delivery.worker import Delivery
from bot.devices.directory import Directory
from bot.feeds.poller import Poller
from bot.redaction.redactor import Redactor
from bot.settings.table import Retention
from bot.slack.interrupted import Interruptions
from bot.slack.socket import Sockets
from bot.slack.web_api import Chat
from bot.slack.workspace_cache import Teams
from bot.webnet.client import WebNet
from bot.webnet.transport import counted
from bot.work_pool import Taken, Timers, WorkPool
from store.database import Store
from store.errors import StoreError
from store.leases import INSTANCE, Lease

if TYPE_CHECKING:  # of an extra that may not be installed
    from bot.app.readiness import Readiness
    from bot.http.server import Server

log = logging.getLogger(__name__)

DRAIN_S = 60.0  # how long a stop waits for the commands that were taken
SIDE_DRAIN_S = 10.0
INSTANCE_TTL_S = 30.0  # a process that has not said for so long that it lives is taken for dead
TEAMS_EVERY_S = 3.0
FOLLOWING = "reading the workspaces"  # so that it can be hurried
INSTANCE_EVERY_S = 10.0
CLOCK_EVERY_S = 5.0
REFRESH_EVERY_S = 30.0
SWEEP_EVERY_S = 900.0
FILL_EVERY_S = 10.0
SNAPSHOTS = "following snapshots"  # the same
POLLING = "polling "  # and then the feed
TIDY_EVERY_S = 24 * 3600.0
JOBS_FOR = timedelta(days=90)  # `jobs` reads them; older ones WebNet itself shows
SEEN_FOR = timedelta(minutes=15)  # longer than Slack delivers anything again


@dataclass
class Bot:
    """One running process. `start` returns once everything runs; `stop` drains, and returns what was left undone."""

    store: Store
    instance: str
    webnet: WebNet
    directory: Directory
    follower: Follower
    copying: Copying
    chat: Chat
    teams: Teams
    audit_log: AuditLog
    interruptions: Interruptions
    pool: WorkPool
    side: WorkPool
    timers: Timers
    sockets: Sockets
    poller: Poller
    delivery: Delivery
    scheduler: Scheduler
    redactor: Redactor
    metrics: Metrics
    cards: Cards
    card_interval_s: float
    retention: Retention
    poll_interval_s: float
    server: Server | None = None  # the HTTP adapter, and with it its readiness
    readiness: Readiness | None = None
    socket_mode: bool = True
    _alive: Lease | None = None
    _steady_since: float = float("-inf")

    def start(self) -> None:
        if not self.store.database.is_postgres:
            self._end_leases_of_the_dead()
            self.store.cards.release_all()
        self._live()
        self.teams.refresh()
        if self.server is not None:
            try:
                self.server.start()
            except BaseException:
                self._leave()
                raise
        if self.socket_mode:
            self.sockets.start()
        self._follow()
        every = self.scheduler.every
        every(INSTANCE_EVERY_S, "keeping the instance alive", self._live, at_once=False, alone=True)
        every(TEAMS_EVERY_S, FOLLOWING, self._follow, at_once=False, alone=True)
        every(CLOCK_EVERY_S, "comparing the store's clock", self._compare_clocks, alone=True)
        every(INSTANCE_EVERY_S, "looking for interrupted commands", self._tell_interrupted)
        every(INSTANCE_EVERY_S, "writing audit rows that were kept", self.audit_log.catch_up)
        every(REFRESH_EVERY_S, "reading changed devices", self.directory.refresh, at_once=False)
        every(SWEEP_EVERY_S, "reading all devices", self.directory.sweep)
        every(self.card_interval_s, "updating cards", self.cards.turn)
        every(self.poll_interval_s, SNAPSHOTS, self._follow_snapshots)
        every(FILL_EVERY_S, "copying configs", self.copying.fill)
        every(TIDY_EVERY_S, "removing old rows", self._tidy)
        every(SEEN_FOR.total_seconds(), "forgetting what was seen", self._forget_seen)
        for name in self.poller.feeds:
            every(self.poll_interval_s, POLLING + name, partial(self.poller.poll, name))
        self.scheduler.start()
        self.delivery.start()

    def connections(self, wait_s: float) -> int:
        """How many Socket Mode connections are open, once there are any."""
        deadline = time.monotonic() + wait_s
        while not (found := sum(self.sockets.open_connections().values())) and time.monotonic() < deadline:
            time.sleep(0.02)
        return found

    def stop(self) -> int:
        """Takes nothing new, answers what was taken; Slack is told "restarting" until the connections close. What could
        not even be begun in time is told so, too. Returns how many commands were begun and not answered."""
        if self.readiness is not None:
            self.readiness.stopping.set()
        left = self.pool.drain(DRAIN_S)
        for reader in (self.directory, self.poller, self.follower, self.copying, self.cards):
            reader.stop()
        untold = sum(self.side.offer(instead) is not Taken.yes for instead in self.pool.abandon())
        steps: list[Callable[[], object]] = [
            self.scheduler.stop,
            self.delivery.stop,
            self.sockets.stop,
            *([self.server.stop] if self.server else []),
            self.timers.close,
            partial(self.side.drain, SIDE_DRAIN_S),
            self.audit_log.catch_up,
            self._leave,
            self.chat.close,
            self.webnet.close,
        ]
        for step in steps:
            try:
                step()
            except Exception:
                log.exception("a step of the stop failed; going on")
        untold += len(self.side.abandon())
        if untold:
            log.error("%d people were not told that nothing was done", untold)
        return left

    def _leave(self) -> None:
        if self._alive is not None:
            self.store.leases.release(self._alive)

    def _follow_snapshots(self) -> None:
        """Read apart from the feeds, because it serves the copy of the configs as well as them; counted like one."""
        name, began = "snapshots", time.monotonic()
        cost = counted.set(partial(self.metrics.poll_requests.add, name))
        try:
            if self.follower.turn():
                self.metrics.poll_age.now(name)
                self.metrics.poll_seconds.observe(time.monotonic() - began, name)
        finally:
            counted.reset(cost)

    def _follow(self) -> None:
        self.teams.refresh()
        if self.socket_mode:
            self.sockets.follow(self.teams.app_tokens())  # every time, so that one that failed is made up for

    def _tell_interrupted(self) -> None:
        """After a fault of the store every process may seem dead until it has said again that it lives."""
        if time.monotonic() >= self._steady_since:
            self.interruptions.tell()

    def _compare_clocks(self) -> None:
        if step_s := self.store.due_times.check():
            log.warning("the store's clock was set by %+.0f s; what waits is due now", step_s)

    def _live(self) -> None:
        try:
            if self._alive is None or not self.store.leases.renew(self._alive, INSTANCE_TTL_S):
                self._alive = self.store.leases.acquire(INSTANCE + self.instance, self.instance, INSTANCE_TTL_S)
        except StoreError:
            self._steady_since = time.monotonic() + INSTANCE_TTL_S
            raise

    def _end_leases_of_the_dead(self) -> None:
        """Only one process runs on an SQLite store, and this is it."""
        for lease in self.store.leases.all_live(""):
            self.store.leases.release(lease)

    def _forget_seen(self) -> None:
        self.store.seen.sweep(datetime.now(UTC) - SEEN_FOR)

    def _tidy(self) -> None:
        now = datetime.now(UTC)
        self.store.audit.sweep(now - timedelta(days=self.retention.audit_days))
        self.store.outbox.sweep(now - timedelta(days=self.retention.outbox_days))
        self.store.jobs.sweep(now - JOBS_FOR)
        self.store.cards.sweep(now - timedelta(days=self.retention.outbox_days))
        self.store.leases.sweep()
