"""A change of a device's compliance is an event; devices that fail as before are counted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.feeds.conftest import Feeding

VIOLATED = {"violations": [{"rule": "vty-transport", "expected": "ssh", "found": "password 7 0822455D0A16"}]}


@pytest.fixture
def bot(feeding: Feeding) -> Feeding:
    """Gives the feeds after their first look."""
    feeding.directory.sweep()
    feeding.poll("jobs")
    feeding.poll("compliance")
    assert feeding.keys() == feeding.keys("globex") == []
    return feeding


def check(bot: Feeding, device: int, status: str, policy: int = 9, job: int = 92, **more: Any) -> int:
    row = {"policy": policy, "device": device, "job": job, "status": status, "details_json": VIOLATED, **more}
    return int(bot.lab.add("results", **row)["id"])


def changes(bot: Feeding, channel: str = "acme") -> list[tuple[str, object]]:
    found = [json.loads(event["data"]) for event in bot.events(channel) if event["kind"] == "compliance"]
    return [(values["change"], values.get("device", values.get("devices"))) for values in found]


def test_an_idle_look_is_one_request(bot: Feeding) -> None:
    assert [bot.poll("compliance") for _ in range(3)] == [1, 1, 1]


def test_a_device_that_begins_to_violate_a_policy_goes_to_its_customer_alone(bot: Feeding) -> None:
    number = check(bot, 1, "fail", policy=1)
    check(bot, 131, "FAILED")
    check(bot, 2, "pass")
    bot.poll("compliance")
    bot.poll("compliance")
    assert changes(bot) == [("violated", 1)]
    assert changes(bot, "globex") == [("violated", 131)]
    (event,) = bot.events()
    values = json.loads(event["data"])
    assert (event["key"], event["flag"]) == (f"compliance:{number}", "notify_compliance_violations")
    assert (values["rules"], values["hostname"]) == (["vty-transport"], bot.lab.row("devices", 1)["hostname"])
    assert "0822455D0A16" not in event["data"]


def test_the_name_of_another_customers_policy_is_not_shown(bot: Feeding) -> None:
    foreign = next(row for row in bot.lab.rows("policies") if row["customer"] == 2)
    check(bot, 1, "fail", policy=foreign["id"])
    bot.poll("compliance")
    assert json.loads(bot.events()[0]["data"])["policy"] == f"policy {foreign['id']}"


def test_a_return_is_enqueued_once_and_what_stays_well_is_not(bot: Feeding) -> None:
    for status in ("pass", "fail", "pass", "pass", "non-compliant", "ok"):
        check(bot, 1, status)
        bot.poll("compliance")
    assert changes(bot) == [("violated", 1), ("kept", 1), ("violated", 1), ("kept", 1)]


def test_changes_within_one_look_are_all_enqueued(bot: Feeding) -> None:
    for status in ("fail", "pass", "fail"):
        check(bot, 1, status)
    bot.poll("compliance")
    assert changes(bot) == [("violated", 1), ("kept", 1), ("violated", 1)]


def test_those_that_stay_failing_are_one_counted_line_per_policy_and_job(bot: Feeding) -> None:
    for device in range(1, 8):
        check(bot, device, "fail")
    bot.poll("compliance")
    assert len(changes(bot)) == 7
    for device in range(1, 4):
        check(bot, device, "fail", job=114)
    bot.poll("compliance")
    for device in range(4, 8):
        check(bot, device, "fail", job=114)
    for _ in range(6):
        bot.poll("compliance")
    assert changes(bot)[7:] == [("repeated", 7)]


def test_the_repeats_of_a_job_that_still_runs_are_not_reported(bot: Feeding) -> None:
    bot.lab.hold = "running"
    job = bot.lab.start_job("compliance_check", [1])
    bot.poll("jobs")
    check(bot, 1, "fail")
    check(bot, 1, "fail", job=job)
    for _ in range(6):
        bot.poll("compliance")
    assert changes(bot) == [("violated", 1)]
    bot.lab.hold = None
    bot.poll("jobs")
    bot.poll("compliance")
    assert changes(bot)[-1] == ("repeated", 1)


def test_an_unknown_status_changes_nothing(bot: Feeding, caplog: pytest.LogCaptureFixture) -> None:
    check(bot, 1, "fail")
    for status in ("skipped", "skipped", "pending"):
        check(bot, 1, status)
    bot.poll("compliance")
    check(bot, 1, "fail")
    bot.poll("compliance")
    assert changes(bot) == [("violated", 1)]
    assert sum("'skipped'" in record.getMessage() for record in caplog.records) == 1


def test_a_result_that_is_committed_late_with_a_lower_id_is_enqueued(bot: Feeding) -> None:
    last = check(bot, 1, "fail")
    bot.lab.delete("results", last)
    check(bot, 2, "fail")  # takes the next id
    bot.poll("compliance")
    check(bot, 1, "fail", id=last)
    bot.poll("compliance")
    assert sorted(changes(bot)) == [("violated", 1), ("violated", 2)]


def test_odd_results_stop_nothing(bot: Feeding) -> None:
    check(bot, 99_999, "fail")
    check(bot, 1, "fail", ts=None, job=None, details_json=None)
    check(bot, 2, "", details_json=[1])
    check(bot, 3, "fail", policy=None)
    check(bot, 4, "fail", details_json={"violations": "x" * 100_000})
    bot.poll("compliance")
    assert changes(bot) == [("violated", 1), ("violated", 4)]


def test_nothing_is_enqueued_twice_when_a_poll_is_repeated(bot: Feeding) -> None:
    for device in range(1, 6):
        check(bot, device, "fail")
    bot.lab.before("GET", "/api/v1/devices/3/", lambda: bot.lab.fault("away", times=3 * 2))
    with pytest.raises(Exception, match="WebNet"):
        bot.poll("compliance")
    for _ in range(3):
        bot.poll("compliance")
    assert changes(bot) == [("violated", device) for device in range(1, 6)]


@pytest.mark.parametrize("kind", ["error", "garbage", "truncated"])
def test_a_result_is_enqueued_later_where_webnet_answers_with_a_fault_for_a_while(bot: Feeding, kind: Any) -> None:
    fault = bot.lab.fault(kind, prefix="/api/v1/devices/1/")
    for device, status in ((1, "fail"), (2, "fail"), (1, "pass")):
        check(bot, device, status)
    bot.poll("compliance")
    bot.poll("compliance")
    assert changes(bot) == [("violated", 2)]
    fault.times = 0
    bot.poll("compliance")
    bot.poll("compliance")
    assert changes(bot) == [("violated", 2), ("violated", 1), ("kept", 1)]


def test_a_device_that_webnet_never_shows_keeps_nothing_waiting_for_ever(bot: Feeding) -> None:
    bot.lab.fault("error", prefix="/api/v1/devices/1/")
    check(bot, 1, "fail")
    for _ in range(4 * 24 + 2):
        bot.poll("compliance", 15 * 60)
    assert changes(bot) == []
    assert bot.store.missing.all("compliance") == {}
