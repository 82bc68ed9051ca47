"""The feeds' rows on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from store.compliance import PolicyState, Repeat
from store.database import Store
from store.jobs import Job
from store.missing import Gap

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
JOB = Job(7, 1, "config_backup", "running", 3, NOW, NOW, None)


def test_a_job_goes_from_open_to_ending_to_ended_and_never_back(store: Store) -> None:
    store.jobs.put([JOB], NOW)
    assert store.jobs.known([7, 8]) == {7: JOB}
    assert store.jobs.ending(NOW, 10) == []
    ended = replace(JOB, status="success", finished_at=NOW, state="ending")
    store.jobs.put([ended], NOW)
    store.jobs.put([JOB], NOW)  # a page that was older than it seemed
    assert store.jobs.known([7])[7].state == "ending"
    assert [job.id for job in store.jobs.ending(NOW, 10)] == [7]
    assert store.jobs.mark_ended(7)
    assert not store.jobs.mark_ended(7)
    store.jobs.put([ended], NOW)
    assert store.jobs.known([7])[7] == replace(ended, state="ended")
    assert store.jobs.counts() == {"ended": 1}


def test_an_end_that_cannot_be_enqueued_yet_is_due_later(store: Store) -> None:
    store.jobs.put([replace(JOB, state="ending")], NOW)
    store.jobs.postpone(7, NOW)
    store.jobs.postpone(7, NOW + MINUTE)
    assert store.jobs.ending(NOW, 10) == []
    assert [(job.id, job.tries) for job in store.jobs.ending(NOW + MINUTE, 10)] == [(7, 2)]


def test_open_jobs_are_read_one_after_the_other(store: Store) -> None:
    for number in (1, 2, 3):
        store.jobs.put([replace(JOB, id=number)], NOW + number * MINUTE)
    assert store.jobs.longest_unread(2) == [1, 2]
    store.jobs.put([replace(JOB, id=1)], NOW + 4 * MINUTE)
    assert store.jobs.longest_unread(5) == [2, 3, 1]
    store.jobs.drop(3)
    assert store.jobs.longest_unread(5) == [2, 1]


def test_only_jobs_that_have_ended_are_forgotten(store: Store) -> None:
    store.jobs.put([replace(JOB, id=i, state=state) for i, state in enumerate(("open", "ending", "ended"))], NOW)  # type: ignore[arg-type]
    assert store.jobs.sweep(NOW + MINUTE, batch=1) == 1
    assert sorted(store.jobs.known(range(3))) == [0, 1]


def test_thousands_of_jobs_are_put_at_once(store: Store) -> None:
    store.jobs.put([replace(JOB, id=number) for number in range(1_200)], NOW)
    assert len(store.jobs.known(range(2_000))) == 1_200


def test_gaps_are_kept_per_feed(store: Store) -> None:
    gap = Gap(5, NOW, NOW)
    store.missing.put("jobs", [gap, Gap(6, NOW, NOW)])
    store.missing.put("alerts", [gap])
    store.missing.put("jobs", [Gap(5, NOW + MINUTE, NOW + MINUTE)])
    assert store.missing.all("jobs") == {5: Gap(5, NOW, NOW + MINUTE), 6: Gap(6, NOW, NOW)}
    store.missing.drop("jobs", [5])
    assert [*store.missing.all("jobs")] == [6]
    assert store.missing.all("alerts") == {5: gap}


def test_the_newest_result_of_a_policy_on_a_device_stands(store: Store) -> None:
    old = PolicyState(1, 41, failing=False, result=3, checked_at=NOW)
    new = replace(old, failing=True, result=9, checked_at=NOW + MINUTE)
    store.compliance.put([old, replace(old, device=42)])
    store.compliance.put([new])
    assert store.compliance.states([(1, 41), (2, 41)]) == {(1, 41): new}


def test_repeats_are_added_up_until_no_more_come(store: Store) -> None:
    repeat = Repeat(1, 92, 1, devices=2, first_result=7, counted_at=NOW)
    store.compliance.count(repeat)
    store.compliance.count(replace(repeat, devices=3, first_result=11, counted_at=NOW + MINUTE))
    assert store.compliance.counted_out(NOW) == []
    total = replace(repeat, devices=5, counted_at=NOW + MINUTE)
    assert store.compliance.counted_out(NOW + MINUTE) == [total]
    store.compliance.remove(total)
    assert store.compliance.counted_out(NOW + MINUTE) == []
