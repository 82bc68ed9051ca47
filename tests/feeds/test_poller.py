"""Several replicas poll on one store, and WebNet's jobs come in any order."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from bot.core.notice_kinds import COMPLIANCE, FLAGS
from bot.feeds.poller import Poller
from bot.vitals import POLLED
from lab.webnet import ManualClock, WebNetLab
from lab.webnet.clock import stamp
from store.database import Store
from store.models import Lease
from tests.e2e.rig import add_people
from tests.feeds.conftest import Feeding, channels_of, feeding_for


def test_one_replica_at_a_time_reads_a_feed(feeding: Feeding, second_store: Store, clock: ManualClock) -> None:
    other = feeding_for(feeding.lab, second_store, clock, "two")
    feeding.poll("jobs")
    held = second_store.leases.acquire("feed:jobs", "somebody", 60)
    assert held is not None
    assert feeding.poll("jobs") == 0
    second_store.leases.release(held)
    job = feeding.lab.start_job("check_reachability", [1])
    assert other.poll("jobs") > 0
    assert feeding.poll("jobs") > 0
    assert feeding.keys() == [f"job:{job}:ended"]
    other.webnet.close()


def test_new_deliveries_are_announced_once_they_are_in_the_store(feeding: Feeding) -> None:
    feeding.poll("jobs")
    feeding.lab.start_job("check_reachability", [1])
    assert feeding.waiting[-1] == 0
    feeding.poll("jobs")
    assert feeding.waiting[-1] == 1


def test_every_request_of_a_feed_is_counted_as_its_cost(feeding: Feeding) -> None:
    def cost() -> float:
        return sum(
            series.value for series in feeding.metrics.poll_requests.family().series if series.labels == ("jobs",)
        )

    feeding.poll("jobs")
    feeding.lab.start_job("check_reachability", [1])
    before = cost()
    assert feeding.poll("jobs") == cost() - before > 3


def test_a_replica_that_was_away_beyond_its_lease_writes_nothing(
    feeding: Feeding, second_store: Store, clock: ManualClock
) -> None:
    other = feeding_for(feeding.lab, second_store, clock, "two")
    feeding.poll("jobs")
    job = feeding.lab.start_job("check_reachability", [1])

    def lose_the_lease() -> None:
        second_store.database.run(Lease.update(expires_at=1).where(Lease.name == "feed:jobs"))
        assert second_store.leases.acquire("feed:jobs", "two", 60) is not None

    feeding.lab.before("GET", f"/api/v1/jobs/{job}/logs", lose_the_lease)
    feeding.poll("jobs")
    assert feeding.keys() == []
    assert second_store.jobs.known([job])[job].state == "ending"
    for lease in second_store.leases.all_live("feed:"):
        second_store.leases.release(lease)
    other.poll("jobs")
    feeding.poll("jobs")
    assert feeding.keys() == [f"job:{job}:ended"]
    other.webnet.close()


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
@pytest.mark.parametrize("seed", [1])
def test_in_whatever_order_jobs_come_and_end_each_end_is_enqueued_once(
    store: Store, clock: ManualClock, database: Literal["sqlite", "postgresql"], seed: int
) -> None:
    chance = random.Random(seed)
    with WebNetLab(clock=clock, job_seconds=1.0, unfinished=70, jobs=400, database=database) as lab:
        bot = feeding_for(lab, store, clock)
        add_people(store)
        bot.channels = channels_of(store)
        bot.poll("jobs")
        late: list[int] = []
        running: list[int] = []
        expected: list[int] = []
        for _ in range(120):
            match chance.randrange(8):
                case 0:
                    late += (skipped := [lab.state.jobs.next_id + place for place in range(chance.randrange(1, 4))])
                    lab.next_id("jobs", skipped[-1] + 1)
                case 1 if late:
                    number = late.pop(chance.randrange(len(late)))
                    ended = stamp(clock())
                    row = {"status": "success", "customer": 1, "requested_at": ended, "finished_at": ended}
                    lab.add("jobs", id=number, **row)
                    expected.append(number)
                case 2:
                    new = range(chance.choice((1, 3, 60)))
                    expected += [lab.start_job("check_reachability", [1]) for _ in new]
                case 3:
                    lab.hold = "running"
                    running.append(lab.start_job("check_reachability", [1]))
                    clock.advance(2)
                    lab.row("jobs", running[-1])
                    lab.runner.plans.pop(running[-1])
                    lab.hold = None
                case 4 if running:
                    lab.delete("jobs", running.pop(chance.randrange(len(running))))
                case 5 if running:
                    number = running.pop(chance.randrange(len(running)))
                    lab.change("jobs", number, status="failed", finished_at=stamp(clock()))
                    expected.append(number)
                case _:
                    bot.poll("jobs", chance.choice((0, 1, 10, 40)))
        for _ in range(4):
            bot.poll("jobs")
        assert sorted(bot.keys()) == sorted(f"job:{number}:ended" for number in expected)
        bot.webnet.close()


def test_a_feed_that_no_channel_asks_for_costs_nothing_until_one_does(feeding: Feeding) -> None:
    for name in feeding.poller.feeds:
        assert feeding.poll(name) > 0
    for channel in feeding.channels.values():
        feeding.store.channels.update(channel, flags=dict.fromkeys(FLAGS, False))
    assert [feeding.poll(name) > 0 for name in ("jobs", "compliance", "drift")] == [True, False, False]
    feeding.store.channels.update(feeding.channels["acme"], flags={COMPLIANCE.flag: True})
    assert [feeding.poll(name) > 0 for name in ("compliance", "drift")] == [True, False]


def test_a_feed_rests_between_two_looks_unless_it_is_hurried(feeding: Feeding) -> None:
    resting = Poller(
        feeding.store,
        "rests",
        feeding.poller._feeds,
        feeding.metrics,
        lambda: None,
        rests={"drift": timedelta(minutes=1)},
    )

    def cost() -> int:
        before = feeding.lab.request_count
        resting.poll("drift")
        return feeding.lab.request_count - before

    assert [cost() > 0 for _ in range(3)] == [True, False, False]
    resting.hurry("drift")
    assert [cost() > 0 for _ in range(2)] == [True, False]
    ahead = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    feeding.store.cursors.put(POLLED + "drift", ahead)  # as a clock that was set back finds it
    assert cost() > 0
