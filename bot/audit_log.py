"""The audit log as the pipeline of commands writes it and as handlers may read it; every text is redacted first."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta

from bot.core.audit import Record
from bot.core.line import split
from bot.core.text import count
from bot.jobs.running import OwnJob
from bot.jobs.starter import KnownJob
from store.audit import Audit, AuditFilter, AuditRow
from store.errors import StoreError, StoreUnusable
from store.seen import Seen

log = logging.getLogger(__name__)

SEARCH = "search"
MOST_UNSAVED = 10_000
# Fields that are not known yet when a row is opened: these become known on the way, OUTCOME at the end.
FOUND = ("job_id", "job_type", "device", "device_name", "devices")
OUTCOME = ("code", "response", "delivered", "duration_ms")


class AuditLog:
    """Is `core.audit.Audit` and `bot.jobs.access.History` over the store. `instance` names this process."""

    def __init__(
        self,
        audit: Audit,
        seen: Seen,
        redact: Callable[[str], str],
        instance: str,
        commands: Collection[str],
        *,
        typed: Callable[[str], str] | None = None,
        store_queries: bool = True,
    ) -> None:
        """Redacts with `typed` what was typed, where that needs more than `redact`. Keeps only the length of a search's text, and
        nothing of its answer, unless `store_queries`; so, too, of what names none of the `commands`, since it may be a search
        that was mistyped."""
        self._audit = audit
        self._seen = seen
        self._redact = redact
        self._typed = typed or redact
        self._instance = instance
        self._commands = commands
        self._store_queries = store_queries
        self._lock = threading.Lock()
        self._unsaved: deque[Record] = deque()
        self._away = False

    def claim(self, keys: tuple[str, ...]) -> bool:
        return self._seen.claim(keys) if keys else True

    def save(self, record: Record) -> None:
        if record.id is None:
            record.id = self._audit.write(self._row(record))
        elif record.status == "running":
            self._audit.note(record.id, **{name: getattr(record, name) for name in FOUND})
        else:
            row = self._row(record)
            self._audit.close(record.id, status=row.status, **{name: getattr(row, name) for name in (*FOUND, *OUTCOME)})

    def close(self, record: Record) -> None:
        if self._away:  # this row waits behind the others, so that not each of them costs a time-out
            self._keep(record)
            return
        try:
            self.save(record)
        except StoreError as error:
            self._away = isinstance(error, StoreUnusable)
            log.warning("the row of request %s waits for the store: %s", record.request.request_id, error.words)
            self._keep(record)
        except Exception:
            log.exception("the row of request %s was not written", record.request.request_id)
            self._keep(record)

    def _keep(self, record: Record) -> None:
        with self._lock:
            if len(self._unsaved) < MOST_UNSAVED:
                self._unsaved.append(record)
                return
        log.error("the row of request %s is lost: too many wait for the store", record.request.request_id)

    def catch_up(self) -> None:
        """Writes the rows that the store refused before, each tried once, until it is away again. Raises the last error."""
        failed: Exception | None = None
        for _ in range(len(self._unsaved)):
            record = self._unsaved[0]
            try:
                self.save(record)
                self._away = False
            except Exception as error:
                failed, self._away = error, isinstance(error, StoreUnusable)
                if self._away:
                    break
                self._keep(record)
            with self._lock:
                self._unsaved.popleft()
        if failed is not None:
            raise failed

    def _row(self, record: Record) -> AuditRow:
        asked_at = datetime.now(UTC) - timedelta(seconds=time.monotonic() - record.started)
        request, workspace, caller = record.request, record.workspace, record.caller
        text, response = self._texts(record)
        return AuditRow(
            workspace=workspace.id if workspace else None,
            customer=workspace.customer if workspace else None,
            team_id=request.place.workspace,
            team_name=workspace.name if workspace else "",
            channel_id=request.place.channel,
            channel_name=request.channel_name,
            slack_user_id=request.chat_user,
            slack_user_name=request.chat_user_name,
            user=caller.user if caller else None,
            username=caller.username if caller else "",
            command=record.command,
            text=text,
            way=request.way,
            status=record.status,
            code=record.code,
            response=response,
            job_id=record.job_id,
            job_type=record.job_type,
            device=record.device,
            device_name=record.device_name,
            devices=record.devices,
            request_id=request.request_id,
            instance=self._instance,
            created_at=asked_at,
            delivered=record.delivered,
            duration_ms=record.duration_ms,
            first_id=record.first_id,
        )

    def _texts(self, record: Record) -> tuple[str, str]:
        text = record.request.text
        # Also of a request that was turned away before anybody read it.
        if not self._store_queries:
            name, query = split(text)
            if name == SEARCH:
                return f"{SEARCH} ({count(len(query.strip()), 'character')})", ""
            if name not in self._commands:
                return f"unknown ({count(len(text.strip()), 'character')})", ""
        return self._typed(text), self._redact(record.response)

    # -- what handlers may read

    def starters(self, customer: int, job_ids: Sequence[int]) -> dict[int, KnownJob]:
        """Gives the jobs of these that the bot started, by id."""
        rows = self._audit.starter_of(job_ids, customer) if job_ids else {}
        return {job_id: _known(row) for job_id, row in rows.items()}

    def last_on(self, customer: int, device: int, command: str | None = None) -> KnownJob | None:
        """Gives the newest job that the bot started on this device, by one command if one is given."""
        row = self._audit.last_job(customer, device, commands=(command,) if command else ())
        return _known(row) if row else None

    def last_of(self, customer: int, device: int, command: str) -> OwnJob | None:
        """Gives the newest job that `command` started on this device."""
        known = self.last_on(customer, device, command)
        if known is None:
            return None
        now = datetime.now(UTC)
        return OwnJob(known.job_id, now - (known.asked_at or now))

    def acknowledged_by(self, customer: int, device: int, alert: int) -> str:
        """Names the user who acknowledged this drift alert through the bot lately; empty if nobody did."""
        acks = AuditFilter(customers=(customer,), device=device, command="ack", status="success")
        rows = self._audit.list(acks)
        return next((row.username for row in rows if row.text.endswith((f" {alert}", f" #{alert}"))), "")


def _known(row: AuditRow) -> KnownJob:
    return KnownJob(row.job_id or 0, row.job_type, row.user or 0, row.username, row.created_at)
