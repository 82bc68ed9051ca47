"""A clock that was wrong for an hour leaves nothing that waits for an hour."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store.claims import Settlement
from store.database import Store
from store.due_times import LONGEST_CLAIM_S, LONGEST_WAIT_S, DueTimes
from store.models import CardRow, DeployRow, LaneRow, RequestRow, SlackChannel
from store.models import Lease as LeaseRow
from store.reports import Run
from tests.store.test_lanes import LEASE_S, claim, settle
from tests.store.test_outbox import channel, enqueue
from tests.store.test_requests import added, decide
from tests.store.test_workspaces import add

HOUR_S = 3600.0


class Clocks:
    """The monotonic clock of a machine whose wall clock is set: what one loses the other seems to gain."""

    def __init__(self, store: Store) -> None:
        self.set_s = 0.0
        self.times = DueTimes(store.database, lambda: store.database.now().timestamp() - self.set_s)


@pytest.fixture
def clocks(store: Store) -> Clocks:
    return Clocks(store)


@pytest.fixture
def waiting(store: Store) -> int:
    """The id of a channel whose delivery failed, and waits for a minute until it is tried again."""
    place = channel(store, add(store).id)
    enqueue(store, "a", place)
    (first,) = claim(store)
    settle(store, Settlement(claim=first, failed=[first.deliveries[0].id], error="ratelimited", wait_s=60.0))
    return place


def opened_card(store: Store, place: int) -> int:
    workspace = store.channels.get(place).workspace
    card = store.cards.open(
        workspace=workspace,
        customer=1,
        job_id=7,
        what="Ping",
        device_name="rtr",
        channel_id="C1",
        chat_user="U1",
        chat_user_name="alice",
        ephemeral=False,
        ref="",
        holder="a",
        ttl_s=60.0,
    )
    store.cards.let_go(card, 60.0)
    return card.id


@pytest.mark.parametrize("step_s", [-HOUR_S, HOUR_S, -24 * HOUR_S])
def test_what_waits_is_due_at_once_after_a_step(store: Store, clocks: Clocks, waiting: int, step_s: float) -> None:
    card = opened_card(store, waiting)
    assert clocks.times.check() == 0.0
    assert clocks.times.check() == 0.0
    assert claim(store) == []
    assert store.cards.claim("b", 60.0) is None
    clocks.set_s += step_s
    assert clocks.times.check() == pytest.approx(step_s, abs=1.0)
    assert [found.channel for found in claim(store)] == [waiting]
    found = store.cards.claim("b", 60.0)
    assert found is not None
    assert found.id == card
    assert clocks.times.check() == 0.0


def later(store: Store, seconds: float) -> object:
    return store.database.now() + timedelta(seconds=seconds)


def test_a_claim_that_a_set_clock_made_long_ends_within_two_minutes(store: Store, clocks: Clocks, waiting: int) -> None:
    assert store.leases.acquire("feed:jobs", "gone", HOUR_S)
    assert store.leases.acquire("instance:here", "here", 30.0)
    store.database.run(LaneRow.update(expires_at=later(store, HOUR_S)))
    clocks.times.check()
    live = {lease.name: lease.expires_at for lease in store.leases.all_live("")}
    assert live["feed:jobs"] <= later(store, LONGEST_CLAIM_S)  # type: ignore[operator]
    assert live["instance:here"] <= later(store, 30.0)  # type: ignore[operator]
    (lane,) = store.database.rows(LaneRow.select())
    assert lane["expires_at"] <= later(store, LONGEST_CLAIM_S)


def test_the_first_look_leaves_what_was_meant_to_wait_and_mends_what_was_not(
    store: Store, clocks: Clocks, waiting: int
) -> None:
    clocks.times.check()
    assert claim(store) == []
    store.database.run(LaneRow.update(due_at=later(store, 2 * LONGEST_WAIT_S)))
    opened_card(store, waiting)
    store.database.run(CardRow.update(due_at=later(store, 2 * LONGEST_WAIT_S)))
    Clocks(store).times.check()
    assert claim(store, lease_s=LEASE_S)
    assert store.cards.claim("b", 60.0)


def test_a_deploy_goes_on_and_what_was_approved_is_not_started_later_than_without_the_step(
    store: Store, clocks: Clocks, waiting: int
) -> None:
    workspace, now = store.channels.get(waiting).workspace, store.database.now()
    values = {"customer": 1, "state": "checking", "payload": "p", "snippet": "s", "mac": "m", "channel_id": "C1"}
    deploy = store.deploys.open([1], due_in_s=60.0, workspace=workspace, **values) or 0
    request = added(store, workspace=workspace, due_in_s=60.0)
    assert decide(store, request)
    clocks.times.check()
    store.database.run(DeployRow.update(moved_at=later(store, HOUR_S), due_at=later(store, HOUR_S)))
    store.database.run(RequestRow.update(decided_at=later(store, HOUR_S), due_at=later(store, HOUR_S)))
    clocks.set_s -= HOUR_S
    clocks.times.check()
    assert (store.deploys.due(), store.requests.due()) == ([deploy], [request.id])
    row, decided = store.deploys.get(deploy), store.requests.get(request.id)
    assert row and decided and decided.decided_at
    assert max(row.moved_at, decided.decided_at) - now < timedelta(minutes=1)


def test_a_reading_that_lasts_long_says_nothing(store: Store) -> None:
    readings = iter([0.0, 0.1, 10.0, 15.0, 20.0, 20.1])
    times = DueTimes(store.database, lambda: next(readings))
    assert times.check() == 0.0
    assert times.check() == 0.0  # took five seconds
    assert times.check() == pytest.approx(-20.0, abs=2.0)
    assert store.database.rows(LeaseRow.select()) == []


def test_a_report_of_a_clock_that_was_wrong_keeps_no_later_one_back(store: Store, clocks: Clocks) -> None:
    place, now = channel(store, add(store).id), store.database.now()
    ahead = now + timedelta(days=400)
    store.channels.update(place, report="daily 07:30 UTC")
    store.database.run(SlackChannel.update(report_since=ahead).where(SlackChannel.id == place))
    store.reports.settle(Run(place, "2028-01-04", ahead, ahead, "sent"))
    clocks.times.check()
    (found,) = store.reports.scheduled(store.database.now())
    made = store.reports.last_made(place)
    assert made and found.since - now < timedelta(hours=1) and made - now < timedelta(hours=1)
