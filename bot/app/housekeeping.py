"""Keeps the lease of this process, closes interrupted commands, writes late audit rows, and removes old rows."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta

from bot.app.part import ChatClient, Common, Part, Task, run_all
from bot.audit_log import AuditLog
from bot.delivery.interrupted import Interruptions
from store.errors import StoreError
from store.leases import INSTANCE, Lease

log = logging.getLogger(__name__)

INSTANCE_TTL_S = 30.0  # a process that has not renewed its lease for so long is taken for dead
INSTANCE_EVERY_S = 10.0
CLOCK_EVERY_S = 5.0
TIDY_EVERY_S = 24 * 3600.0
JOBS_FOR = timedelta(days=90)  # `jobs` reads them; older ones WebNet itself shows
SEEN_FOR = timedelta(minutes=15)  # longer than Slack delivers anything again


class Housekeeping(Part):
    def __init__(self, common: Common, client: ChatClient) -> None:
        settings, store = common.settings, common.store
        self._store, self._instance, self._retention = store, common.instance, settings.retention
        self.audit_log = AuditLog(
            store.audit, store.seen, common.redactor, common.instance, store_queries=settings.audit.store_queries
        )
        self._interruptions = Interruptions(
            store.audit, client.chat, client.workspaces.workspace, settings.slack.command, common.instance
        )
        self._lease: Lease | None = None
        self._steady_since = float("-inf")

    @property
    def tasks(self) -> tuple[Task, ...]:
        return (
            Task("keeping the instance alive", INSTANCE_EVERY_S, self._renew, at_once=False, alone=True),
            Task("comparing the store's clock", CLOCK_EVERY_S, self._compare_clocks, alone=True),
            Task("looking for interrupted commands", INSTANCE_EVERY_S, self._notify_interrupted),
            Task("writing audit rows that were kept", INSTANCE_EVERY_S, self.audit_log.catch_up),
            Task("removing old rows", TIDY_EVERY_S, self._tidy),
            Task("forgetting what was seen", SEEN_FOR.total_seconds(), self._forget_seen),
        )

    def start(self) -> None:
        if not self._store.database.is_postgres:  # only one process runs on an SQLite store, and this is it
            for lease in self._store.leases.all_live(""):
                self._store.leases.release(lease)
        self._renew()

    def stop(self) -> None:
        run_all([self.audit_log.catch_up, self._leave])

    def _leave(self) -> None:
        if self._lease is not None:
            self._store.leases.release(self._lease)

    def _renew(self) -> None:
        leases = self._store.leases
        try:
            if self._lease is None or not leases.renew(self._lease, INSTANCE_TTL_S):
                self._lease = leases.acquire(INSTANCE + self._instance, self._instance, INSTANCE_TTL_S)
        except StoreError:
            self._steady_since = time.monotonic() + INSTANCE_TTL_S
            raise

    def _notify_interrupted(self) -> None:
        """After a fault of the store every process may seem dead until it has renewed its lease."""
        if time.monotonic() >= self._steady_since:
            self._interruptions.notify_callers()

    def _compare_clocks(self) -> None:
        if step_s := self._store.due_times.check():
            log.warning("the store's clock was set by %+.0f s; what waits is due now", step_s)

    def _forget_seen(self) -> None:
        self._store.seen.sweep(datetime.now(UTC) - SEEN_FOR)

    def _tidy(self) -> None:
        now = datetime.now(UTC)
        self._store.audit.sweep(now - timedelta(days=self._retention.audit_days))
        self._store.outbox.sweep(now - timedelta(days=self._retention.outbox_days))
        self._store.jobs.sweep(now - JOBS_FOR)
        self._store.cards.sweep(now - timedelta(days=self._retention.outbox_days))
        self._store.leases.sweep()
