"""Keeps the lease of this process, closes interrupted commands, writes late audit rows, and removes old rows."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from functools import partial

from bot.app.chats import Chats
from bot.app.part import Common, Part, Task, run_all
from bot.audit_log import AuditLog
from bot.core.line import split
from bot.delivery.interrupted import Interruptions
from bot.deploys.deploy import COMMAND as DEPLOY
from bot.deploys.snippet import hides
from bot.redaction.redactor import MARK, Redactor
from store.errors import StoreError
from store.leases import INSTANCE, Lease

log = logging.getLogger(__name__)

INSTANCE_TTL_S = 30.0  # a process that has not renewed its lease for so long is taken for dead
INSTANCE_EVERY_S = 10.0
RENEWING = "keeping the instance alive"  # the name of the task
CLOCK_EVERY_S = 5.0
TIDY_EVERY_S = 24 * 3600.0
JOBS_FOR = timedelta(days=90)  # `jobs` reads them; older ones WebNet itself shows
REVISIONS_FOR = timedelta(days=90)  # of what a channel asks for, after the next one
SNIPPETS_FOR = timedelta(days=30)  # after the end of their deploy
LIVE_LOGS_FOR = timedelta(days=2)  # after their end
SEEN_FOR = timedelta(minutes=15)  # longer than Slack delivers anything again
SEALED_FOR = timedelta(days=2)  # longer than a form can be sent, and than what it asked for can wait for approval


class Housekeeping(Part):
    def __init__(self, common: Common, chats: Chats, commands: Collection[str]) -> None:
        settings, store = common.settings, common.store
        self._store, self._instance, self._retention = store, common.instance, settings.retention
        self._vitals = common.vitals
        self.audit_log = AuditLog(
            store.audit,
            store.seen,
            common.redactor,
            common.instance,
            commands,
            typed=partial(_typed, common.redactor),
            store_queries=settings.audit.store_queries,
        )
        self._interruptions = Interruptions(store.audit, chats, chats.workspace, chats.prompt_of, common.instance)
        self._lease: Lease | None = None
        self._steady_since = float("-inf")

    @property
    def tasks(self) -> tuple[Task, ...]:
        return (
            Task(RENEWING, INSTANCE_EVERY_S, self._renew, at_once=False, alone=True),
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
        except StoreError as error:
            self._steady_since = time.monotonic() + INSTANCE_TTL_S
            self._vitals.refused(error.state)
            raise
        self._vitals.written()

    def _notify_interrupted(self) -> None:
        """After a fault of the store every process may seem dead until it has renewed its lease."""
        if time.monotonic() >= self._steady_since:
            self._interruptions.notify_callers()

    def _compare_clocks(self) -> None:
        if step_s := self._store.due_times.check():
            log.warning("the store's clock was set by %+.0f s; what waits is due now", step_s)

    def _forget_seen(self) -> None:
        self._store.seen.sweep(datetime.now(UTC) - SEEN_FOR)
        self._store.sealed_texts.sweep(self._store.sealed_texts.now() - SEALED_FOR)

    def _tidy(self) -> None:
        now = datetime.now(UTC)
        self._store.audit.sweep(now - timedelta(days=self._retention.audit_days))
        self._store.outbox.sweep(now - timedelta(days=self._retention.outbox_days))
        self._store.jobs.sweep(now - JOBS_FOR)
        self._store.outcomes.sweep(now - JOBS_FOR)
        self._store.config_changes.sweep(now - JOBS_FOR)
        self._store.device_changes.sweep(now - JOBS_FOR)
        self._store.reports.sweep(now - JOBS_FOR)
        self._store.cards.sweep(now - timedelta(days=self._retention.outbox_days))
        self._store.live_logs.sweep(now - LIVE_LOGS_FOR)
        self._store.deploys.forget_snippets(now - SNIPPETS_FOR)
        self._store.deploys.sweep(now - timedelta(days=self._retention.audit_days))
        self._store.requests.sweep(now - timedelta(days=self._retention.outbox_days))
        self._store.channels.sweep_revisions(now - REVISIONS_FOR)
        self._store.snoozes.sweep(now - timedelta(days=self._retention.audit_days))
        self._store.leases.sweep()


def _typed(redactor: Redactor, text: str) -> str:
    """Redacts a command line; of a deploy that holds a secret nothing is kept, since rules for one line may find a part of it alone."""
    shown = redactor(text)
    found = shown != text or hides(text, redactor.config)
    return f"{DEPLOY} {MARK}" if found and split(text)[0] == DEPLOY else shown
