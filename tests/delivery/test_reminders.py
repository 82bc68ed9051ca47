"""A channel is reminded once of what nobody is on, and not at night; of what is over, taken or snoozed it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.core.events import Event
from bot.core.notice_kinds import JOB_FAILURE
from bot.core.notices import Notices
from bot.core.quiet import QuietHours, dump
from bot.delivery.reminders import Reminders
from bot.feeds.enqueue import Enqueuer
from store.database import Store
from store.marks import Mark
from store.models import Delivery
from tests.delivery.stored_deliveries import NOON, NUMBERED
from tests.store.test_outbox import channel
from tests.store.test_workspaces import add

AFTER, MINUTE = timedelta(minutes=30), timedelta(minutes=1)
NOTICES = Notices([replace(NUMBERED, fault=lambda event: event.data["number"] > 0)])


@dataclass
class Place:
    store: Store
    channel: int

    @property
    def now(self) -> datetime:
        return self.store.database.now()

    def enqueue(self, number: int, ago: timedelta = AFTER + MINUTE, **delivery: Any) -> int:
        """Enqueues an event that was sent so long ago, and returns its id."""
        event = Event(f"e:{number}", "numbered", JOB_FAILURE.flag, 1, NOON, {"number": number})
        with self.store.transaction():
            Enqueuer(self.store, remind_after=self.reminders(self.store).after).enqueue([event])
        (past,) = self.store.past_events.named([event.key])
        at, mine = self.now - ago, Delivery.event == past.id
        self.store.database.run(Delivery.update(status="sent", settled_at=at, **delivery).where(mine))
        due = Delivery.remind_at.is_null(False)
        self.store.database.run(Delivery.update(remind_at=at + AFTER).where(mine, due))
        return past.id

    def mark(self, event: int, kind: Any, **mark: Any) -> None:
        self.store.marks.set(event, Mark(kind=kind, at=self.now, by=3, **mark))

    def reminders(self, store: Store, after: timedelta = AFTER) -> Reminders:
        return Reminders(store, NOTICES, after, lambda: None)

    def tick(self) -> list[str]:
        """Returns of which events the channel has been reminded."""
        self.reminders(self.store).tick()
        waiting = [each.key for each in self.store.outbox.list("waiting") if each.kind == "reminder"]
        return [event.data["notice"] for event in self.store.past_events.named(waiting)]

    def later(self) -> datetime | None:
        """Returns when the delivery is looked at again."""
        ((at,),) = self.store.database.tuples(Delivery.select(Delivery.remind_at).where(Delivery.id == 1))
        return at


@pytest.fixture
def place(store: Store) -> Place:
    at = channel(store, add(store).id)
    store.channels.update(at, flags={JOB_FAILURE.flag: True})
    return Place(store, at)


def test_of_a_fault_that_nobody_is_on_a_channel_is_reminded_once_over_replicas(
    place: Place, second_store: Store
) -> None:
    place.enqueue(1)
    place.enqueue(0)  # no fault
    place.enqueue(2, ago=AFTER - MINUTE)
    place.reminders(second_store).tick()
    assert place.tick() == place.tick() == ["e:1"]
    (reminder,) = place.store.outbox.list("waiting")
    assert (reminder.kind, reminder.key) == ("reminder", "reminder:1")


def test_a_reminder_that_waited_is_not_sent_once_somebody_is_on_it(place: Place) -> None:
    there = channel(place.store, place.store.workspaces.list()[0].id, "C2")
    taken, taken_there = place.enqueue(1), place.enqueue(2)
    assert place.tick() == ["e:1", "e:2"]
    place.mark(taken, "taken")
    place.mark(taken_there, "taken", channel=there)
    claims = [claim for _ in range(2) for claim in place.store.lanes.settle_and_claim([], 5, 30.0, 5)[1]]
    assert [each.key for claim in claims for each in claim.deliveries] == ["reminder:2"]
    assert [each.key for each in place.store.outbox.list("dropped")] == ["reminder:1"]


@pytest.mark.parametrize("kind", ["taken", "done", "ended"])
def test_of_what_somebody_is_on_or_is_over_nobody_is_reminded(place: Place, kind: str) -> None:
    place.mark(place.enqueue(1), kind)
    assert (place.tick(), place.later()) == ([], None)


def test_a_snooze_puts_it_off_in_its_channel(place: Place) -> None:
    until, there = place.now + timedelta(hours=2), channel(place.store, place.store.workspaces.list()[0].id, "C2")
    place.mark(place.enqueue(1), "snoozed", until=until, channel=place.channel)
    place.mark(place.enqueue(2), "snoozed", until=until, channel=there)
    assert (place.tick(), place.later()) == (["e:2"], until)


def test_at_night_it_waits_for_the_morning_unless_the_notice_was_urgent(place: Place) -> None:
    begin = place.now - timedelta(hours=2)
    hours = QuietHours.parse(f"{begin:%H:%M}-{begin + timedelta(hours=4):%H:%M} UTC")
    place.enqueue(1)
    place.enqueue(2, urgent=True)
    place.store.channels.update(place.channel, quiet=dump(hours))
    assert (place.tick(), place.later()) == (["e:2"], hours.ends_at(place.now))


def disabled(place: Place) -> None:
    place.store.workspaces.update(place.store.workspaces.list()[0].id, enabled=False)


def foreign(place: Place) -> None:
    place.store.workspaces.update(place.store.workspaces.list()[0].id, customer=2)


def long_ago(place: Place) -> None:
    at = place.now - timedelta(days=2)
    place.store.database.run(Delivery.update(settled_at=at, remind_at=at))


def parked(place: Place) -> None:
    place.store.database.run(Delivery.update(status="parked"))


def switched_off(place: Place) -> None:
    place.reminders(place.store, timedelta()).tick()


@pytest.mark.parametrize("happens", [disabled, foreign, long_ago, parked, switched_off])
def test_nobody_is_reminded_of_what_is_no_longer_theirs_or_too_long_ago(
    place: Place, happens: Callable[[Place], None]
) -> None:
    place.enqueue(1)
    happens(place)
    assert (place.tick(), place.later()) == ([], None)


def test_the_time_begins_when_the_notice_was_sent(place: Place) -> None:
    until = place.now + timedelta(hours=3)
    place.enqueue(1)
    place.store.database.run(Delivery.update(status="held", held_until=until, settled_at=None))
    assert (place.tick(), place.later()) == ([], until + AFTER)
    place.store.database.run(Delivery.update(status="waiting", remind_at=place.now))
    assert place.tick() == []
    later = place.later()
    assert later
    assert later < place.now + AFTER
