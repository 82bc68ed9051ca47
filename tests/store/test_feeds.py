"""The feeds' rows on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from store.compliance import PolicyState, Repeat
from store.config_changes import Changes
from store.database import Store
from store.jobs import Cancelled, Job
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


def test_a_job_that_ran_after_it_was_cancelled_begins_again_and_keeps_who_cancelled_it(store: Store) -> None:
    cancelled = replace(JOB, status="cancelled", finished_at=NOW, state="ending", cancelled_by="")
    store.jobs.cancelling(JOB, "oscar", "U0OSCAR")  # before the feed has seen the job
    store.jobs.note_cancelled(7, "oscar", "U0OSCAR")
    store.jobs.put([cancelled], NOW)
    assert store.jobs.mark_ended(7)
    store.jobs.put([cancelled], NOW)
    assert store.jobs.known([7])[7].state == "ended"
    store.jobs.put([JOB], NOW)
    assert store.jobs.known([7])[7].state == "open"
    store.jobs.put([replace(JOB, status="success", finished_at=NOW, state="ending")], NOW)
    assert [(job.id, job.cancelled_by) for job in store.jobs.ending(NOW, 10)] == [(7, "oscar")]
    assert store.jobs.mark_ended(7)
    store.jobs.put([JOB], NOW)
    assert store.jobs.known([7])[7].state == "ended"
    assert store.jobs.cancelled(7, seen=False) == Cancelled("oscar", "U0OSCAR")
    assert store.jobs.cancelled(8, seen=True) is None


def test_whoever_asked_for_it_cancelled_a_job_that_is_seen_cancelled(store: Store) -> None:
    """That is so after a kill, a lost answer or a fault of the store right behind the request to WebNet."""
    store.jobs.cancelling(JOB, "oscar", "U0OSCAR")
    assert store.jobs.cancelled(7, seen=False) is None
    assert store.jobs.cancelled(7, seen=True) == Cancelled("oscar", "U0OSCAR")
    store.jobs.put([replace(JOB, status="cancelled", finished_at=NOW, state="ending", cancelled_by="")], NOW)
    assert store.jobs.cancelled(7, seen=False) == Cancelled("oscar", "U0OSCAR")
    assert [job.cancelled_by for job in store.jobs.ending(NOW, 10)] == ["oscar"]


def test_who_was_refused_did_not_cancel_a_job(store: Store) -> None:
    store.jobs.cancelling(JOB, "oscar", "U0OSCAR")
    store.jobs.not_cancelled(7, "U0OSCAR")
    assert store.jobs.cancelled(7, seen=True) is None
    store.jobs.cancelling(JOB, "oscar", "U0OSCAR")
    store.jobs.note_cancelled(7, "oscar", "U0OSCAR")
    store.jobs.cancelling(JOB, "bob", "U0BOB")  # a moment later
    store.jobs.not_cancelled(7, "U0BOB")
    assert store.jobs.cancelled(7, seen=True) == Cancelled("oscar")
    store.jobs.put([replace(JOB, id=8, status="cancelled", finished_at=NOW, cancelled_by="")], NOW)
    assert store.jobs.cancelled(8, seen=True) == Cancelled("")


def test_jobs_that_are_left_behind_in_the_queue_are_found(store: Store) -> None:
    queued = replace(JOB, status="queued", started_at=None)
    done = replace(JOB, status="success", finished_at=NOW, state="ended")
    young = replace(queued, requested_at=NOW + 9 * MINUTE)
    store.jobs.put(
        [queued, replace(queued, id=12), replace(young, id=8), *(replace(done, id=n) for n in (9, 10, 11))], NOW
    )
    assert [store.jobs.ended_after(number, 100) for number in (7, 9, 11)] == [3, 2, 0]
    assert store.jobs.ended_after(7, 2) == 2
    assert store.jobs.left_behind(NOW - MINUTE, NOW + MINUTE, 3) == [7]
    assert store.jobs.left_behind(NOW - MINUTE, NOW + MINUTE, 4) == []
    assert store.jobs.left_behind(NOW + MINUTE, NOW + 20 * MINUTE, 3) == [8]


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


def test_the_devices_of_a_job_are_kept_as_long_as_the_job(store: Store) -> None:
    ping = replace(JOB, id=8, type="check_reachability", state="ended")
    everywhere = replace(JOB, id=9, everywhere=True, state="ended")
    foreign = replace(JOB, id=10, customer=2, devices=frozenset({41}))
    rows = [replace(JOB, devices=frozenset({41, 42})), replace(ping, devices=frozenset({41})), everywhere, foreign]
    for _ in range(2):  # a job is put again as it goes on
        store.jobs.put(rows, NOW)
    assert store.jobs.devices([7, 8, 9]) == {7: {41, 42}, 8: {41}}
    assert store.jobs.last_on(1, 41, ()) == 8
    assert store.jobs.last_on(1, 41, ("config_backup",)) == 9
    assert store.jobs.last_end_on(1, 41, "check_reachability") == 8
    assert store.jobs.last_on(1, 42, ()) == 7
    assert store.jobs.last_end_on(1, 42, "check_reachability") is None
    assert store.jobs.sweep(NOW + MINUTE) == 2
    store.jobs.drop(7)
    assert store.jobs.devices([7, 8, 10]) == {10: {41}}


def test_what_backups_found_is_counted_by_job_and_kept_for_a_while(store: Store) -> None:
    for device, changed in ((1, True), (2, False), (3, False)):
        store.config_changes.put(7, device, changed=changed)
    store.config_changes.put(8, 1, changed=False)
    store.config_changes.put(8, 1, changed=True)  # handed over again
    assert store.config_changes.of([7, 8, 9]) == {7: Changes(1, 3), 8: Changes(0, 1)}
    assert store.config_changes.of([]) == {}
    assert store.config_changes.sweep(datetime.now(UTC) - MINUTE) == 0
    assert store.config_changes.sweep(datetime.now(UTC) + MINUTE, batch=1) == 4
    assert store.config_changes.of([7, 8]) == {}
