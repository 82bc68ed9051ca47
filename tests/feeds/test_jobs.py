"""Every end of a job is enqueued once, whatever WebNet's list does meanwhile."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

import pytest

from bot.jobs.index import index_row
from bot.jobs.webnet_clock import WebNetClock
from lab.webnet import ManualClock, WebNetLab
from lab.webnet.clock import stamp
from store.audit import AuditRow
from store.database import Store
from store.jobs import Cancelled
from tests.e2e.rig import add_people
from tests.feeds.conftest import Feeding, channels_of, feeding_for


@pytest.fixture
def bot(feeding: Feeding) -> Feeding:
    """Gives the feeds after their first look."""
    feeding.directory.sweep()
    feeding.poll("jobs")
    assert feeding.keys() == []
    return feeding


def ended(bot: Feeding, *, customer: int = 1, kind: str = "check_reachability", devices: tuple[int, ...] = (1,)) -> int:
    return bot.lab.start_job(kind, list(devices), customer=customer)


def key(job: int) -> str:
    return f"job:{job}:ended"


def the_event(bot: Feeding) -> dict[str, Any]:
    (event,) = bot.events()
    return {**event, "data": json.loads(event["data"])}


def test_nothing_from_before_the_first_start_is_enqueued_but_what_was_open_is_followed(bot: Feeding) -> None:
    open_before = [row["id"] for row in bot.lab.rows("jobs") if row["finished_at"] is None]
    assert bot.store.jobs.longest_unread(1_000) != []
    assert sorted(bot.store.jobs.longest_unread(1_000)) == open_before
    bot.poll("jobs")
    assert bot.keys() == []
    bot.lab.change("jobs", open_before[0], status="success", finished_at=stamp(bot.clock()))
    bot.poll("jobs")
    assert bot.keys() in ([key(open_before[0])], [])  # the oldest one may be of the other customer
    assert bot.keys() + bot.keys("globex") == [key(open_before[0])]


def test_an_end_is_enqueued_once_for_the_channels_of_its_customer(bot: Feeding) -> None:
    job = ended(bot)
    other = ended(bot, customer=2, devices=(131,))
    for _ in range(3):
        bot.poll("jobs")
    assert bot.keys() == [key(job)]
    assert bot.keys("globex") == [key(other)]
    event = the_event(bot)
    assert (event["kind"], event["flag"], event["customer"]) == ("job", "notify_job_completion", 1)
    assert event["data"]["words"] == "reachable"
    assert event["data"]["devices"] == [bot.lab.row("devices", 1)["hostname"]]
    assert event["data"]["name"] == "oscar-operator"


def test_a_success_that_hides_a_failure_goes_to_the_channels_for_failures(bot: Feeding) -> None:
    bot.lab.break_device(1)
    job = ended(bot, devices=(1, 2, 3))
    bot.poll("jobs")
    event = the_event(bot)
    assert (event["key"], event["flag"]) == (key(job), "notify_job_failure")
    assert (event["data"]["verdict"], event["data"]["failed"], event["data"]["total"]) == ("partial", 1, 3)
    assert event["data"]["errors"][0][0] == bot.lab.row("devices", 1)["hostname"]


def test_a_job_that_was_noted_as_cancelled_before_the_feed_saw_it_is_read_as_one_row(bot: Feeding) -> None:
    job = bot.lab.start_job("check_reachability", [1])
    noted = index_row(replace(bot.webnet.job(job), status="cancelled"), "ending")
    bot.store.jobs.cancelling(noted, "oscar", "U0OSCAR")
    bot.store.jobs.note_cancelled(job, "oscar", "U0OSCAR")
    bot.poll("jobs")
    assert bot.keys() == [f"job:{job}:ran"]
    assert bot.store.jobs.cancelled(job, seen=False) == Cancelled("oscar", "U0OSCAR")


@pytest.mark.parametrize("seen", ["cancelled", "running", "ended"])
def test_a_cancelled_job_that_ran_is_an_event_of_its_own_and_names_who_cancelled_it(bot: Feeding, seen: str) -> None:
    """`seen` is what the feed comes upon after it saw the job as cancelled."""
    job = bot.lab.start_job("check_reachability", [1])
    bot.lab.hold = "queued"
    bot.poll("jobs", 0.1)
    bot.store.jobs.cancelling(bot.store.jobs.known([job])[job], "oscar", "U0OSCAR")
    bot.lab.change("jobs", job, status="cancelled", finished_at=stamp(bot.clock()))
    bot.poll("jobs", 0.1)
    event = the_event(bot)
    assert (event["key"], event["data"]["status"], event["data"]["cancelled_by"]) == (key(job), "cancelled", "oscar")
    if seen != "cancelled":
        bot.lab.hold = "running"
        bot.clock.advance(10)
        if seen == "running":
            bot.poll("jobs")
        bot.lab.hold = None
    for _ in range(3):
        bot.poll("jobs")
    ran = [] if seen == "cancelled" else [f"job:{job}:ran"]
    assert bot.keys() == [key(job), *ran]
    if ran:
        data = json.loads(bot.events()[1]["data"])
        assert (data["words"], data["cancelled_by"]) == ("reachable", "oscar")


def test_the_caller_whose_command_started_a_job_is_its_requester(bot: Feeding) -> None:
    job = ended(bot)
    bot.store.audit.write(AuditRow(customer=1, job_id=job, user=4, username="vera-viewer", status="ok"))
    bot.poll("jobs")
    assert (the_event(bot)["data"]["user"], the_event(bot)["data"]["name"]) == (4, "vera-viewer")


def test_a_channel_with_a_card_of_the_job_is_not_notified_a_second_time(bot: Feeding) -> None:
    carded, other = ended(bot), ended(bot)
    workspace = bot.store.workspaces.list()[0]
    bot.store.cards.open(
        workspace=workspace.id,
        customer=1,
        job_id=carded,
        what="ping",
        device_name="",
        channel_id="C0ACME",
        chat_user="U0OSCAR",
        chat_user_name="",
        ephemeral=False,
        ref="",
        holder="x",
        ttl_s=60,
    )
    bot.poll("jobs")
    assert bot.keys() == [key(other)]


def test_an_idle_look_while_jobs_are_open_is_a_request_for_each_list_and_one_for_an_open_job(bot: Feeding) -> None:
    for _ in range(60):  # jobs that push the open ones off the newest page
        ended(bot)
    bot.poll("jobs", 120)
    bot.poll("jobs", 120)
    assert [bot.poll("jobs") for _ in range(5)] == [3] * 5


def without_open_jobs(bot: Feeding) -> None:
    for row in bot.lab.rows("jobs"):
        if row["finished_at"] is None:
            bot.lab.delete("jobs", row["id"])
    while bot.store.jobs.longest_unread(1):
        bot.poll("jobs")


def test_an_idle_look_without_open_jobs_is_one_request(bot: Feeding) -> None:
    without_open_jobs(bot)
    assert [bot.poll("jobs") for _ in range(5)] == [1] * 5


def test_no_end_is_missed_where_the_list_of_ends_was_left_alone(bot: Feeding) -> None:
    """One job stays open until others have pushed it off the newest page; another one ends as soon as it is there."""
    without_open_jobs(bot)
    slow = ended(bot)
    with bot.lab.lock:
        bot.lab.runner.plans.pop(slow)
    bot.poll("jobs")
    quick = [ended(bot, devices=(2,)) for _ in range(70)]
    for job in quick:
        bot.lab.finish(job)
    bot.lab.change("jobs", slow, status="success", finished_at=stamp(bot.clock() - timedelta(seconds=30)))
    for _ in range(2):
        bot.poll("jobs")
    assert sorted(bot.keys()) == sorted(map(key, (slow, *quick)))
    assert bot.poll("jobs", 300) == 1


def test_a_cancelled_job_that_is_on_no_newest_page_any_more_is_followed_for_a_day(bot: Feeding) -> None:
    without_open_jobs(bot)
    bot.lab.hold = "queued"
    job = ended(bot)
    bot.lab.change("jobs", job, status="cancelled", finished_at=stamp(bot.clock()))
    bot.poll("jobs")
    others = [ended(bot, devices=(2,)) for _ in range(60)]
    for other in others:
        bot.lab.finish(other)
    bot.poll("jobs")
    bot.lab.finish(job)
    bot.poll("jobs", 30)
    assert bot.keys()[-1] == f"job:{job}:ran"


def test_a_lower_id_that_is_committed_late_is_enqueued(bot: Feeding) -> None:
    first = ended(bot)
    bot.lab.next_id("jobs", first + 3)
    last = ended(bot)
    bot.poll("jobs")
    assert bot.keys() == [key(first), key(last)]
    for number in (first + 1, first + 2):
        bot.poll("jobs", 60)
        long_ago = stamp(bot.clock() - timedelta(minutes=10))
        bot.lab.add("jobs", **{**bot.lab.row("jobs", last), "id": number, "finished_at": long_ago})
    bot.poll("jobs")
    assert sorted(bot.keys()) == sorted(map(key, (first, first + 1, first + 2, last)))


def test_a_late_lower_id_is_found_below_the_newest_page_too(bot: Feeding) -> None:
    first = ended(bot)
    bot.lab.next_id("jobs", first + 2)
    newer = [ended(bot) for _ in range(120)]
    bot.poll("jobs")
    bot.lab.add(
        "jobs",
        **{**bot.lab.row("jobs", first), "id": first + 1, "finished_at": stamp(bot.clock() - timedelta(minutes=14))},
    )
    for _ in range(3):
        bot.poll("jobs")
    assert sorted(bot.keys()) == sorted(map(key, (first, first + 1, *newer)))


def test_a_job_that_vanishes_is_no_end(bot: Feeding) -> None:
    bot.lab.hold = "running"
    jobs = [ended(bot) for _ in range(3)]
    bot.poll("jobs")
    bot.lab.delete("jobs", jobs[1])
    bot.lab.hold = None
    for _ in range(60):
        bot.poll("jobs")
    assert bot.keys() == [key(jobs[0]), key(jobs[2])]
    assert jobs[1] not in bot.store.jobs.known(jobs)


def test_after_an_outage_everything_since_is_enqueued_once(bot: Feeding) -> None:
    fault = bot.lab.fault("away")
    jobs = [ended(bot) for _ in range(130)]
    with pytest.raises(Exception, match="WebNet"):
        bot.poll("jobs", 900)
    assert bot.keys() == []
    bot.lab.clear_faults()
    assert fault.kind == "away"
    for _ in range(3):
        bot.poll("jobs")
    assert sorted(bot.keys()) == sorted(map(key, jobs))


def test_many_ends_at_once_are_read_again_only_as_long_as_others_may_come_between(bot: Feeding) -> None:
    jobs = [ended(bot) for _ in range(130)]
    bot.poll("jobs")
    assert sorted(bot.keys()) == sorted(map(key, jobs))
    assert bot.poll("jobs", 120) > 3
    assert [bot.poll("jobs", 120) for _ in range(3)] == [3] * 3


@pytest.mark.parametrize("away_s", [10, 900])
def test_an_end_that_is_committed_after_a_later_one_is_enqueued(bot: Feeding, away_s: float) -> None:
    """This holds even if the next look comes much later. There are more of them than the one open job that each look reads."""
    slow = [row["id"] for row in bot.lab.rows("jobs") if row["finished_at"] is None]
    assert len(slow) > 2
    quick = ended(bot)
    for _ in range(2):
        bot.poll("jobs")
    assert bot.keys() == [key(quick)]
    before = bot.clock() - timedelta(seconds=30)
    for job in slow:
        bot.lab.change("jobs", job, status="success", finished_at=stamp(before))
    bot.poll("jobs", away_s)
    assert sorted(bot.keys() + bot.keys("globex")) == sorted(map(key, (quick, *slow)))


def test_a_log_that_cannot_be_read_delays_one_job_and_ends_without(bot: Feeding) -> None:
    bad, good = ended(bot), ended(bot)
    bot.lab.fault("error", prefix=f"/api/v1/jobs/{bad}/logs")
    bot.poll("jobs")
    assert bot.keys() == [key(good)]
    for _ in range(40):
        bot.poll("jobs")
    assert bot.keys() == [key(good), key(bad)]
    event = json.loads(bot.events()[1]["data"])
    assert (event["verdict"], event["words"]) == ("unknown", "finished, no result reported")


def test_one_clock_ahead_hides_no_other_end(bot: Feeding) -> None:
    tomorrow = ended(bot)
    bot.poll("jobs")
    bot.lab.change("jobs", tomorrow, finished_at=stamp(bot.clock() + timedelta(days=1)))
    bot.poll("jobs")
    later = ended(bot)
    bot.poll("jobs", 120)
    assert bot.keys() == [key(tomorrow), key(later)]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_million_jobs_cost_no_more_than_a_hundred(
    store: Store, clock: ManualClock, database: Literal["sqlite", "postgresql"]
) -> None:
    with WebNetLab(clock=clock, job_seconds=1.0, jobs=1_000_000, unfinished=200, database=database) as lab:
        bot = feeding_for(lab, store, clock)
        add_people(store)
        bot.channels = channels_of(store)
        assert bot.poll("jobs") < 30
        open_ones = [lab.row("jobs", number) for number in store.jobs.longest_unread(1_000)]
        assert len(open_ones) > 200
        assert max(bot.poll("jobs") for _ in range(5)) <= 4
        old = next(row["id"] for row in open_ones if row["customer"] == 1 and row["id"] > 1_000)
        lab.change("jobs", old, status="failed", finished_at=stamp(clock()))
        new = ended(bot)
        bot.poll("jobs")
        bot.poll("jobs")
        assert sorted(bot.keys()) == sorted([key(old), key(new)])
        bot.webnet.close()


def test_the_notice_of_a_backup_waits_for_what_the_follower_finds(bot: Feeding) -> None:
    bot.follower.poll()
    job = ended(bot, kind="config_backup")
    bot.poll("jobs")
    bot.poll("jobs", 0.1)
    assert bot.keys() == []
    bot.follower.poll()
    bot.poll("jobs", 0.1)
    assert bot.keys() == [key(job)]
    assert the_event(bot)["data"]["words"] == "success; the config did not change"


def test_the_notice_of_a_backup_does_not_wait_where_nobody_follows_configs(bot: Feeding) -> None:
    job = ended(bot, kind="config_backup")
    bot.poll("jobs")
    assert bot.keys() == [key(job)]
    assert the_event(bot)["data"]["words"] == "success"


@pytest.mark.parametrize("ahead", [timedelta(hours=-5), timedelta(hours=5)], ids=["behind", "ahead"])
def test_the_clock_of_webnet_is_known_from_a_job_that_was_not_there_a_moment_ago(
    bot: Feeding, ahead: timedelta
) -> None:
    clock = WebNetClock(bot.store.cursors, bot.clock)
    assert clock.now() == bot.clock()
    job = bot.lab.start_job("run_commands", [1])
    bot.lab.change("jobs", job, requested_at=stamp(bot.clock() + ahead))
    bot.poll("jobs")
    off = clock.now() - bot.clock() - ahead
    assert timedelta(seconds=-10) <= off <= timedelta(0)
    job = bot.lab.start_job("run_commands", [1])
    bot.lab.change("jobs", job, requested_at=stamp(bot.clock()))
    bot.poll("jobs", 3_600)  # too long ago to tell
    assert clock.now() - bot.clock() - ahead == off
