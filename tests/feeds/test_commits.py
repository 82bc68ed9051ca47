"""Whoever commits a config in WebNet itself, past every approval here, is seen to do so, once and by all replicas together."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from lab.webnet import ManualClock, WebNetLab
from store.audit import AuditRow
from store.database import Store
from tests.e2e.rig import add_people
from tests.feeds.conftest import Feeding, channels_of, feeding_for

COMMIT = "config_deploy_commit"


@pytest.fixture
def bot(store: Store, clock: ManualClock) -> Iterator[Feeding]:
    """Gives the feeds after their first look."""
    with WebNetLab(clock=clock, job_seconds=1.0) as lab:
        made = feeding_for(lab, store, clock, watch_commits=True, admin_channels=("C0ADMIN",))
        add_people(store)
        made.channels = channels_of(store)
        lab.start_job(COMMIT, [1])  # of before the first look
        made.directory.sweep()
        made.poll("jobs")
        yield made
        made.webnet.close()


def seen(bot: Feeding, channel: str = "acme") -> list[str]:
    return [key for key in bot.keys(channel) if key.endswith(":commit")]


def test_a_commit_is_enqueued_once_for_the_channels_with_failures_of_its_customer(bot: Feeding) -> None:
    quiet = bot.store.channels.add(workspace=1, channel_id="C0QUIET", flags=())
    admin = bot.store.channels.add(workspace=1, channel_id="C0ADMIN", flags=())
    foreign = bot.store.channels.add(workspace=2, channel_id="C0ADMIN", flags=())
    bot.channels |= {"quiet": quiet.id, "admin": admin.id, "foreign": foreign.id}
    job = bot.lab.start_job(COMMIT, [1, 2])
    for _ in range(3):
        bot.poll("jobs")
    assert seen(bot) == seen(bot, "admin") == [f"job:{job}:commit"]
    assert seen(bot, "quiet") == seen(bot, "foreign") == seen(bot, "globex") == []
    event = next(event for event in bot.events() if event["kind"] == "commit")
    data = json.loads(event["data"])
    assert (event["flag"], event["customer"]) == ("notify_job_failure", 1)
    assert (data["name"], data["total"]) == ("oscar-operator", 2)
    assert data["devices"] == [bot.lab.row("devices", number)["hostname"] for number in (1, 2)]


def test_a_commit_of_every_device_says_so(bot: Feeding) -> None:
    bot.lab.start_job(COMMIT, [])
    bot.poll("jobs")
    event = next(event for event in bot.events() if event["kind"] == "commit")
    assert json.loads(event["data"])["total"] == 0


def test_a_commit_of_the_bots_own_is_none_of_somebody_else(bot: Feeding) -> None:
    job = bot.lab.start_job(COMMIT, [1])
    bot.store.audit.write(AuditRow(customer=1, status="success", job_id=job, job_type=COMMIT))
    bot.poll("jobs")
    assert seen(bot) == []


def test_other_jobs_are_no_commits(bot: Feeding) -> None:
    bot.lab.start_job("config_backup", [1])
    bot.lab.start_job("config_deploy_preview", [1])
    bot.poll("jobs")
    assert seen(bot) == []
