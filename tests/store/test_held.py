"""What is held waits from a later time on, once, and is lost by nothing that happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest

from store.claims import ClaimedDelivery, Settlement
from store.database import Store
from store.due_times import DueTimes
from store.outbox import NewDelivery
from tests.store.test_lanes import claim, settle
from tests.store.test_outbox import NOON, channel, enqueue
from tests.store.test_workspaces import add

HOUR = timedelta(hours=1)


def hold(
    store: Store, key: str, place: int, *, left: timedelta = HOUR, held_for: str = "quiet", customer: int = 1
) -> None:
    """Enqueues an event that is held for a while from now on; one that is over is due."""
    delivery = NewDelivery(channel=place, held_for=held_for, held_until=store.database.now() + left)
    store.outbox.add(
        key=key,
        kind="job",
        flag="notify_job_failure",
        customer=customer,
        happened_at=NOON,
        data={"id": 7},
        deliveries=[delivery],
    )


def free(_: ClaimedDelivery, __: datetime) -> None:
    """Holds nothing any longer."""


def keys(store: Store, status: str) -> list[str]:
    return [row.key for row in store.outbox.list(status)]  # type: ignore[arg-type]


@pytest.fixture
def place(store: Store) -> int:
    return channel(store, add(store).id)


def test_what_is_held_neither_waits_nor_is_old(store: Store, place: int) -> None:
    hold(store, "a", place)
    hold(store, "b", place, held_for="snooze:7", left=2 * HOUR)
    depth = store.outbox.depth()
    assert (depth.waiting, depth.parked, depth.oldest) == (0, 0, None)
    assert depth.held == {"quiet": 1, "snooze": 1}
    assert [(row.key, row.held_for) for row in store.outbox.list("held")] == [("a", "quiet"), ("b", "snooze:7")]
    assert claim(store) == []
    assert store.lanes.next_due_s() is None
    assert store.held.due() == []


def test_what_comes_meanwhile_and_is_not_held_overtakes_it(store: Store, place: int) -> None:
    hold(store, "a", place)
    enqueue(store, "urgent", place)
    assert [each.key for each in claim(store)[0].deliveries] == ["urgent"]


def test_what_is_due_is_released_together_and_claimed_as_one(store: Store, place: int) -> None:
    for key in "abc":
        hold(store, key, place, left=-HOUR)
    hold(store, "later", place)
    other = channel(store, store.channels.get(place).workspace, "C2")
    hold(store, "other", other)
    enqueue(store, "d", place)
    assert store.held.due() == [place]
    assert store.held.release(place, free) == 3
    assert store.held.due() == []
    (found,) = claim(store)
    assert [(each.key, each.held_for) for each in found.deliveries] == [(key, "quiet") for key in "abc"]
    settle(store, Settlement(claim=found, sent=[each.id for each in found.deliveries]))
    assert [each.key for each in claim(store)[0].deliveries] == ["d"]
    assert keys(store, "held") == ["later", "other"]


def test_what_is_due_and_held_on_is_looked_at_again_at_its_new_time(store: Store, place: int) -> None:
    later = store.database.now() + HOUR
    hold(store, "a", place, left=-HOUR)
    hold(store, "b", place, left=-HOUR)
    assert store.held.release(place, lambda each, _: (later, "snooze:7") if each.key == "a" else None) == 1
    (row,) = store.outbox.list("held")
    assert (row.key, row.held_for, row.held_until) == ("a", "snooze:7", later)
    assert keys(store, "waiting") == ["b"]
    store.held.look_again(held_for="snooze:8")
    assert store.held.due() == []
    store.held.look_again(held_for="snooze:7")
    assert store.held.release(place, lambda *_: (later - 2 * HOUR, "quiet")) == 1  # which is over already


def test_a_released_delivery_is_as_old_as_its_release(store: Store, place: int) -> None:
    hold(store, "a", place, left=-HOUR)
    late = store.outbox.depth().oldest
    assert late is not None
    assert store.database.now() - late > HOUR / 2  # it should be held no longer
    store.held.release(place, free)
    oldest = store.outbox.depth().oldest
    assert oldest is not None
    assert oldest > late + HOUR / 2


def test_of_two_replicas_one_releases_each_delivery(store: Store, second_store: Store, place: int) -> None:
    for number in range(50):
        hold(store, f"{number}", place, left=-HOUR)
    together = Barrier(2)

    def release(by: Store) -> int:
        together.wait()
        return by.held.release(place, free)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(release, (store, second_store))) == [0, 50]
    assert len(claim(store)[0].deliveries) == 50


def change_hours(store: Store, place: int) -> None:
    store.channels.update(place, quiet='{"zone": "UTC"}')


def change_rules(store: Store, place: int) -> None:
    store.channels.update(place, flags={"notify_drift_detected": True})


def set_the_clock(store: Store, _: int) -> None:
    """Set back by two hours, as the monotonic clock shows."""
    steps = iter([0.0, 0.0, 7200.0, 7200.0])
    times = DueTimes(store.database, lambda: store.database.now().timestamp() + next(steps))
    times.check()
    assert times.check() == pytest.approx(-7200, abs=60)


def start_again(store: Store, _: int) -> None:
    DueTimes(store.database).check()


def give_another_id(store: Store, place: int) -> None:
    store.channels.update(place, channel_id="C9")


@pytest.mark.parametrize("change", [change_hours, change_rules, set_the_clock, start_again, give_another_id])
def test_a_change_lets_what_is_held_be_looked_at_now(
    store: Store, place: int, change: Callable[[Store, int], None]
) -> None:
    hold(store, "a", place)
    change(store, place)
    assert store.held.due() == [place]
    assert keys(store, "held") == ["a"]


def test_a_channel_that_becomes_one_with_another_brings_what_is_held_along(store: Store, place: int) -> None:
    workspace = store.channels.get(place).workspace
    kept = channel(store, workspace, "C9")
    hold(store, "a", place)
    hold(store, "both", place)
    hold(store, "both", kept)
    assert store.channels.renamed(workspace, "C1", "C9")
    assert store.held.due() == [kept]
    assert keys(store, "held") == ["a", "both"]


def test_a_sweep_leaves_an_event_that_is_held(store: Store, place: int) -> None:
    hold(store, "a", place)
    later = store.database.now() + 400 * 24 * HOUR
    assert store.outbox.sweep(later) == 0
    store.held.look_again()
    store.held.release(place, free)
    (found,) = claim(store)
    settle(store, Settlement(claim=found, sent=[found.deliveries[0].id]))
    assert store.outbox.sweep(later) == 1


def test_what_is_held_for_a_workspace_is_dropped_with_what_waits(store: Store, place: int) -> None:
    hold(store, "a", place)
    store.workspaces.update(store.channels.get(place).workspace, enabled=False)
    assert keys(store, "dropped") == ["a"]


def test_a_channel_that_moves_to_another_customer_drops_what_is_not_that_ones(store: Store, place: int) -> None:
    hold(store, "a", place)
    enqueue(store, "b", place)
    hold(store, "theirs", place, customer=2)
    other = add(store, "T2")
    store.workspaces.update(other.id, customer=2)
    store.channels.update(place, workspace=other.id)
    assert sorted(keys(store, "dropped")) == ["a", "b"]
    assert keys(store, "held") == ["theirs"]
