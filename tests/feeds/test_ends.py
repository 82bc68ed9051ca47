"""What ends a fault marks the notices of that and answers the first, whatever kind it is; a rule may want a message of its own."""

from __future__ import annotations

from typing import Any

from store.models import Delivery, EventRow, MarkRow
from tests.feeds.conftest import Feeding
from tests.feeds.test_compliance import check
from tests.feeds.test_drift import back_up, drift_of
from tests.feeds.test_rules import bot, set_rules

__all__ = ["bot"]
FAULTS = "outcome:failed,partial,violated,changed then:send"


def ended(at: Feeding) -> list[str]:
    """Returns the keys of the events that are over."""
    query = EventRow.select(EventRow.key).join(MarkRow, on=MarkRow.event == EventRow.id)
    return sorted(row["key"] for row in at.store.database.rows(query.where(MarkRow.kind == "ended")))


def answers(at: Feeding) -> list[tuple[Any, ...]]:
    """Returns which event answers which."""
    first = EventRow.alias()
    query = Delivery.select(EventRow.key, first.key).join(EventRow, on=Delivery.event == EventRow.id)
    return at.store.database.tuples(query.join(first, on=Delivery.answers == first.id).order_by(Delivery.id))


def job(at: Feeding, kind: str, *devices: int) -> str:
    """Lets a job end, and returns the key of its event."""
    key = f"job:{at.lab.start_job(kind, [*devices])}:ended"
    for _ in range(6):  # the end of a backup waits for its snapshots
        at.poll("jobs")
        at.follower.poll()
        if at.store.past_events.named([key]):
            return key
    raise AssertionError(key)


def test_a_job_ends_the_faults_of_the_devices_on_which_it_went_well(bot: Feeding) -> None:
    set_rules(bot, FAULTS)
    for device in (1, 2):
        bot.lab.break_device(device)
    first = job(bot, "check_reachability", 1, 2, 3)
    bot.lab.mend_device(1)
    second = job(bot, "check_reachability", 1, 2)
    assert (ended(bot), answers(bot)) == ([], [])  # 2 fails still, and the second is wanted as a notice of its own
    third = job(bot, "check_reachability", 1)
    assert (ended(bot), answers(bot)) == ([], [])  # nothing of 1 is open any more
    bot.lab.mend_device(2)
    fourth = job(bot, "check_reachability", 2)
    assert (ended(bot), answers(bot)) == (sorted([first, second]), [(fourth, first)])
    assert third not in [event["key"] for event in bot.events()]
    job(bot, "check_reachability", 2)
    assert len(answers(bot)) == 1


def test_a_device_that_answers_ends_that_it_did_not(bot: Feeding) -> None:
    set_rules(bot, FAULTS)
    bot.lab.fail_next("check_reachability")
    first = job(bot, "check_reachability", 1)
    ping = job(bot, "check_reachability", 1)
    assert (ended(bot), answers(bot)) == ([first], [(ping, first)])
    bot.lab.fail_next("check_reachability")
    second = job(bot, "check_reachability", 1)
    backup = job(bot, "config_backup", 1)
    assert (ended(bot), answers(bot)) == (sorted([first, second]), [(ping, first), (backup, second)])


def test_a_policy_that_is_kept_again_ends_that_it_was_violated(bot: Feeding) -> None:
    check(bot, 1, "fail", policy=1)
    bot.poll("compliance")
    check(bot, 2, "fail", policy=1)
    bot.poll("compliance")
    kept = check(bot, 1, "pass", policy=1)
    bot.poll("compliance")
    ((answer, first),) = answers(bot)  # though the flag of the channel is on
    assert (answer, ended(bot)) == (f"compliance:{kept}", [first])


def test_a_drift_alert_that_is_resolved_in_webnet_ends_its_fault(bot: Feeding) -> None:
    number = back_up(bot, 1, "hostname changed\n")
    alert = drift_of(bot, 1)
    bot.poll("drift")
    assert ended(bot) == []
    bot.lab.change("alerts", alert["id"], status="resolved")
    bot.poll("drift")
    assert ended(bot) == [f"drift:1:{number}"]
    assert answers(bot) == [(f"drift:alert:{alert['id']}:resolved", f"drift:1:{number}")]
    assert bot.poll("drift") == 1


def test_the_completion_of_a_job_is_a_notice_of_its_own_where_the_flags_decide_or_a_rule_wants_it(bot: Feeding) -> None:
    for rules in ((), ("kind:job then:send",)):
        set_rules(bot, *rules)
        bot.lab.fail_next("check_reachability")
        first = job(bot, "check_reachability", 1)
        second = job(bot, "check_reachability", 1)
        assert first in ended(bot)
        assert (answers(bot), bot.events()[-1]["key"]) == ([], second)
