"""One thing that WebNet cannot show keeps no other back, and where all of WebNet is away nothing is given up."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.core.errors import WebNetError
from lab.webnet.faults import Fault
from tests.feeds.conftest import Feeding
from tests.feeds.test_compliance import changes, check
from tests.feeds.test_drift import drift_of, snapshots_of

FAULTS = pytest.mark.parametrize("kind", ["error", "away", "truncated", "delay"])
ALL = pytest.mark.parametrize("all_of_it", ["error", "away"])


@pytest.fixture
def bot(feeding: Feeding) -> Feeding:
    """Gives the feeds after their first look."""
    feeding.directory.sweep()
    for name in feeding.poller.feeds:
        feeding.poll(name)
    assert feeding.keys() == []
    return feeding


def break_one(bot: Feeding, kind: Any, path: str) -> Fault:
    return bot.lab.fault(kind, prefix=f"/api/v1/{path}", delay_s=2.5)  # longer than the bot waits


def asked(bot: Feeding, path: str) -> int:
    return sum(each.path.startswith(f"/api/v1/{path}") for each in bot.lab.record)


def away_from(bot: Feeding, feed: str, path: str, kind: Any, seconds: float) -> None:
    """Polls a feed while all of WebNet fails from the moment in which `path` is asked for."""
    faults: list[Fault] = []
    bot.lab.before("GET", f"/api/v1/{path}", lambda: faults.append(bot.lab.fault(kind)))
    with pytest.raises(WebNetError):
        bot.poll(feed, seconds)
    faults.pop().times = 0


def alerts(bot: Feeding) -> list[int]:
    found = [json.loads(event["data"]) for event in bot.events()]
    return [values["alert"]["id"] for values in found if values.get("alert")]


@pytest.mark.parametrize("thing", ["drifts", "snapshot", "device"])
@FAULTS
def test_an_alert_that_cannot_be_read_keeps_no_other_back_and_comes_later(bot: Feeding, kind: Any, thing: str) -> None:
    paths = {"drifts": "config/drift/device/1", "device": "devices/1/"}
    bad, first = drift_of(bot, 1), drift_of(bot, 3)
    fault = break_one(bot, kind, paths.get(thing, f"config/snapshots/{snapshots_of(bot, 1)[-1]['id']}"))
    bot.poll("drift")
    second = drift_of(bot, 5)
    bot.poll("drift", 30)
    assert alerts(bot) == [first["id"], second["id"]]
    fault.times = 0
    for _ in range(3):
        bot.poll("drift", 60)
    assert alerts(bot) == [first["id"], second["id"], bad["id"]]


def test_an_alert_that_comes_late_and_cannot_be_read_itself_keeps_no_other_back(bot: Feeding) -> None:
    number = 1 + max(row["id"] for row in bot.lab.rows("alerts"))
    bot.lab.next_id("alerts", number + 1)
    fault = break_one(bot, "delay", f"config/drift/alerts/{number}/")
    others = [drift_of(bot, 3)["id"]]
    bot.poll("drift")
    others += [drift_of(bot, 5)["id"] for _ in range(60)]  # they push it from the newest page
    bot.poll("drift")
    assert sorted(alerts(bot)) == others
    fault.times = 0
    drift_of(bot, 1, id=number)
    bot.poll("drift", 60)
    assert sorted(alerts(bot)) == [number, *others]


@pytest.mark.parametrize("path", ["config/drift/device/1", "config/drift/alerts/{}/"])
def test_an_alert_that_cannot_be_read_for_hours_comes_whatever_else_fails_for_a_moment(bot: Feeding, path: str) -> None:
    bad = drift_of(bot, 1)
    for _ in range(60):  # they push it from the newest page
        drift_of(bot, 3)
    faults = [
        break_one(bot, "error", "config/drift/device/1"),
        break_one(bot, "error", f"config/drift/alerts/{bad['id']}/"),
    ]
    for _ in range(20):
        bot.poll("drift", 900)
    for fault in faults:
        fault.times = 0
    again = break_one(bot, "error", path.format(bad["id"]))
    bot.poll("drift", 900)
    again.times = 0
    bot.poll("drift", 900)
    assert bad["id"] in alerts(bot)


def test_an_alert_that_can_never_be_read_is_asked_for_more_and_more_seldom_and_parked(
    bot: Feeding, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        drift_of(bot, 1)
    break_one(bot, "error", "config/drift/device/1")
    bot.lab.clear_record()
    for seconds in (25, 300):
        for _ in range(24 * 12 + 2):
            bot.poll("drift", seconds)
    assert 80 < asked(bot, "config/drift/device/1") < 120
    cursor = bot.store.cursors.get("feed:drift:parked")
    assert cursor is not None
    assert cursor.value == "3"
    assert "that WebNet cannot show" in caplog.text
    assert bot.poll("drift") == 1


@ALL
def test_an_alert_is_not_given_up_while_all_of_webnet_is_away(bot: Feeding, all_of_it: Any) -> None:
    bad, path = drift_of(bot, 1), "config/drift/device/1"
    break_one(bot, "truncated", path)
    for _ in range(24 * 4 - 2):
        bot.poll("drift", 900)
    for _ in range(8):
        away_from(bot, "drift", path, all_of_it, 900)
    bot.lab.clear_faults()
    bot.poll("drift", 900)
    assert alerts(bot) == [bad["id"]]


@FAULTS
def test_an_alert_of_which_nobody_can_say_whether_it_is_resolved_keeps_no_other_end_back(
    bot: Feeding, kind: Any
) -> None:
    made = [drift_of(bot, device) for device in (1, 3, 5)]
    bot.poll("drift")
    for alert in made:
        bot.lab.change("alerts", alert["id"], status="resolved")
    fault = break_one(bot, kind, f"config/drift/alerts/{made[-1]['id']}/")
    bot.lab.clear_record()
    for _ in range(5):
        bot.poll("drift")
    ends = [f"drift:alert:{alert['id']}:resolved" for alert in made]
    assert bot.keys()[3:] == ends[:2]
    assert asked(bot, f"config/drift/alerts/{made[-1]['id']}/") <= 3  # tries of one reading
    fault.times = 0
    bot.poll("drift", 16 * 60)
    assert bot.keys()[3:] == ends


@FAULTS
def test_a_device_that_cannot_be_read_keeps_no_result_of_others_back(bot: Feeding, kind: Any) -> None:
    fault = break_one(bot, kind, "devices/1/")
    for device, status in ((1, "fail"), (2, "fail"), (1, "pass")):
        check(bot, device, status)
    bot.poll("compliance")
    check(bot, 3, "fail")
    bot.poll("compliance")
    assert changes(bot) == [("violated", 2), ("violated", 3)]
    fault.times = 0
    for _ in range(3):
        bot.poll("compliance", 30)
    assert changes(bot) == [("violated", 2), ("violated", 3), ("violated", 1), ("kept", 1)]


@ALL
def test_no_result_is_given_up_while_all_of_webnet_is_away(bot: Feeding, all_of_it: Any) -> None:
    break_one(bot, "truncated", "devices/1/")
    check(bot, 1, "fail")
    for _ in range(24 * 4 - 2):
        bot.poll("compliance", 900)
    for _ in range(8):
        away_from(bot, "compliance", "devices/1/", all_of_it, 900)
    bot.lab.clear_faults()
    bot.poll("compliance", 900)
    assert changes(bot) == [("violated", 1)]


@FAULTS
def test_a_list_of_policies_that_cannot_be_read_keeps_no_result_back_and_is_seldom_asked_for(
    bot: Feeding, kind: Any
) -> None:
    break_one(bot, kind, "compliance/policies/")
    bot.lab.clear_record()
    for device in (1, 2, 3):
        check(bot, device, "fail")
        bot.poll("compliance")
    assert changes(bot) == [("violated", 1), ("violated", 2), ("violated", 3)]
    assert [json.loads(event["data"])["policy"] for event in bot.events()] == ["policy 9"] * 3
    assert asked(bot, "compliance/policies/") <= 3  # tries of one reading


@FAULTS
def test_an_open_job_that_cannot_be_read_keeps_no_end_back(bot: Feeding, kind: Any) -> None:
    bad, *others = bot.store.jobs.longest_unread(2)
    fault = break_one(bot, kind, f"jobs/{bad}/")
    done = [bot.lab.start_job("check_reachability", [device], customer=1) for device in (1, 2)]
    bot.poll("jobs")
    assert bot.keys() == [f"job:{job}:ended" for job in done]
    bot.lab.clear_record()
    bot.poll("jobs")
    assert (asked(bot, f"jobs/{bad}/"), asked(bot, f"jobs/{others[0]}/")) == (0, 1)
    fault.times = 0
    for _ in range(len(bot.store.jobs.longest_unread(1_000))):
        bot.poll("jobs", 30)
    assert asked(bot, f"jobs/{bad}/") > 0


@ALL
def test_no_log_is_given_up_while_all_of_webnet_is_away(bot: Feeding, all_of_it: Any) -> None:
    job = bot.lab.start_job("check_reachability", [1], customer=1)
    break_one(bot, "truncated", f"jobs/{job}/logs")
    for _ in range(8):
        away_from(bot, "jobs", f"jobs/{job}/logs", all_of_it, 3600)
    bot.lab.clear_faults()
    bot.poll("jobs", 3600)
    (event,) = bot.events()
    assert (event["key"], json.loads(event["data"])["verdict"]) == (f"job:{job}:ended", "success")
