"""What a channel asked for is kept by revision, so that it can be said later why a notice was sent or not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from store.database import Store, open_store
from store.outbox import NewDelivery
from tests.conftest import STORE_KEY
from tests.store.test_outbox import enqueue
from tests.store.test_workspaces import add

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DRIFT = '[{"when":{"kind":["drift"]},"then":["send"]}]'


@pytest.fixture
def at(store: Store, store_url: str) -> tuple[Store, list[datetime]]:
    """A store with a clock to be set."""
    clock = [NOON]
    return open_store(store_url, keys=[STORE_KEY], clock=lambda: clock[0]), clock


def test_what_was_in_force_is_known_by_number_and_by_time(at: tuple[Store, list[datetime]]) -> None:
    store, clock = at
    with store:
        channel = store.channels.add(workspace=add(store).id, channel_id="C1", flags={"a"})
        assert (channel.rules, channel.quiet, channel.rules_revision) == ("[]", "{}", 1)
        for hours, changes in enumerate(
            ({"flags": {"b": True}}, {"rules": DRIFT}, {"quiet": '{"zone":"UTC"}'}), start=1
        ):
            clock[0] = NOON + timedelta(hours=hours)
            store.channels.update(channel.id, **changes)
            store.channels.update(channel.id, **changes, channel_name=f"n{hours}")  # which is no new revision
        assert store.channels.asked([channel.id]) == {channel.id: (DRIFT, '{"zone":"UTC"}')}
        assert store.channels.destinations()[0].revision == 4
        revisions = [store.channels.revision(channel.id, number) for number in range(6)]
        assert [each and (sorted(each.flags), each.rules != "[]", each.quiet != "{}") for each in revisions] == [
            None, (["a"], False, False), (["a", "b"], False, False), (["a", "b"], True, False),
            (["a", "b"], True, True), None,
        ]  # fmt: skip
        found = [
            store.channels.revision_at(channel.id, NOON + timedelta(minutes=each)) for each in (-1, 0, 90, 150, 999)
        ]
        assert [each and each.revision for each in found] == [None, 1, 2, 3, 4]


def test_what_is_not_in_force_for_long_is_swept_and_the_newest_stays(at: tuple[Store, list[datetime]]) -> None:
    store, clock = at
    with store:
        channel = store.channels.add(workspace=add(store).id, channel_id="C1")
        for days in (1, 2):
            clock[0] = NOON + timedelta(days=days)
            store.channels.update(channel.id, flags={f"f{days}": True})
        assert store.channels.sweep_revisions(NOON + timedelta(days=1)) == 0
        assert (
            store.channels.sweep_revisions(NOON + timedelta(days=2)) == 1
        )  # the first was in force until a day before
        assert store.channels.sweep_revisions(NOON + timedelta(days=9)) == 1
        assert store.channels.revision(channel.id, 3)
        store.channels.remove(channel.id)
        assert store.channels.revision(channel.id, 3) is None


def test_two_channels_that_become_one_keep_the_rules_of_both(store: Store) -> None:
    workspace = add(store).id
    kept = store.channels.add(workspace=workspace, channel_id="CNEW", rules=DRIFT)
    store.channels.add(workspace=workspace, channel_id="COLD", rules='[{"when":{},"then":["hold"]}]')
    store.channels.renamed(workspace, "COLD", "CNEW")
    (found,) = store.channels.list()
    assert (found.id, found.rules_revision, found.rules.count("then")) == (kept.id, 2, 2)


def test_a_delivery_keeps_why_it_is_made_and_one_that_is_held_is_not_claimed(store: Store) -> None:
    workspace = add(store).id
    one, two = (store.channels.add(workspace=workspace, channel_id=name).id for name in ("C1", "C2"))
    deliveries = [
        NewDelivery(channel=two, held_for="rule", held_until=NOON),
        NewDelivery(channel=one, mentions=("here",), urgent=True, rule=3, revision=7),
    ]
    event = {"kind": "job", "flag": "f", "customer": 1, "happened_at": NOON, "data": {}, "facts": {"kind": "job"}}
    assert store.outbox.add(key="a", deliveries=deliveries, **event) == 2
    (claim,) = store.lanes.settle_and_claim([], 9, 30, 5)[1]
    (delivery,) = claim.deliveries
    assert (claim.channel, delivery.mentions, delivery.urgent, delivery.facts) == (
        one,
        ("here",),
        True,
        {"kind": "job"},
    )
    assert [each.channel_id for each in store.outbox.list("held")] == ["C2"]
    store.workspaces.update(workspace, enabled=False)
    assert (store.outbox.list("held"), len(store.outbox.list("dropped"))) == ([], 2)


def test_an_event_that_no_channel_wants_is_kept_and_may_be_wanted_later(store: Store) -> None:
    channel = store.channels.add(workspace=add(store).id, channel_id="C1").id
    assert (enqueue(store, "a"), enqueue(store, "a"), enqueue(store, "a", channel)) == (0, 0, 1)


def test_changes_at_the_same_time_are_revisions_of_their_own(store: Store, second_store: Store) -> None:
    channel = store.channels.add(workspace=add(store).id, channel_id="C1").id

    def change(by: Store, name: str) -> None:
        for number in range(10):
            by.channels.update(channel, flags={f"{name}{number}": True})

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(change, store, "a"), pool.submit(change, second_store, "b")]:
            done.result()
    row, newest = store.channels.get(channel), store.channels.revision(channel, 21)
    assert row is not None
    assert newest is not None
    assert (row.rules_revision, len(row.flags), newest.flags) == (21, 20, row.flags)
