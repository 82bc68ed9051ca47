"""Snoozes and what is known of reachability, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from store.database import Store
from store.due_times import DueTimes
from store.marks import EVERYWHERE, Mark
from store.models import SnoozeRow
from store.outbox import NewDelivery
from store.snoozes import Snooze

NOW = datetime(2026, 11, 30, 2, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def channel(store: Store) -> int:
    workspace = store.workspaces.add(
        customer=1, team_id="T0ACME", team_name="Acme", bot_user_id="U0BOT", bot_token="xoxb-1", signing_secret="s",
        app_token=None, enabled=True,
    )  # fmt: skip
    return store.channels.add(workspace=workspace.id, channel_id="C0NOC").id


def start(store: Store, channel: int | None, **changes: Any) -> Snooze:
    (workspace,) = store.workspaces.list()
    values: dict[str, Any] = {
        "kind": "device", "subject": 17, "device": 17, "customer": 1, "name": "rtr17", "reason": "a new card",
        "by": "oscar", "until": store.database.now() + HOUR, "until_resolved": False, "rank": 0, "faults": (), "user": 3, "events": (),
    }  # fmt: skip
    return store.snoozes.start(workspace=workspace.id, channel=channel, **{**values, **changes})


def hold(store: Store, channel: int, key: str, snooze: Snooze) -> None:
    delivery = NewDelivery(channel=channel, held_until=snooze.until, held_for=snooze.held_for)
    store.outbox.add(
        key=key, kind="job", flag="notify_job_failure", customer=1, happened_at=NOW, data={}, deliveries=[delivery]
    )


def due(store: Store) -> list[int]:
    return store.held.due()


def test_a_snooze_that_a_clock_ahead_began_lasts_no_longer_than_it_was_to(store: Store, channel: int) -> None:
    snooze, ahead = start(store, channel, events=()), timedelta(days=10)
    store.database.run(SnoozeRow.update(since=snooze.since + ahead, until=snooze.until + ahead))
    DueTimes(store.database).check()
    (after,) = store.snoozes.open(1)
    assert after.until <= store.database.now() + HOUR
    assert after.until - after.since == snooze.until - snooze.since


def test_a_second_snooze_of_the_same_changes_the_first_and_what_it_holds(store: Store, channel: int) -> None:
    first = start(store, channel)
    hold(store, channel, "job:1:ended", first)
    second = start(store, channel, until=first.until + HOUR, reason="it takes longer", faults=["backup:17"])
    assert second.id == first.id
    assert store.snoozes.open(1) == [second]
    assert (second.reason, second.faults) == ("it takes longer", {"backup:17"})
    assert store.snoozes.held([second]) == {second.id: 1}
    everywhere = start(store, None)
    assert [each.id for each in store.snoozes.open()] == [everywhere.id, second.id]
    assert store.snoozes.open(2) == []


def test_notices_say_that_they_are_snoozed_until_that_ends(store: Store, channel: int) -> None:
    hold(store, channel, "job:1:ended", start(store, channel))
    (event,) = store.past_events.named(["job:1:ended"])
    snooze = start(store, channel, until_resolved=True, events=[event.id])
    assert store.marks.of([event.id]) == {
        event.id: (Mark(kind="snoozed", at=snooze.since, channel=channel, by=3, name="oscar", until=None),)
    }
    again = start(store, channel, events=[event.id, event.id])
    assert [mark.until for mark in store.marks.of([event.id])[event.id]] == [again.until]
    start(store, None, events=[event.id])
    assert store.snoozes.end(again, "by oscar")
    assert [mark.channel for mark in store.marks.of([event.id])[event.id]] == [EVERYWHERE]


def test_the_end_of_a_snooze_makes_what_it_held_due_once(store: Store, second_store: Store, channel: int) -> None:
    snooze, other = start(store, channel), start(store, channel, subject=18)
    hold(store, channel, "job:1:ended", snooze)
    hold(store, channel, "job:2:ended", other)
    assert due(store) == []
    assert second_store.snoozes.end(snooze, "by oscar")
    assert not store.snoozes.end(snooze, "time")
    assert due(store) == [channel]
    assert store.snoozes.open(1) == [other]
    (ended,) = store.snoozes.ended(store.database.now() - HOUR)
    assert (ended.id, ended.why) == (snooze.id, "by oscar")
    assert store.snoozes.sweep(store.database.now() + HOUR) == 1


def test_a_snooze_is_shortened_but_never_made_longer(store: Store, channel: int) -> None:
    snooze = start(store, channel)
    hold(store, channel, "job:1:ended", snooze)
    assert store.snoozes.shorten(snooze, snooze.until + HOUR, "resolved").until == snooze.until
    over = store.snoozes.shorten(snooze, store.database.now(), "resolved")
    assert store.snoozes.open(1) == []
    assert store.snoozes.over() == [over]
    assert due(store) == [channel]


def test_only_a_later_job_changes_what_is_known_of_a_device(store: Store) -> None:
    store.reachability.put(1, {17: False, 18: True}, 7, NOW)
    store.reachability.put(1, {17: True}, 6, NOW - HOUR)
    store.reachability.put(2, {17: True}, 8, NOW + HOUR)
    (first,) = store.reachability.unreachable(1)
    assert (first.device, first.checked_at) == (17, NOW)
    store.reachability.put(1, {17: False}, 9, NOW + HOUR)
    (again,) = store.reachability.unreachable(1, [17, 18])
    assert (again.since, again.checked_at) == (first.since, NOW + HOUR)
    store.reachability.put(1, {17: True}, 10, NOW + 2 * HOUR)
    assert store.reachability.unreachable(1) == []
    store.reachability.put(1, {17: False}, 11, NOW + 3 * HOUR)
    assert store.reachability.unreachable(1)[0].since > first.since
