"""Joins the feeds; each has a name, which is also the name of its scheduled task and of its lease."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from bot.callers import Callers
from bot.configs.follower import Follower
from bot.core.line_patterns import LinePattern
from bot.core.metrics import Metrics
from bot.devices.directory import Directory
from bot.feeds import compliance, drift, jobs
from bot.feeds.enqueue import Enqueuer
from bot.feeds.job_events import EndedJobs
from bot.feeds.poller import Feed, Poller
from bot.jobs.outcome import Outcomes
from bot.redaction.redactor import Redactor
from bot.webnet.client import WebNet
from store.database import Store


class Sources(Protocol):
    """What commands and feeds share."""

    @property
    def webnet(self) -> WebNet: ...

    @property
    def directory(self) -> Directory: ...

    @property
    def callers(self) -> Callers: ...

    @property
    def outcomes(self) -> Outcomes: ...

    @property
    def now(self) -> Callable[[], datetime]: ...


def poller(
    store: Store,
    instance: str,
    redactor: Redactor,
    sources: Sources,
    metrics: Metrics,
    follower: Follower,
    written: Callable[[], None],
    ignored: tuple[LinePattern, ...] = (),
) -> Poller:
    """Also registers the feed of drift with the follower. `written` is called after every transaction of a feed, which may
    have enqueued something."""
    webnet, now, enqueuer = sources.webnet, sources.now, Enqueuer(store)
    ends = EndedJobs(
        webnet, store, sources.outcomes, sources.directory, sources.callers, enqueuer, now, follower.backed_up
    )
    changes = drift.Changes(webnet, redactor, ignored)
    found: dict[str, Feed] = {
        jobs.NAME: jobs.JobFeed(webnet, store, ends, now),
        compliance.NAME: compliance.ComplianceFeed(webnet, store, enqueuer, now),
        drift.NAME: drift.AlertFeed(webnet, store, redactor, changes, enqueuer, now),
    }
    follower.add(drift.SnapshotDrift(changes, enqueuer).receive)
    return Poller(store, instance, found, metrics, written)
