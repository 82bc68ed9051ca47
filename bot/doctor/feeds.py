"""Notifications not sending: the feeds of WebNet, and how far each was read."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.notice_kinds import FEEDS
from bot.core.text import ago, count, duration
from bot.doctor.finding import NOTIFICATIONS, Finding, Surroundings
from bot.feeds import drift
from bot.jobs.stuck import lost_jobs
from bot.jobs.webnet_clock import WebNetClock
from bot.vitals import FAILED, POLLED, stale_after_s, untried_after_s

MOST_NAMED = 10


def polled(at: Surroundings) -> Iterator[Finding]:
    for name in FEEDS:
        yield _polled(at, name)


def _polled(at: Surroundings, name: str) -> Finding:
    what, cursors = f"feed of {name}", at.store.cursors
    read, failed = cursors.get(POLLED + name), cursors.get(FAILED + name)
    tried = [cursor.updated_at for cursor in (read, failed) if cursor]
    words = f"Last read to its end {ago(at.now(), read.updated_at)}." if read else "It was never read to its end."
    untried_s = (at.now() - max(tried)).total_seconds() if tried else float("inf")
    poll_interval_s = at.settings.notifications.poll_interval_s
    if untried_s > untried_after_s(poll_interval_s):
        words = f"It was not tried for {duration(untried_s)}. {words}" if tried else "It was never tried."
        remedy = "Is `run` running? If it is, its log and `/healthz` say why it does not look."
        return Finding(NOTIFICATIONS, what, "warn", words, remedy)
    if read is None or (at.now() - read.updated_at).total_seconds() > stale_after_s(poll_interval_s):
        remedy = "`run` tries, and cannot: its log says why, mostly that WebNet does not answer."
        return Finding(NOTIFICATIONS, what, "warn", words, remedy)
    return Finding(NOTIFICATIONS, what, "pass", words)


def lost(at: Surroundings) -> Iterator[Finding]:
    """Yields the jobs that WebNet seems to have lost; nothing where there are none."""
    if found := lost_jobs(at.store.jobs, WebNetClock(at.store.cursors, at.now).now()):
        shown = ", ".join(f"#{number}" for number in found[:MOST_NAMED]) + (", …" if len(found) > MOST_NAMED else "")
        words = f"WebNet seems to have lost {count(len(found), 'job')}, queued while later ones ended: {shown}."
        remedy = (
            "A ping or backup is cancelled and started again by `retry` in Slack; look at WebNet's workers and broker."
        )
        yield Finding(NOTIFICATIONS, "lost jobs", "warn", words, remedy)


def not_notified(at: Surroundings) -> Iterator[Finding]:
    """Yields the drift alerts of which nobody is notified, and the ended jobs of which nobody is notified yet."""
    if (parked := at.store.cursors.get(drift.PARKED)) is not None:
        words = f"{count(int(parked.value), 'drift alert')} of WebNet belong to no device, or to one that WebNet cannot show, so nobody was notified of them."
        remedy = "WebNet's list of drift alerts shows them; the log has their numbers."
        yield Finding(NOTIFICATIONS, "drift alerts", "warn", words, remedy)
    if waiting := at.store.jobs.counts().get("ending", 0):
        words = f"The ends of {count(waiting, 'job')} are not enqueued yet: their logs are being read."
        yield Finding(NOTIFICATIONS, "ended jobs", "pass", words)
