"""Lanes have one claimant at a time, a fence against one that comes too late, and the database's time."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from store.claims import HEAD, Claim, Settled, Settlement, Shown
from store.database import Store
from store.lane_statements import DIGEST_MOST
from store.models import Delivery, EventRow, LaneRow, NoticeMessageRow
from store.secrets import Keyring, generate_key
from tests.store.test_outbox import channel, enqueue
from tests.store.test_workspaces import add

LEASE_S = 30.0


@pytest.fixture
def place(store: Store) -> int:
    return channel(store, add(store).id)


def claim(
    store: Store, most: int = 10, *, lease_s: float = LEASE_S, digest_over: int = 5, held: Counter[int] | None = None
) -> list[Claim]:
    return store.lanes.settle_and_claim([], most, lease_s, digest_over, held)[1]


def settle(store: Store, *settlements: Settlement) -> list[Settled]:
    return store.lanes.settle_and_claim(settlements, 0, LEASE_S, 5)[0]


def keys(claimed: Claim) -> list[str]:
    return [delivery.key for delivery in claimed.deliveries]


def end_leases(store: Store) -> None:
    """Ends every claim, as if its time had passed."""
    store.database.run(LaneRow.update(expires_at=1).where(LaneRow.expires_at > 1))


def test_a_channel_has_one_claimant_until_it_is_settled(store: Store, second_store: Store, place: int) -> None:
    enqueue(store, "a", place)
    enqueue(store, "b", place)
    (first,) = claim(store)
    assert (keys(first), first.team_id, first.channel_id, first.unsettled) == (["a"], "T0ACME", "C1", False)
    assert claim(store) == claim(second_store) == []
    (settled,) = settle(store, Settlement(claim=first, sent=[first.deliveries[0].id]))
    assert not settled.stale
    (then,) = claim(second_store)
    assert keys(then) == ["b"]


def test_what_is_settled_too_late_changes_nothing(store: Store, second_store: Store, place: int) -> None:
    enqueue(store, "a", place)
    (slow,) = claim(store)
    end_leases(store)
    (quick,) = claim(second_store)
    assert (keys(quick), quick.unsettled) == (["a"], True)
    (stale,) = settle(store, Settlement(claim=slow, parked={slow.deliveries[0].id: "is_archived"}, refused="x"))
    assert stale.stale
    assert (store.outbox.depth().parked, store.outbox.stopped()) == (0, [])
    (fresh,) = settle(second_store, Settlement(claim=quick, sent=[quick.deliveries[0].id]))
    assert not fresh.stale
    assert [row.key for row in store.outbox.list("sent")] == ["a"]
    (stale,) = settle(store, Settlement(claim=slow, failed=[slow.deliveries[0].id], error="internal_error"))
    assert stale.stale
    assert store.outbox.list("sent")[0].error == ""


def test_every_channel_is_claimed_by_one_of_two_replicas(store: Store, second_store: Store) -> None:
    workspace = add(store).id
    places = [channel(store, workspace, f"C{number}") for number in range(8)]
    enqueue(store, "a", *places)
    first, second = claim(store, 5), claim(second_store, 5)
    assert (len(first), len(second)) == (5, 3)
    assert sorted(each.channel for each in first + second) == places


def test_a_claim_passes_over_what_another_transaction_is_claiming(
    postgres_store: Store, postgres_store_url: str
) -> None:
    from store.database import open_store
    from tests.conftest import STORE_KEY

    workspace = add(postgres_store).id
    places = [channel(postgres_store, workspace, f"C{number}") for number in range(2)]
    enqueue(postgres_store, "a", *places)
    with open_store(postgres_store_url, keys=[STORE_KEY]) as other, postgres_store.transaction():
        (mine,) = claim(postgres_store, 1)
        (theirs,) = claim(other, 2)  # at once, although the first is not committed
    assert {mine.channel, theirs.channel} == set(places)


def test_a_lane_is_due_when_its_settlement_said_and_not_before(store: Store, place: int) -> None:
    assert store.lanes.next_due_s() is None
    enqueue(store, "a", place)
    enqueue(store, "b", place)
    assert store.lanes.next_due_s() == 0.0
    (first,) = claim(store)
    settle(store, Settlement(claim=first, sent=[first.deliveries[0].id], wait_s=3_600))
    assert claim(store) == []
    turn_s = store.lanes.next_due_s()
    assert turn_s is not None
    assert 3_500 < turn_s <= 3_600


def test_failures_are_counted_until_one_succeeds_and_the_order_stays(store: Store, place: int) -> None:
    for key in "ab":
        enqueue(store, key, place)
    for failures in range(3):
        (claimed,) = claim(store)
        assert (keys(claimed), claimed.failures) == (["a"], failures)
        settle(store, Settlement(claim=claimed, failed=[claimed.deliveries[0].id], error="x", ambiguous=failures == 1))
    (claimed,) = claim(store)
    settle(store, Settlement(claim=claimed, sent=[claimed.deliveries[0].id]))
    (row,) = store.outbox.list("sent")
    assert (row.key, row.tries, row.ambiguous) == ("a", 4, 1)
    assert claim(store)[0].failures == 0


def test_what_fails_for_a_day_is_parked_and_a_retry_begins_again(store: Store, place: int) -> None:
    enqueue(store, "a", place)
    (claimed,) = claim(store)
    settle(store, Settlement(claim=claimed, failed=[claimed.deliveries[0].id], error="no_answer"))
    since = datetime.now(UTC) - timedelta(hours=24, seconds=1)
    store.database.run(Delivery.update(tried_since=since))
    (claimed,) = claim(store)
    (settled,) = settle(store, Settlement(claim=claimed, failed=[claimed.deliveries[0].id], error="no_answer"))
    assert settled.given_up == 1
    assert [row.error for row in store.outbox.list("parked")] == ["no_answer"]
    assert (claim(store), store.outbox.retry()) == ([], 1)
    (claimed,) = claim(store)
    (settled,) = settle(store, Settlement(claim=claimed, failed=[claimed.deliveries[0].id], error="no_answer"))
    assert settled.given_up == 0


def test_more_than_the_limit_are_claimed_together_and_what_comes_later_joins_them(store: Store, place: int) -> None:
    for number in range(7):
        enqueue(store, f"k{number}", place)
    assert len(claim(store, digest_over=7)[0].deliveries) == 1
    end_leases(store)
    (head,) = claim(store, digest_over=6)
    assert (len(head.deliveries), head.burst) == (7, ())
    sent = [delivery.id for delivery in head.deliveries[:3]]
    settle(store, Settlement(claim=head, sent=sent, shown=Shown(ref="1.2", page=HEAD), grows_s=60))
    enqueue(store, "later", place)
    (rest,) = claim(store, digest_over=6)
    (page,) = rest.burst
    assert (keys(rest), page.ref, page.page) == (["k3", "k4", "k5", "k6", "later"], "1.2", HEAD)
    assert [each.key for each in page.deliveries] == ["k0", "k1", "k2"]
    ids = [delivery.id for delivery in rest.deliveries]
    settle(store, Settlement(claim=rest, sent=ids[:1], shown=Shown(id=page.id, page=HEAD), grows_s=60))
    (more,) = claim(store, digest_over=6)
    assert [each.key for each in more.burst[0].deliveries] == ["k0", "k1", "k2", "k3"]
    second = Shown(ref="1.3", page=HEAD + 1, head=page.id)
    settle(store, Settlement(claim=more, sent=ids[1:4], shown=second, grows_s=0))
    (new,) = claim(store, digest_over=6)
    assert (keys(new), new.burst) == (["later"], ())
    settle(store, Settlement(claim=new, sent=[new.deliveries[0].id], shown=Shown(ref="1.4")))
    (stale,) = claim(store)  # the head counts what its thread names
    assert stale.stale
    assert (stale.stale.id, len(stale.stale.deliveries), len(stale.stale.beyond)) == (page.id, 4, 3)
    settle(store, Settlement(claim=stale))
    assert claim(store) == []


def test_replies_come_after_what_is_a_message_of_its_own_and_together(store: Store, place: int) -> None:
    enqueue(store, "a", place)
    (first,) = claim(store)
    settle(store, Settlement(claim=first, sent=[first.deliveries[0].id], shown=Shown(ref="17.5")))
    for number in range(7):
        enqueue(store, f"reply{number}", place, answers="a")
    enqueue(store, "own", place)
    (own,) = claim(store)
    assert keys(own) == ["own"]
    settle(store, Settlement(claim=own, sent=[own.deliveries[0].id], shown=Shown(ref="17.6")))
    (replies,) = claim(store)
    assert len(replies.deliveries) == 7
    assert {(each.reply_to, each.thread) for each in replies.deliveries} == {("17.5", first.deliveries[0].id)}


def test_a_digest_looks_at_a_bounded_number(store: Store, place: int) -> None:
    enqueue(store, "first", place)
    (event,), (delivery,) = (store.database.rows(model.select()) for model in (EventRow, Delivery))
    ids = range(event["id"] + 1, event["id"] + DIGEST_MOST + 10)
    store.database.run(EventRow.insert_many([{**event, "id": each, "key": f"k{each}"} for each in ids]))
    own = {name: delivery[name] for name in ("channel", "status", "created_at")}
    store.database.run(Delivery.insert_many([{**own, "event": each} for each in ids]))
    assert len(claim(store)[0].deliveries) == DIGEST_MOST


def test_a_refused_token_is_noted_by_the_first_and_forgotten_with_a_change(store: Store) -> None:
    workspace = add(store)
    for name in ("C1", "C2"):
        enqueue(store, "a", channel(store, workspace.id, name))
    both = claim(store)
    settled = settle(store, *(Settlement(claim=each, refused="invalid_auth") for each in both))
    assert sorted(each.stopped for each in settled) == [False, True]
    assert (claim(store), store.lanes.next_due_s()) == ([], None)
    store.workspaces.update(workspace.id, bot_token="xoxb-2")
    both = claim(store)
    assert len(both) == 2
    (settled_again,) = settle(store, Settlement(claim=both[0], refused="invalid_auth"))
    assert settled_again.stopped


def test_a_workspace_gets_nothing_of_another_customer(store: Store, place: int) -> None:
    enqueue(store, "foreign", place, customer=2)
    assert claim(store) == []
    assert [row.key for row in store.outbox.list("dropped")] == ["foreign"]
    enqueue(store, "own", place)
    assert keys(claim(store)[0]) == ["own"]


def test_what_a_dead_process_claimed_is_free_at_once_on_sqlite(store: Store, place: int) -> None:
    enqueue(store, "a", place)
    claim(store)
    store.lanes.release_all()
    assert claim(store)[0].unsettled


def test_a_removed_channel_leaves_no_deliveries(store: Store, place: int) -> None:
    enqueue(store, "a", place)
    (claimed,) = claim(store)
    store.channels.remove(place)
    assert settle(store, Settlement(claim=claimed, sent=[claimed.deliveries[0].id]))[0].stale
    assert (store.outbox.depth().waiting, claim(store)) == (0, [])


def test_the_sweep_forgets_old_events_of_which_nothing_waits(store: Store, place: int) -> None:
    enqueue(store, "a", place)
    enqueue(store, "b", place)
    (claimed,) = claim(store)
    settle(store, Settlement(claim=claimed, sent=[claimed.deliveries[0].id]))
    ahead = datetime.now(UTC) + timedelta(minutes=1)
    assert store.outbox.sweep(ahead - timedelta(days=1)) == 0
    assert store.outbox.sweep(ahead, batch=1) == 1
    assert [row.key for row in store.outbox.list("waiting")] == ["b"]
    assert enqueue(store, "a", place) == 1


def test_what_answers_an_event_finds_the_message_of_that_one_in_its_channel(store: Store) -> None:
    workspace = add(store).id
    here, there = channel(store, workspace, "C1"), channel(store, workspace, "C2")
    enqueue(store, "a", here, there)
    first, second = sorted(claim(store), key=lambda each: each.channel)
    settle(store, Settlement(claim=first, sent=[first.deliveries[0].id], shown=Shown(ref="17.5")))
    settle(store, Settlement(claim=second, parked={second.deliveries[0].id: "is_archived"}))
    enqueue(store, "b", here, there, answers="a")
    enqueue(store, "c", here, answers="never")
    claims = sorted(claim(store), key=lambda each: each.channel)
    assert [(keys(each), each.deliveries[0].reply_to) for each in claims] == [(["b"], "17.5"), (["b"], "")]
    assert "17.5" not in repr(claims)
    settle(store, *(Settlement(claim=each, sent=[each.deliveries[0].id]) for each in claims))
    (last,) = claim(store)
    assert (keys(last), last.deliveries[0].reply_to) == (["c"], "")


def test_the_ref_of_a_message_is_sealed_and_lost_with_its_key(store: Store, place: int) -> None:
    enqueue(store, "a", place)
    (first,) = claim(store)
    settle(store, Settlement(claim=first, sent=[first.deliveries[0].id], shown=Shown(ref="17.5")))
    enqueue(store, "b", place, answers="a")
    ((sealed,),) = store.database.tuples(NoticeMessageRow.select(NoticeMessageRow.ref))
    assert "17.5" not in sealed
    store.database.run(NoticeMessageRow.update(ref=Keyring([generate_key()]).seal("17.5")))
    assert claim(store)[0].deliveries[0].reply_to == ""


def test_a_workspace_gets_no_more_lanes_than_are_left_for_the_others(store: Store) -> None:
    acme, globex, initech = (add(store, team_id).id for team_id in ("T0ACME", "T0GLOBEX", "T0INITECH"))
    enqueue(store, "a", *(channel(store, acme, f"CA{number}") for number in range(40)))
    assert [each.workspace for each in claim(store, 6, held=Counter())] == [acme] * 3
    enqueue(store, "b", *(channel(store, globex, f"CB{number}") for number in range(40)))
    held = Counter({acme: 3})
    assert store.lanes.next_due_s(3, held) == 0.0
    assert [each.workspace for each in claim(store, 3, held=held)] == [globex] * 2
    held[globex] += 2
    assert claim(store, 1, held=held) == []
    assert store.lanes.next_due_s(1, held) is None  # else it would be looked for again and again
    enqueue(store, "c", channel(store, initech, "CC"))
    assert [each.workspace for each in claim(store, 1, held=held)] == [initech]
    assert held == {acme: 3, globex: 2}
    assert len(claim(store, 100)) == 40 - 3 + 40 - 2
