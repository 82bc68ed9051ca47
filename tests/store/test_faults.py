"""Faults that are open: what ends one finds the notices of its customer, once, and an event is over with the last of its faults."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store.claims import Settlement, Shown
from store.database import Store
from store.faults import Ended, Opener, OpenFault
from store.outbox import NewDelivery
from tests.store.test_lanes import claim, keys, settle
from tests.store.test_marks import event_of
from tests.store.test_outbox import NOON, channel, enqueue
from tests.store.test_workspaces import add


@pytest.fixture
def place(store: Store) -> int:
    return channel(store, add(store).id)


def fault(
    store: Store, key: str, *faults: str, places: tuple[int, ...] = (), after_min: int = 0, customer: int = 1
) -> int:
    """Enqueues an event that opens these faults, and returns its id."""
    at = NOON + timedelta(minutes=after_min)
    enqueue(store, key, *places, facts={"opens": faults}, happened_at=at, customer=customer)
    return event_of(store, key, customer)


def test_what_ends_a_fault_finds_every_notice_of_it_once(store: Store, second_store: Store, place: int) -> None:
    there = channel(store, store.workspaces.list()[0].id, "C2")
    first = fault(store, "a", "backup:1", places=(place,))
    second = fault(store, "b", "backup:1", places=(place, there), after_min=5)
    fault(store, "later", "backup:1", after_min=15)
    fault(store, "canary", "backup:1", customer=2)
    by = NOON + timedelta(minutes=10)
    assert store.faults.end(1, ["reach:1", "backup:1"], by) == Ended(
        ("backup:1",), (first, second), {place: Opener(first), there: Opener(second)}
    )
    assert second_store.faults.end(1, ["backup:1"], by) == Ended()
    assert [(each.customer, each.event) for each in store.faults.of_kind("backup")] == [(1, "later"), (2, "canary")]


def test_an_event_that_opened_several_faults_is_over_with_the_last(store: Store, place: int) -> None:
    event = fault(store, "a", "backup:1", "backup:2", places=(place,))
    assert store.faults.end(1, ["backup:2"], NOON) == Ended(("backup:2",), (), {place: Opener(event)})
    assert store.faults.end(1, ["backup:1", "backup:2"], NOON).over == (event,)


def test_an_event_that_comes_again_opens_nothing_again(store: Store, place: int) -> None:
    fault(store, "a", "backup:1", places=(place,))
    store.faults.end(1, ["backup:1"], NOON)
    fault(store, "a", "backup:1", places=(place, channel(store, store.workspaces.list()[0].id, "C2")))
    assert store.faults.of_kind("backup") == []


def test_an_alert_that_joins_a_notice_opens_its_fault(store: Store, place: int) -> None:
    enqueue(store, "drift:1:5", place, data={"alert": None})
    assert store.outbox.amend("drift:1:5", {"alert": {"id": 3}}, {"opens": ["drift:alert:3"]})
    assert store.faults.of_kind("drift:alert") == [OpenFault(1, "drift:alert:3", "drift:1:5")]
    store.outbox.sweep(store.database.now() + timedelta(days=1))
    assert len(store.faults.of_kind("drift:alert")) == 1  # it still waits


def test_the_hold_of_a_notice_is_known_to_what_ends_it(store: Store, place: int) -> None:
    fault(store, "a", "backup:1", places=(place,))
    until = NOON + timedelta(hours=8)
    held = NewDelivery(channel=place, held_for="quiet", held_until=until)
    store.outbox.add(
        key="b", kind="job", flag="f", customer=1, happened_at=NOON, data={}, deliveries=[held], facts={"opens": ["backup:1"]}
    )  # fmt: skip
    ended = store.faults.end(1, ["backup:1"], NOON)
    assert ended.openers == {place: Opener(event_of(store, "a"), "quiet", until)}


def test_an_answer_goes_into_the_thread_of_the_notice_that_it_ends(store: Store, place: int) -> None:
    event = fault(store, "a", "backup:1", places=(place,))
    (first,) = claim(store)
    settle(store, Settlement(claim=first, sent=[first.deliveries[0].id], shown=Shown(ref="17.5")))
    answer = NewDelivery(channel=place, answers=event)
    with store.transaction():
        store.outbox.add(key="b", kind="job", flag="f", customer=1, happened_at=NOON, data={}, deliveries=[answer])
        store.marks.end({event: NOON})
    (second,) = claim(store)
    assert (keys(second), second.deliveries[0].reply_to) == (["b"], "17.5")
    settle(
        store,
        Settlement(claim=second, sent=[second.deliveries[0].id], shown=Shown(ref="17.6", head=first.deliveries[0].id)),
    )
    (stale,) = claim(store)
    assert stale.stale
    assert [mark.kind for mark in stale.stale.deliveries[0].marks] == ["ended"]
