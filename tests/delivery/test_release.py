"""From an event at night to the digest in the morning: by the store, the deliveries and an emulated Slack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.channels import Channels
from bot.core import rule_text
from bot.core.events import DeviceFacts, Event, Facts
from bot.core.holding import ByQuietHours, Hold, Holders
from bot.core.notice_kinds import JOB_FAILURE
from bot.core.quiet import QuietHours, dump
from bot.core.routing import Destination
from bot.delivery.release import Release
from bot.feeds.enqueue import Enqueuer
from store.database import Store
from tests.delivery.delivery_rig import DeliveryRig, delivery_rig, shown
from tests.delivery.stored_deliveries import NOON, NUMBER
from tests.e2e.rig import wait_until

RTR17 = DeviceFacts(17, "rtr17")
HOLDERS = Holders(ByQuietHours())


@dataclass
class Night:
    at: DeliveryRig
    channel: int

    def quiet(self, *, now: bool) -> None:
        """Makes it quiet around this time, or around another one."""
        begin = self.at.store.database.now() + (timedelta(hours=-2) if now else timedelta(hours=6))
        hours = f"{begin:%H:%M}-{begin + timedelta(hours=4):%H:%M} UTC"
        self.at.store.channels.update(self.channel, quiet=dump(QuietHours.parse(hours)))

    def enqueue(self, *numbers: int, holders: Holders = HOLDERS, **facts: object) -> None:
        self.enqueue_each(dict.fromkeys(numbers, facts), holders)

    def enqueue_each(self, found: Mapping[int, Mapping[str, Any]], holders: Holders = HOLDERS) -> None:
        """Enqueues events by their numbers, each with these facts."""
        event, about = Event("", "numbered", JOB_FAILURE.flag, 1, NOON, {}), Facts(kind="job", devices=(RTR17,))
        events = [
            replace(event, key=f"numbered:{number}", data={"number": number}, facts=replace(about, **facts))
            for number, facts in found.items()
        ]
        with self.at.store.transaction():
            Enqueuer(self.at.store, holders).enqueue(events)
        self.at.delivery.wake()

    def release(self, holders: Holders = HOLDERS) -> None:
        Release(self.at.store.held, Channels(self.at.store.channels), holders, self.at.delivery.wake).tick()

    def held(self) -> int:
        return sum(self.at.store.outbox.depth().held.values())


@pytest.fixture
def night(store: Store) -> Iterator[Night]:
    with delivery_rig(store) as at:
        made = Night(at, at.channels["C0ALERTS"])
        store.channels.update(made.channel, flags={JOB_FAILURE.flag: True})
        made.quiet(now=True)
        yield made


def test_what_is_held_at_night_comes_as_one_message_when_the_hours_are_over(night: Night) -> None:
    night.enqueue(1, 2, 3)
    night.release()
    assert night.held() == 3
    night.quiet(now=False)
    night.release()
    night.at.until_settled()
    (message,) = night.at.posts()
    assert "rtr17" in shown(message)
    assert "numbered 3 times, last" in shown(message)
    assert len(night.at.store.outbox.list("sent")) == 3
    assert night.held() == 0


def test_a_change_to_hours_that_are_quiet_still_holds_to_their_end(night: Night) -> None:
    night.enqueue(1)
    (before,) = night.at.store.outbox.list("held")
    hours = QuietHours.parse(
        "sat-thu 00:00-24:00 UTC" if night.at.store.database.now().weekday() != 4 else "sun-fri 00:00-24:00 UTC"
    )
    night.at.store.channels.update(night.channel, quiet=dump(hours))
    night.release()
    (after,) = night.at.store.outbox.list("held")
    assert before.held_until is not None
    assert after.held_until == hours.ends_at(night.at.store.database.now())
    assert after.held_until > before.held_until


def test_what_is_urgent_passes_and_what_is_pressing_is_never_held(night: Night) -> None:
    night.enqueue(1)
    night.enqueue(2, pressing=True)
    night.at.until_delivered(range(2, 3))
    rules = (rule_text.parse("outcome:failed then:urgent"), rule_text.parse("kind:job then:hold"))
    night.at.store.channels.update(night.channel, rules=rule_text.dump(rules))
    night.enqueue(3, outcome="failed", severity="")
    night.enqueue(4, outcome="success")
    night.at.until_delivered(range(3, 4))
    assert (night.held(), night.at.delivered()) == (2, [2, 3])


def test_what_could_not_be_sent_before_the_hours_began_is_held_and_what_is_under_way_is_not(night: Night) -> None:
    night.quiet(now=False)
    trouble = night.at.slack.fault("chat.postMessage", "C0ALERTS", status=503, times=None)
    night.enqueue(1)
    wait_until(lambda: night.at.store.outbox.list("waiting")[0].tries, "the refusal")
    night.quiet(now=True)
    night.release()
    trouble.times = 0
    assert night.held() == 1
    night.quiet(now=False)
    night.release()
    night.at.until_delivered(range(1, 2))


def test_what_ends_while_it_is_held_comes_as_one_line_also_where_nobody_asked_for_the_end(night: Night) -> None:
    rules = (rule_text.parse("outcome:failed then:send"),)
    night.at.store.channels.update(night.channel, rules=rule_text.dump(rules))
    night.enqueue(1, outcome="failed", opens=("backup:17",))
    night.enqueue(2, outcome="success", ends=("reach:17", "backup:17"))
    assert night.held() == 2
    night.quiet(now=False)
    night.release()
    night.at.until_settled()
    (message,) = night.at.posts()
    assert "well since" in shown(message)
    assert "Well again" not in shown(message)


def test_what_ends_at_night_answers_the_notices_of_the_day_in_their_thread_in_the_morning(night: Night) -> None:
    night.quiet(now=False)
    rules = (rule_text.parse("outcome:failed then:send"),)
    night.at.store.channels.update(night.channel, rules=rule_text.dump(rules))
    night.enqueue(1, outcome="failed", opens=("backup:17",))
    night.at.until_delivered(range(1, 2))
    night.at.until_settled()
    night.quiet(now=True)
    night.enqueue(2, outcome="success", ends=("backup:17",))
    night.enqueue(3, outcome="failed", opens=("backup:18",))
    wait_until(lambda: "Well again since" in shown(night.at.posts()[0]), "the first notice, marked at once")
    night.quiet(now=False)
    night.release()
    night.at.until_settled()
    first, *others = night.at.posts()
    assert [(message.thread_ts, NUMBER.findall(shown(message))) for message in others] == [
        (None, ["3"]),
        (first.ts, ["2"]),
    ]


def test_many_ends_answer_a_burst_with_one_message_in_its_thread(night: Night) -> None:
    night.quiet(now=False)
    rules = (rule_text.parse("outcome:failed then:send"),)
    night.at.store.channels.update(night.channel, rules=rule_text.dump(rules))
    faults = [(f"backup:{number}",) for number in range(20)]
    night.enqueue_each({number: {"outcome": "failed", "opens": fault} for number, fault in enumerate(faults)})
    night.at.until_delivered(range(20))
    night.at.until_settled()
    night.enqueue_each({100 + number: {"outcome": "success", "ends": fault} for number, fault in enumerate(faults)})
    night.at.until_delivered(range(100, 120))
    night.at.until_settled()
    first, *others = night.at.posts()
    assert {message.thread_ts for message in others} == {first.ts}
    assert len(others) <= 2
    wait_until(lambda: shown(night.at.posts()[0]).count("Well again since") == 20, "the burst, marked")


class HoldsFailures:
    def until(self, event: Event, _: Destination, now: datetime) -> Hold | None:
        return Hold(now + timedelta(hours=1), "a test") if event.facts.outcome == "failed" else None


def test_what_answers_a_notice_that_is_held_is_held_with_it_also_when_that_is_asked_again(night: Night) -> None:
    night.quiet(now=False)
    holders = Holders(HoldsFailures())
    night.enqueue(1, holders=holders, outcome="failed", opens=("backup:17",))
    night.enqueue(2, holders=holders, outcome="success", ends=("backup:17",))
    night.at.store.held.look_again()
    night.release(holders)
    assert (night.held(), night.at.delivered()) == (2, [])


def test_all_that_is_held_with_what_it_answers_is_held_by_one_statement(night: Night) -> None:
    night.quiet(now=False)
    holders, faults = Holders(HoldsFailures()), [(f"backup:{number}",) for number in range(5)]
    night.enqueue_each({number: {"outcome": "failed", "opens": fault} for number, fault in enumerate(faults)}, holders)
    night.enqueue_each(
        {10 + number: {"outcome": "success", "ends": fault} for number, fault in enumerate(faults)}, holders
    )
    night.at.store.held.look_again()
    statements: list[Any] = []
    night.at.store.database.peewee.query_hooks.append(statements.append)
    night.release(holders)
    assert sum("SET status = 'held'" in each.sql for each in statements) == 2  # theirs, and of what is held along
    assert night.held() == 10


class Broken:
    def until(self, event: Event, _: Destination, __: datetime) -> Hold | None:
        if event.data["number"] == 2:
            raise LookupError("nothing is known of it")
        return None


def test_a_holder_that_fails_keeps_nothing_for_ever(night: Night, caplog: pytest.LogCaptureFixture) -> None:
    night.enqueue(1, 2, 3)
    night.at.store.held.look_again()
    night.release(Holders(Broken()))
    assert night.held() == 0
    assert "what held it cannot be asked" in caplog.text
    wait_until(lambda: len(night.at.store.outbox.list("sent")) == 3, "the digest")
