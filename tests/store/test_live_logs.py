"""A live log goes on with one replica at a time, so many in a workspace, and keeps no ref once it has ended."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from store.database import Store
from store.errors import Duplicate, NoSuchRow
from store.live_logs import LiveLog
from store.models import LiveLogRow
from tests.store.test_cards import workspace

MOST = 5


def opened(store: Store, place: int, job: int = 171, channel: str = "C0NOC", thread: str | None = "1.1") -> int | None:
    return store.live_logs.open(
        MOST, workspace=place, customer=1, job_id=job, channel_id=channel, chat_user="U0VERA", thread=thread, ttl_s=60
    )


def claimed(store: Store) -> LiveLog:
    found = store.live_logs.claim("a", 60)
    assert found is not None
    return found


def test_it_is_claimed_by_one_and_goes_on_where_it_came_to(store: Store, second_store: Store) -> None:
    opened(store, workspace(store))
    first = claimed(store)
    assert (first.thread, first.ref, first.position, first.stopped_by) == ("1.1", "", "", None)
    assert second_store.live_logs.claim("b", 60) is None
    assert store.live_logs.let_go(first, 0, position="{}", ref="2.2")
    second = claimed(second_store)
    assert (second.ref, second.position) == ("2.2", "{}")
    assert second.fence > first.fence
    assert second_store.live_logs.end(second, "job")
    assert store.live_logs.claim("a", 60) is None


def test_what_a_claim_writes_that_has_ended_is_refused(store: Store, second_store: Store) -> None:
    opened(store, workspace(store))
    late = claimed(store)
    store.live_logs.release_all()
    again = claimed(second_store)
    assert not store.live_logs.let_go(late, 0, position="late", ref="9.9")
    assert not store.live_logs.end(late, "job")
    assert second_store.live_logs.end(again, "job")
    ((thread, ref),) = store.database.tuples(LiveLogRow.select(LiveLogRow.thread, LiveLogRow.ref))
    assert (thread, ref) == (None, None)


def test_one_whose_thread_is_not_known_waits_for_it_and_is_given_up_by_whoever_finds_it(store: Store) -> None:
    place = workspace(store)
    number = opened(store, place, thread=None)
    assert store.live_logs.claim("a", 60) is None
    assert number
    store.live_logs.place(number, "", "U0VERA")
    store.live_logs.drop(number)  # too late
    found = claimed(store)
    assert (found.channel_id, found.thread) == ("U0VERA", "")
    store.live_logs.drop(opened(store, place, job=172, thread=None) or 0)
    assert store.live_logs.open_in(place) == 1


def test_a_stop_is_seen_at_once_also_by_whoever_has_it_claimed(store: Store, second_store: Store) -> None:
    place = workspace(store)
    opened(store, place)
    opened(store, place, channel="C0ALERTS")
    first = claimed(store)
    assert second_store.live_logs.stop(place, 171, (first.channel_id, "U0OSCAR"), "vera-viewer") == 1
    assert store.live_logs.let_go(first, 600, position="", ref="")
    other, stopped = claimed(store), claimed(store)
    assert (other.stopped_by, stopped.stopped_by) == (None, "vera-viewer")
    assert store.live_logs.let_go(stopped, 600, position="", ref="")
    assert store.live_logs.claim("a", 60) is None


def test_a_job_is_followed_once_in_a_channel_and_a_workspace_follows_so_many(store: Store) -> None:
    place = workspace(store)
    opened(store, place)
    with pytest.raises(Duplicate, match="job #171 is followed here already"):
        opened(store, place)
    for job in range(1, MOST):
        assert opened(store, place, job=job)
    assert opened(store, place, job=99) is None
    assert opened(store, workspace(store, "T0GLOBEX"), job=99)
    store.live_logs.end(claimed(store), "late")
    assert opened(store, place)
    with pytest.raises(NoSuchRow):
        opened(store, 999)


def test_of_many_who_ask_at_once_no_more_are_followed_than_allowed(store: Store, second_store: Store) -> None:
    place, begun = workspace(store), list[int]()
    start = threading.Barrier(4)

    def ask(replica: Store, first: int) -> None:
        start.wait()
        for job in range(first, first + 6):
            with suppress(Duplicate):
                begun.append(opened(replica, place, job=job) or 0)

    threads = [threading.Thread(target=ask, args=(each, first)) for each in (store, second_store) for first in (0, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({*begun} - {0}) == store.live_logs.open_in(place) == MOST


def test_old_ones_are_removed_and_they_go_with_their_workspace(store: Store) -> None:
    place = workspace(store)
    opened(store, place)
    store.live_logs.end(claimed(store), "stopped")
    opened(store, place)
    assert store.live_logs.sweep(datetime.now(UTC) - timedelta(hours=1)) == 0
    assert store.live_logs.sweep(datetime.now(UTC) + timedelta(hours=1)) == 1
    store.workspaces.remove(place)
    assert store.live_logs.open_in(place) == 0
