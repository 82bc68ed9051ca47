"""A job that may never end is pointed out, and one that only takes its time is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.jobs.stuck import LEAST_LATER, Stuck, StuckJobs
from bot.jobs.webnet_clock import WebNetClock
from bot.webnet.models import Job
from store.database import Store

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
RUNNING = Job(5, 1, "config_backup", "running", 3, NOW, NOW, None, frozenset({1}))
QUEUED = replace(RUNNING, status="queued", started_at=None)


def looked(job: Job, lasted: timedelta, *, later: int = LEAST_LATER) -> Stuck | None:
    """Looks at a job after that time."""
    return StuckJobs(lambda job, most: min(later, most), lambda most: (), lambda: NOW + lasted).look(job)


@pytest.mark.parametrize(
    ("devices", "lasted", "long"),
    [(100, 11 * MINUTE, False), (1, 59 * MINUTE, False), (1, HOUR, True), (100, 99 * MINUTE, False), (100, 100 * MINUTE, True)],
)  # fmt: skip
def test_a_job_runs_for_too_long_only_by_the_number_of_its_devices(devices: int, lasted: timedelta, long: bool) -> None:
    found = looked(replace(RUNNING, device_ids=frozenset(range(devices))), lasted)
    assert found == (Stuck("long", lasted.total_seconds()) if long else None)


def test_a_job_that_was_queued_while_later_ones_ended_is_lost() -> None:
    assert looked(QUEUED, 9 * MINUTE) == Stuck("lost", 540, LEAST_LATER)
    assert looked(QUEUED, 9 * MINUTE, later=5_000) == Stuck("lost", 540, 100)
    assert looked(QUEUED, 9 * MINUTE, later=LEAST_LATER - 1) is None
    assert looked(QUEUED, MINUTE) is None


def test_a_job_that_has_ended_or_shows_no_time_is_not_stuck() -> None:
    assert looked(RUNNING, HOUR) == Stuck("long", 3_600)
    assert looked(replace(RUNNING, status="success"), HOUR) is None
    assert looked(replace(RUNNING, started_at=None), HOUR) is None


def test_the_stuck_ones_of_a_list_cost_one_query_and_none_if_nothing_waits() -> None:
    asked = list[int]()
    ends = [12, 11, 10, 9, 8]

    def last_ends(most: int) -> list[int]:
        asked.append(most)
        return ends[:most]

    jobs = StuckJobs(lambda job, most: 0, last_ends, lambda: NOW + 61 * MINUTE)
    assert jobs.among([RUNNING, replace(QUEUED, requested_at=NOW + 60 * MINUTE)]) == {5: "long"}
    assert asked == []
    assert jobs.among([replace(RUNNING, started_at=NOW + 2 * MINUTE)]) == {}
    assert jobs.among([RUNNING, replace(QUEUED, id=7), replace(QUEUED, id=8)]) == {5: "long", 7: "lost"}
    assert asked == [LEAST_LATER]
    ends.pop()
    assert jobs.among([QUEUED]) == {}


def test_webnets_time_is_the_bots_and_what_a_new_job_shows_of_the_difference(store: Store) -> None:
    clock = WebNetClock(store.cursors, lambda: NOW)
    assert clock.now() == NOW
    for asked_at, then in ((NOW - 9 * HOUR, NOW - 9 * HOUR), (None, NOW - 9 * HOUR), (NOW + HOUR, NOW + HOUR)):
        clock.saw_new(replace(RUNNING, requested_at=asked_at))
        assert WebNetClock(store.cursors, lambda: NOW + MINUTE).now() == then + MINUTE
    clock.saw_new(replace(RUNNING, requested_at=NOW + HOUR - timedelta(seconds=10)))  # seen at the end of an interval
    assert clock.now() == NOW + HOUR
