"""Runs the feeds between a simulated WebNet and a store, without a Slack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.callers import Callers
from bot.configs.follower import Follower
from bot.core.holding import NOBODY
from bot.core.metrics import Metrics
from bot.core.notice_kinds import FLAGS
from bot.devices.directory import Directory
from bot.feeds import all_feeds
from bot.feeds.poller import Poller
from bot.jobs.backup_changes import BackupChanges
from bot.jobs.customer_names import CustomerNames
from bot.jobs.logs import JobLogs
from bot.jobs.outcomes import Names, Outcomes
from bot.redaction.redactor import Redactor
from bot.webnet.client import WebNet
from bot.webnet.transport import Transport
from lab.webnet import BOT_KEY, ManualClock, WebNetLab
from store.database import Store
from store.models import Delivery, EventRow
from tests.e2e.rig import add_people


@dataclass(frozen=True)
class Sources:
    webnet: WebNet
    directory: Directory
    callers: Callers
    outcomes: Outcomes
    now: ManualClock


@dataclass
class Feeding:
    """One replica's feeds. Time passes only by `poll`. `waiting` holds how many deliveries waited after each write of a feed."""

    lab: WebNetLab
    store: Store
    clock: ManualClock
    poller: Poller
    follower: Follower
    directory: Directory
    webnet: WebNet
    metrics: Metrics
    waiting: list[int]
    channels: dict[str, int] = field(default_factory=dict)

    def poll(self, name: str, seconds: float = 10.0) -> int:
        """Polls after some time, and returns how many requests that took."""
        self.clock.advance(seconds)
        before = self.lab.request_count
        self.poller.poll(name)
        return self.lab.request_count - before

    def events(self, channel: str = "acme") -> list[dict[str, Any]]:
        """Lists the events enqueued for a channel, oldest first."""
        query = (
            EventRow.select(EventRow)
            .join(Delivery)
            .where(Delivery.channel == self.channels[channel])
            .order_by(Delivery.id)
        )
        return self.store.database.rows(query)

    def keys(self, channel: str = "acme") -> list[str]:
        return [event["key"] for event in self.events(channel)]


def channels_of(store: Store) -> dict[str, int]:
    made = {}
    for workspace in store.workspaces.list():
        name = workspace.team_name.lower()
        made[name] = store.channels.add(workspace=workspace.id, channel_id=f"C0{name.upper()}", flags=FLAGS).id
    return made


@pytest.fixture
def clock() -> ManualClock:
    """Begins now: the Date header of the lab's answers is of this machine."""
    return ManualClock(datetime.now(UTC))


def feeding_for(lab: WebNetLab, store: Store, clock: ManualClock, instance: str = "one", **options: Any) -> Feeding:
    webnet = WebNet(Transport(lab.url, BOT_KEY, timeout_s=2.0, sleep=lambda _: None))
    directory = Directory(webnet, store.directory, store.cursors)
    follower = Follower(webnet, store, instance, now=clock)
    redactor = Redactor()
    names = Names(directory.name_of, CustomerNames(webnet).name)
    outcomes = Outcomes(webnet, JobLogs(webnet, redactor.config), store.outcomes, names, BackupChanges(store))
    sources = Sources(webnet, directory, Callers(webnet, lambda *_: None), outcomes, clock)
    metrics = Metrics()
    waiting: list[int] = []

    def written() -> None:
        assert not store.database.peewee.in_transaction()  # or whoever is woken finds nothing yet
        waiting.append(store.outbox.depth().waiting)

    poller = all_feeds.poller(
        store, instance, redactor, sources, metrics, follower, NOBODY, written, all_feeds.Options(**options)
    )
    return Feeding(lab, store, clock, poller, follower, directory, webnet, metrics, waiting)


@pytest.fixture
def feeding(store: Store, clock: ManualClock) -> Iterator[Feeding]:
    with WebNetLab(clock=clock, job_seconds=1.0) as lab:
        made = feeding_for(lab, store, clock)
        add_people(store)
        made.channels = channels_of(store)
        yield made
        made.webnet.close()
