"""The outbox: each event is enqueued once for a channel."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from store.channels import Destination
from store.database import Store
from store.outbox import NewDelivery
from tests.store.test_workspaces import add

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def enqueue(store: Store, key: str, *channels: int, **changes: Any) -> int:
    event = {"kind": "job", "flag": "notify_job_failure", "customer": 1, "happened_at": NOON, "data": {"id": 7}}
    deliveries = [NewDelivery(channel=channel) for channel in channels]
    return store.outbox.add(key=key, deliveries=deliveries, **{**event, **changes})


def channel(store: Store, workspace: int, name: str = "C1") -> int:
    return store.channels.add(workspace=workspace, channel_id=name).id


def test_an_event_is_enqueued_once_for_a_channel(store: Store) -> None:
    workspace = add(store).id
    first, second = channel(store, workspace, "C1"), channel(store, workspace, "C2")
    assert enqueue(store, "job:7:ended", first) == 1
    assert enqueue(store, "job:7:ended", first, second) == 1
    assert enqueue(store, "job:7:ended", second, first) == 0
    assert enqueue(store, "job:8:ended") == 0


def test_nothing_is_enqueued_in_a_transaction_that_fails(store: Store) -> None:
    place = channel(store, add(store).id)
    with pytest.raises(ZeroDivisionError), store.transaction():
        enqueue(store, "job:7:ended", place)
        raise ZeroDivisionError
    assert enqueue(store, "job:7:ended", place) == 1


def test_destinations_know_their_customer_and_their_flags(store: Store) -> None:
    one, two = add(store, "T1"), add(store, "T2", enabled=False)
    first = channel(store, one.id)
    second = store.channels.add(workspace=two.id, channel_id="C2", flags={"drift", "completion"})
    assert store.channels.destinations() == [
        Destination(first, 1, True, frozenset(), "C1", 1),
        Destination(second.id, 1, False, frozenset({"drift", "completion"}), "C2", 1),
    ]
