"""A channel that gets another id at Slack stays the same channel: what waits for it goes along, and no event comes twice."""

from __future__ import annotations

import threading
import time

import pytest

from store.channels import Channel
from store.claims import Settlement
from store.database import Store
from store.errors import Duplicate, StoreBusy
from store.models import CardRow
from tests.store.test_lanes import claim, settle
from tests.store.test_outbox import channel, enqueue
from tests.store.test_workspaces import add


def statuses(store: Store) -> dict[tuple[str, str], str]:
    """The status of each delivery, by channel and event."""
    kinds = ("waiting", "parked", "sent", "dropped")
    return {(row.channel_id, row.key): row.status for kind in kinds for row in store.outbox.list(kind)}


def deliver(store: Store, **outcomes: str) -> None:
    """Settles one delivery after the other, by the keys of their events: "sent", or what they are parked for."""
    for _ in outcomes:
        (claimed,) = claim(store, 1)
        (delivery,) = claimed.deliveries
        outcome = outcomes[delivery.key]
        parked = {} if outcome == "sent" else {delivery.id: outcome}
        settle(store, Settlement(claim=claimed, sent=[] if parked else [delivery.id], parked=parked))


def card_channels(store: Store) -> list[str]:
    return sorted(row["channel_id"] for row in store.database.rows(CardRow.select()))


def open_card(store: Store, workspace: int, channel_id: str) -> None:
    store.cards.open(
        workspace=workspace, customer=1, job_id=7, what="ping", device_name="rtr", channel_id=channel_id,
        chat_user="U1", chat_user_name="u", ephemeral=False, ref="1.0", holder="x", ttl_s=0,
    )  # fmt: skip


def test_what_waits_and_what_is_parked_goes_along_with_a_new_id(store: Store) -> None:
    mine, other = add(store, "T1").id, add(store, "T2").id
    moved, elsewhere = channel(store, mine, "C1"), channel(store, other, "C1")
    for key in "abc":
        enqueue(store, key, moved)
    deliver(store, a="sent", b="channel_not_found")
    enqueue(store, "b", elsewhere)
    for workspace in (mine, other):
        open_card(store, workspace, "C1")
    assert store.channels.update(moved, channel_id="C9")
    assert statuses(store) == {
        ("C9", "a"): "sent",
        ("C9", "b"): "waiting",
        ("C9", "c"): "waiting",
        ("C1", "b"): "waiting",
    }
    assert card_channels(store) == ["C1", "C9"]
    assert store.cards.channels_of(7) == {(mine, "C9"), (other, "C1")}


def test_a_refusal_of_the_old_id_that_comes_late_parks_nothing(store: Store) -> None:
    moved = channel(store, add(store).id, "C1")
    enqueue(store, "a", moved)
    (claimed,) = claim(store)
    store.channels.update(moved, channel_id="C9")
    refused = Settlement(claim=claimed, parked={claimed.deliveries[0].id: "channel_not_found"})
    (settled,) = settle(store, refused)
    assert (settled.moved, settled.stale) == (True, False)
    (again,) = claim(store)
    assert (again.channel_id, [each.key for each in again.deliveries]) == ("C9", ["a"])


def test_an_id_that_another_row_has_is_refused_and_changes_nothing(store: Store) -> None:
    workspace = add(store).id
    first, _ = channel(store, workspace, "C1"), channel(store, workspace, "C2")
    enqueue(store, "a", first)
    with pytest.raises(Duplicate):
        store.channels.update(first, channel_id="C2")
    assert statuses(store) == {("C1", "a"): "waiting"}


def both(store: Store) -> tuple[int, Channel, Channel]:
    workspace = add(store).id
    old = store.channels.add(workspace=workspace, channel_id="C1", channel_name="alerts", flags={"a", "b"})
    new = store.channels.add(workspace=workspace, channel_id="C9", channel_name="new", flags={"b", "c"})
    return workspace, old, new


def test_two_rows_of_one_channel_become_one_and_no_event_is_sent_twice(store: Store) -> None:
    workspace, old, new = both(store)
    for key in "abcd":
        enqueue(store, key, old.id)
    deliver(store, a="sent", b="sent", c="channel_not_found", d="channel_not_found")
    for key in "ac":
        enqueue(store, key, new.id)
    deliver(store, a="not_in_channel", c="sent")
    for key in "bef":
        enqueue(store, key, new.id)
    enqueue(store, "e", old.id)
    enqueue(store, "g", old.id)
    open_card(store, workspace, "C1")
    assert store.channels.renamed(workspace, "C1", "C9") is True
    waiting = {("C9", key): "waiting" for key in "defg"}
    assert statuses(store) == {**waiting, ("C9", "a"): "sent", ("C9", "b"): "sent", ("C9", "c"): "sent"}
    (kept,) = store.channels.list()
    assert (kept.id, kept.channel_id, kept.channel_name, kept.flags) == (new.id, "C9", "new", {"a", "b", "c"})
    assert card_channels(store) == ["C9"]
    assert {each.key for each in claim(store)[0].deliveries} <= set("defg")


def test_rows_are_not_joined_while_a_message_is_under_way(store: Store) -> None:
    workspace, old, _ = both(store)
    enqueue(store, "a", old.id)
    (claimed,) = claim(store)
    with pytest.raises(StoreBusy):
        store.channels.renamed(workspace, "C1", "C9")
    settle(store, Settlement(claim=claimed, sent=[claimed.deliveries[0].id]))
    assert store.channels.renamed(workspace, "C1", "C9") is True
    assert statuses(store) == {("C9", "a"): "sent"}


def test_an_id_that_nobody_follows_changes_nothing(store: Store) -> None:
    workspace, *_ = both(store)
    assert store.channels.renamed(workspace, "C5", "C9") is False
    assert store.channels.renamed(workspace + 1, "C1", "C6") is False
    assert [row.channel_id for row in store.channels.list()] == ["C1", "C9"]


def test_what_is_enqueued_while_two_channels_are_joined_goes_along(store: Store) -> None:
    mine = add(store, "T1").id
    gone, kept = channel(store, mine, "C1"), channel(store, mine, "C9")
    enqueued, joining = threading.Event(), threading.Event()

    def enqueue_slowly() -> None:
        with store.transaction():
            enqueue(store, "a", gone)
            enqueued.set()
            joining.wait(5)
            time.sleep(0.3)  # the other transaction has begun, and waits

    def join() -> None:
        joining.set()
        store.channels.renamed(mine, "C1", "C9")

    feed = threading.Thread(target=enqueue_slowly)
    feed.start()
    assert enqueued.wait(5)
    other = threading.Thread(target=join)
    other.start()
    feed.join()
    other.join()
    assert statuses(store) == {("C9", "a"): "waiting"}
    assert kept
