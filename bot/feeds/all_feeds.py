"""Joins the feeds; each has a name, which is also the name of its scheduled task and of its lease."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.callers import Callers
from bot.compliance import Policies
from bot.configs.follower import Follower
from bot.configs.keeper import Keeper
from bot.core.holding import Holders
from bot.core.line_patterns import LinePattern
from bot.core.metrics import Metrics
from bot.devices.directory import Directory
from bot.feeds import compliance, drift, jobs
from bot.feeds.commits import Commits
from bot.feeds.enqueue import Enqueuer, RemindAfter
from bot.feeds.facts import KnownDevices
from bot.feeds.job_events import EndedJobs
from bot.feeds.poller import Feed, Poller
from bot.feeds.unclear_starts import UnclearStarts
from bot.jobs.outcomes import Outcomes
from bot.redaction.redactor import Redactor
from bot.vitals import STALE_S
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


@dataclass(frozen=True, slots=True)
class Options:
    """Says how feeds are followed. `tried` is called as long as a feed is being read. Compliance results and drift alerts are looked at
    with a `rest` between; the end of a compliance check hurries the former: `hurry` polls a feed now. Channels are notified of a feed
    that fails for `fails_after`; with `watch_commits` also of commits that the bot did not start, and so are the `admin_channels`.
    `remind_after` says when somebody is reminded of a notice, and `ignored` which lines of a config are no drift."""

    ignored: tuple[LinePattern, ...] = ()
    tried: Callable[[str], object] = lambda _: None
    rest: timedelta = timedelta(0)
    fails_after: timedelta = timedelta(seconds=STALE_S)
    hurry: Callable[[str], object] = lambda _: None
    watch_commits: bool = False
    admin_channels: tuple[str, ...] = ()
    remind_after: RemindAfter = lambda _: None


USUAL = Options()


def poller(
    store: Store,
    instance: str,
    redactor: Redactor,
    sources: Sources,
    metrics: Metrics,
    follower: Follower,
    holders: Holders,
    written: Callable[[], None],
    options: Options = USUAL,
) -> Poller:
    """Also registers the feed of drift with the follower. `holders` keep notices back, and `written` is called after every transaction
    of a feed, which may have enqueued something."""
    webnet, now, devices = sources.webnet, sources.now, KnownDevices(store)
    enqueuer = Enqueuer(store, holders, options.remind_after)

    def checked() -> None:
        made.hurry(compliance.NAME)
        options.hurry(compliance.NAME)

    ends = EndedJobs(
        webnet, store, sources.outcomes, devices, sources.callers, enqueuer, now, follower.backed_up, checked
    )
    commits = Commits(store.audit, store.deploys, devices, sources.callers, enqueuer, now, options.admin_channels)
    unclear = UnclearStarts(webnet, store, instance, now)
    changes = drift.Changes(webnet, Keeper(store, redactor), store.deploys, devices, options.ignored)
    found: dict[str, Feed] = {
        jobs.NAME: jobs.JobFeed(webnet, store, ends, unclear, commits if options.watch_commits else None, now),
        compliance.NAME: compliance.ComplianceFeed(webnet, store, enqueuer, Policies(webnet, now=now), devices, now),
        drift.NAME: drift.AlertFeed(webnet, store, redactor, changes, enqueuer, now),
    }
    follower.add(drift.SnapshotDrift(changes, store.config_changes, store.device_changes, enqueuer).receive)
    rests = dict.fromkeys((compliance.NAME, drift.NAME), options.rest)
    made = Poller(store, instance, found, metrics, written, options.tried, rests, options.fails_after)
    return made
