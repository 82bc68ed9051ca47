"""Marks: one of two has it, and every message that shows the event is brought up to date, whatever happened first."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from store.claims import Claim, Settlement, Shown
from store.database import Store
from store.marks import Mark
from tests.store.test_lanes import claim, settle
from tests.store.test_outbox import channel, enqueue
from tests.store.test_workspaces import add

AT = datetime(2026, 3, 1, 3, 12, tzinfo=UTC)
BOB = Mark(kind="taken", at=AT, by=7, name="bob")
VERA = Mark(kind="taken", at=AT, by=4, name="vera")


@pytest.fixture
def place(store: Store) -> int:
    return channel(store, add(store).id)


def sent(store: Store, claimed: Claim, ref: str = "17.5") -> None:
    settle(store, Settlement(claim=claimed, sent=[claimed.deliveries[0].id], shown=Shown(ref=ref)))


def event_of(store: Store, key: str = "a", customer: int = 1) -> int:
    found = store.marks.find(customer, [key])
    assert found
    return found.id


def test_of_two_who_set_a_mark_one_has_it(store: Store, second_store: Store, place: int) -> None:
    enqueue(store, "a", place)
    event = event_of(store)
    assert (store.marks.set(event, BOB), second_store.marks.set(event, VERA)) == (True, False)
    assert store.marks.of([event]) == {event: (BOB,)}
    assert [(found.key, found.marks) for found in store.marks.taken(1, 10)] == [("a", (BOB,))]
    assert store.marks.taken(2, 10) == []
    assert store.marks.find(2, ["a"]) is None
    assert not store.marks.remove(event, VERA)
    assert (store.marks.remove(event, BOB), store.marks.remove(event, BOB)) == (True, False)


def test_what_is_over_nobody_is_on_any_more(store: Store, place: int) -> None:
    enqueue(store, "a", place)
    event = event_of(store)
    store.marks.set(event, BOB)
    store.marks.set(event, Mark(kind="ended", at=AT))
    assert store.marks.taken(1, 10) == []


def test_a_mark_makes_every_message_stale_that_shows_the_event_until_it_was_changed(store: Store, place: int) -> None:
    there = channel(store, store.workspaces.list()[0].id, "C2")
    enqueue(store, "a", place, there)
    for number, each in enumerate(claim(store)):
        sent(store, each, f"17.{number}")
    assert claim(store) == []
    event = event_of(store)
    store.marks.set(event, BOB)
    first, second = claim(store)
    assert first.stale
    assert second.stale
    assert [each.marks for each in (*first.stale.deliveries, *second.stale.deliveries)] == [(BOB,)] * 2
    store.marks.set(event, Mark(kind="done", at=AT))  # while the first is being changed
    settle(store, Settlement(claim=first), Settlement(claim=second, stale_s=3_600))
    (again,) = claim(store)
    assert again.stale
    assert [mark.kind for mark in again.stale.deliveries[0].marks] == ["done", "taken"]
    settle(store, Settlement(claim=again))
    assert claim(store) == []


@pytest.mark.parametrize("back", [False, True])
def test_what_is_marked_while_it_is_being_sent_is_changed_afterwards(store: Store, place: int, *, back: bool) -> None:
    enqueue(store, "a", place)
    event = event_of(store)
    if back:
        store.marks.set(event, BOB)
    (claimed,) = claim(store)
    assert claimed.deliveries[0].marks == ((BOB,) if back else ())
    store.marks.remove(event, BOB) if back else store.marks.set(event, BOB)
    sent(store, claimed)
    (stale,) = claim(store)
    assert stale.stale
    assert stale.stale.deliveries[0].marks == (() if back else (BOB,))


def test_a_mark_for_one_channel_shows_there_alone(store: Store, place: int) -> None:
    there = channel(store, store.workspaces.list()[0].id, "C2")
    enqueue(store, "a", place, there)
    store.marks.set(event_of(store), Mark(kind="snoozed", at=AT, until=AT, channel=place))
    marks = {each.channel: each.deliveries[0].marks for each in claim(store)}
    assert (len(marks[place]), marks[there]) == (1, ())


def test_nothing_is_changed_in_a_workspace_of_another_customer(store: Store, place: int) -> None:
    enqueue(store, "a", place)
    (claimed,) = claim(store)
    sent(store, claimed)
    store.workspaces.update(store.workspaces.list()[0].id, customer=2)
    store.marks.set(event_of(store), BOB)
    assert claim(store) == []
    store.workspaces.update(store.workspaces.list()[0].id, customer=1)
    assert claim(store) == []
