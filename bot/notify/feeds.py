"""Joins the feeds; the names are those of their turns and leases."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from bot.core.metrics import Metrics
from bot.core.redact import Redactor
from bot.notify import compliance, jobs
from bot.notify.jobends import JobEnds
from bot.notify.poller import Feed, Poller
from bot.notify.telling import Telling
from bot.webnet.client import WebNet
from bot.webnet.directory import Directory
from bot.webnet.joblogs import JobLogs
from bot.webnet.outcomes import Outcomes
from bot.webnet.people import People
from store.database import Store


def poller(
    store: Store,
    instance: str,
    redactor: Redactor,
    webnet: WebNet,
    directory: Directory,
    people: People,
    now: Callable[[], datetime],
    metrics: Metrics,
    *,
    carded: Callable[[int], Collection[int]] = lambda _: (),
    backed_up: Callable[[Collection[int]], object] = lambda _: None,
) -> Poller:
    """`carded(job)` are the channel rows with a card about that job; `backed_up(device ids)` is called after a backup."""
    telling = Telling(store, carded)
    outcomes = Outcomes(JobLogs(webnet, redactor.config))
    ends = JobEnds(webnet, store, outcomes, directory, people, telling, now, backed_up)
    found: dict[str, Feed] = {
        jobs.NAME: jobs.JobFeed(webnet, store, ends, now),
        compliance.NAME: compliance.ComplianceFeed(webnet, store, telling, now),
    }
    return Poller(store, instance, found, metrics)
