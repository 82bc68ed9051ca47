"""Joins the feeds; the names are those of their turns and leases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from bot.callers import Callers
from bot.configs.follower import Follower
from bot.core.metrics import Metrics
from bot.devices.directory import Directory
from bot.feeds import compliance, drift, jobs
from bot.feeds.enqueue import Telling
from bot.feeds.job_events import JobEnds
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
) -> Poller:
    """The follower hands new snapshots on from now on; `written` is told whenever a feed may have owed something."""
    webnet, now, telling = sources.webnet, sources.now, Telling(store)
    ends = JobEnds(
        webnet, store, sources.outcomes, sources.directory, sources.callers, telling, now, follower.backed_up
    )
    changes = drift.Changes(webnet, redactor)
    found: dict[str, Feed] = {
        jobs.NAME: jobs.JobFeed(webnet, store, ends, now),
        compliance.NAME: compliance.ComplianceFeed(webnet, store, telling, now),
        drift.NAME: drift.AlertFeed(webnet, store, redactor, changes, telling, now),
    }
    follower.add(drift.DriftTaker(changes, telling).take)
    return Poller(store, instance, found, metrics, written)
