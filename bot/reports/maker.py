"""Makes the reports whose time has come. A report is an event for one channel, which the outbox delivers like any other.

Of all replicas one makes reports at a time, and the date of each is settled in the transaction that enqueues it: a process that is killed
in between makes it again, and never twice. What the bot missed for too long is skipped, and so is what could not be sent for too long; the
channel is notified of that.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any

from bot.core.events import Facts
from bot.core.metrics import Metrics
from bot.core.notice_kinds import JOB_FAILURE
from bot.core.report_times import LATE, ReportTime
from bot.core.reports import TREND_DAYS, Data, numbers, trend
from bot.report_reader import ReportReader
from store.database import Store
from store.leases import Lease
from store.outbox import NewDelivery
from store.reports import KIND, TOO_LATE, Outcome, Run, Scheduled

log = logging.getLogger(__name__)

LEASE, TTL_S = "reports", 120.0  # more than one section takes
A_DAY, HALF_A_DAY = timedelta(days=1), timedelta(hours=12)
WITHIN = timedelta(days=7)  # in which a report that waits to be sent is followed

Read = Callable[[ReportReader, Callable[[], object]], dict[str, Any]]
"""Reads all sections, and calls the second argument before each of them."""

Readers = Callable[[int, int, datetime], ReportReader]
"""Makes the reader of a customer, for a workspace and since a time."""


class ReportMaker:
    def __init__(
        self,
        store: Store,
        instance: str,
        readers: Readers,
        read: Read,
        customer_name: Callable[[int], str],
        written: Callable[[], None],
        metrics: Metrics,
        now: Callable[[], datetime],
    ) -> None:
        """`written` is called when something was enqueued. `now` decides what is due."""
        self._store = store
        self._instance = instance
        self._readers = readers
        self._read = read
        self._customer_name = customer_name
        self._written = written
        self._metrics = metrics
        self._now = now

    def tick(self) -> None:
        """Makes every report that is due, one after the other. One that cannot be made is tried again at the next tick."""
        now = self._now()
        scheduled = self._store.reports.scheduled(now)
        self._skip_dropped({place.channel: place for place in scheduled}, now)
        due = [(place, moments) for place in scheduled if (moments := _due(place, now))]
        lease = self._store.leases.acquire(LEASE, self._instance, TTL_S) if due else None
        if lease is None:
            return
        read: dict[tuple[int, int, datetime], dict[str, Any]] = {}
        try:
            for place, moments in due:
                try:
                    self._settle(place, moments, lease, read)
                except LostLease:
                    return
                except Exception:  # one channel that fails must not hold up the others
                    log.exception("the report of %s cannot be made yet", place.channel_id)
        finally:
            self._store.leases.release(lease)

    def keep_numbers(self) -> None:
        """Keeps the numbers of every customer of whom none are kept for this day yet; a day is one of UTC."""
        now = self._now()
        day = now.astimezone(UTC).date().isoformat()
        for customer, workspace in self._store.reports.without_numbers(day).items():
            found = self._read(self._readers(customer, workspace, now - A_DAY), lambda: None)
            self._store.reports.keep_numbers(customer, day, numbers(found))

    def _skip_dropped(self, places: Mapping[int, Scheduled], now: datetime) -> None:
        """Skips the reports that were made, but too late when they could be sent."""
        for channel, dropped in groupby(self._store.reports.dropped(now - WITHIN), key=lambda run: run.channel):
            if (place := places.get(channel)) is None:
                continue
            with self._store.transaction():
                skipped = [run for run in dropped if self._store.reports.skip(run)]
                if skipped:
                    last, days = skipped[-1], [run.day for run in skipped]
                    data = self._data(place, last.due_at, "skipped", days, last.due_at)
                    self._enqueue(place, f"{last.day}:skipped", last.due_at, data)
            for _ in skipped:
                self._metrics.reports.add("skipped")
            self._written()

    def _go_on(self, lease: Lease) -> None:
        """Is called before each section, so that a report may take longer than the lease."""
        if not self._store.leases.renew(lease, TTL_S):
            raise LostLease

    def _settle(
        self,
        place: Scheduled,
        moments: list[tuple[date, datetime]],
        lease: Lease,
        read: dict[tuple[int, int, datetime], dict[str, Any]],
    ) -> None:
        now, (day, due_at) = self._now(), moments[-1]
        late_by = now - due_at
        outcome: Outcome = "skipped" if late_by > TOO_LATE else "late" if late_by > LATE else "sent"
        missed = moments if outcome == "skipped" else moments[:-1]
        since = self._store.reports.last_made(place.channel) or due_at - ReportTime.read(place.report).rests
        data = self._data(place, due_at, outcome, [each.isoformat() for each, _ in missed], since)
        if outcome != "skipped":
            key = (place.customer, place.workspace, since)
            sections = read.get(key) or self._read(self._readers(*key), partial(self._go_on, lease))
            read[key] = data["sections"] = sections
            data["trends"] = self._trends(place.customer, data["sections"], since, now)
        with self._store.transaction():
            self._go_on(lease)
            for each, moment in moments[:-1]:
                self._store.reports.settle(Run(place.channel, each.isoformat(), moment, now, "skipped"))
            if not self._store.reports.settle(Run(place.channel, day.isoformat(), due_at, now, outcome)):
                return
            self._enqueue(place, day.isoformat(), due_at, data)
        for _ in missed:
            self._metrics.reports.add("skipped")
        if outcome != "skipped":
            self._metrics.reports.add(outcome)
        self._written()

    def _data(
        self, place: Scheduled, due_at: datetime, outcome: Outcome, missed: list[str], since: datetime
    ) -> dict[str, Any]:
        return {
            "customer": self._customer_name(place.customer),
            "made_at": self._now().isoformat(),
            "due_at": due_at.isoformat(),
            "since": since.isoformat(),
            "late": outcome == "late",
            "skipped": missed,
            "sections": {},
            "trends": {},
        }

    def _trends(self, customer: int, sections: Data, since: datetime, now: datetime) -> dict[str, list[int | None]]:
        """Returns the numbers of the days before, by section, and keeps today's if they are of about a day."""
        today = now.astimezone(UTC)
        history = self._store.reports.numbers(customer, (today - TREND_DAYS * A_DAY).date().isoformat())
        if abs(now - since - A_DAY) < HALF_A_DAY:
            self._store.reports.keep_numbers(customer, today.date().isoformat(), numbers(sections))
        return {name: trend(history, name, today) for name in sections}

    def _enqueue(self, place: Scheduled, day: str, due_at: datetime, data: Mapping[str, Any]) -> None:
        """Enqueues the report for its channel alone, whatever else that asks for: somebody has set this very time. So no rule and no
        quiet hours concern it."""
        self._store.outbox.add(
            key=f"report:{place.channel}:{day}",
            kind=KIND,
            flag=JOB_FAILURE.flag,
            customer=place.customer,
            happened_at=due_at,
            data=data,
            deliveries=[NewDelivery(channel=place.channel, urgent=True)],
            facts=Facts(kind="report", pressing=True).json(),
        )


class LostLease(Exception):
    """Another replica makes the reports now; what this one does is left, and its transaction is rolled back."""


def _due(place: Scheduled, now: datetime) -> list[tuple[date, datetime]]:
    try:
        return ReportTime.read(place.report).due(place.since, now, place.settled)
    except ValueError as error:  # such as a zone that this machine's data no longer has
        log.warning("the report of %s has no time: %s", place.channel_id, error)
        return []
