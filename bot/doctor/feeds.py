"""Notifications not sending: the feeds of WebNet, and how far each was read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bot.core.notice_kinds import FEEDS
from bot.core.text import ago, count
from bot.doctor.finding import NOTIFICATIONS, Finding, Surroundings
from bot.feeds import drift
from bot.feeds.poller import POLLED

STALE = timedelta(minutes=10)  # far more than the longest sensible time between two polls


def polled(at: Surroundings) -> Iterator[Finding]:
    for name in FEEDS:
        cursor, what = at.store.cursors.get(POLLED + name), f"feed of {name}"
        if cursor is None or at.now() - cursor.updated_at > STALE:
            words = f"Last read to its end {ago(at.now(), cursor.updated_at)}." if cursor else "It was never read."
            remedy = "`run` does that; if it is running, its log says why it cannot."
            yield Finding(NOTIFICATIONS, what, "warn", words, remedy)
        else:
            yield Finding(NOTIFICATIONS, what, "pass", f"Last read to its end {ago(at.now(), cursor.updated_at)}.")


def not_notified(at: Surroundings) -> Iterator[Finding]:
    """Yields the drift alerts of which nobody is notified, and the ended jobs of which nobody is notified yet."""
    if (parked := at.store.cursors.get(drift.PARKED)) is not None:
        words = (
            f"{count(int(parked.value), 'drift alert')} of WebNet belong to no device, so nobody was notified of them."
        )
        remedy = "WebNet's list of drift alerts shows them; the log has their numbers."
        yield Finding(NOTIFICATIONS, "drift alerts", "warn", words, remedy)
    if waiting := at.store.jobs.counts().get("ending", 0):
        words = f"The ends of {count(waiting, 'job')} are not enqueued yet: their logs are being read."
        yield Finding(NOTIFICATIONS, "ended jobs", "pass", words)
