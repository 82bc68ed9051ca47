"""Feeds give the facts that rules ask for, from the copy of the devices, and the rules decide who is notified."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.core import rule_text
from bot.feeds.facts import MOST_DEVICES, KnownDevices
from store.database import Store
from store.directory import Device
from store.models import Delivery, EventRow
from tests.feeds.conftest import Feeding
from tests.feeds.test_compliance import check
from tests.feeds.test_drift import back_up, drift_of


@pytest.fixture
def bot(feeding: Feeding) -> Feeding:
    """Gives the feeds after their first look."""
    feeding.lab.change("devices", 1, site="FRA1")
    feeding.directory.sweep()
    for name in feeding.poller.feeds:
        feeding.poll(name)
    feeding.follower.poll()
    return feeding


def set_rules(bot: Feeding, *lines: str) -> None:
    bot.store.channels.update(bot.channels["acme"], rules=rule_text.dump(map(rule_text.parse, lines)))


def facts(bot: Feeding) -> dict[str, Any]:
    """Returns the facts of each event that was kept, by its kind and outcome."""
    rows = bot.store.database.rows(EventRow.select().order_by(EventRow.id))
    found = [json.loads(row["facts"]) for row in rows]
    return {f"{each['kind']} {each['outcome']}": each for each in found}


def test_each_feed_names_what_happened_where_and_the_fault_that_it_opens_or_ends(bot: Feeding) -> None:
    set_rules(bot, "site:fra1 vendor:cisco then:send", "type:check_reachability then:drop")
    bot.lab.fail_next("config_backup")
    for kind in ("config_backup", "check_reachability"):
        bot.lab.start_job(kind, [1])
        bot.poll("jobs")
        bot.poll("jobs")
    check(bot, 1, "fail", policy=1)
    bot.poll("compliance")
    check(bot, 1, "pass", policy=1)
    bot.poll("compliance")
    found = facts(bot)
    assert {name: (each["opens"], each["ends"]) for name, each in found.items()} == {
        "job failed": (["backup:1"], []), "job success": ([], []),
        "compliance violated": (["compliance:1:1"], []), "compliance kept": ([], ["compliance:1:1"]),
    }  # fmt: skip
    for each in found.values():
        (one,) = each["devices"]
        assert (one["id"], one["site"], one["vendor"]) == (1, "FRA1", "cisco")
    failed = found["job failed"]
    assert (failed["job_type"], failed["requester"], failed["requester_name"]) == ("config_backup", 3, "oscar-operator")
    kept = [json.loads(event["facts"]) for event in bot.events()]
    assert [(each["opens"], each["ends"]) for each in kept] == [
        (["backup:1"], []), (["compliance:1:1"], []), ([], ["compliance:1:1"]),
    ]  # fmt: skip


def test_an_alert_goes_to_whom_its_severity_concerns_though_nobody_wanted_the_change(bot: Feeding) -> None:
    set_rules(bot, "kind:drift severity:critical then:urgent,mention:here")
    number = back_up(bot, 1, "hostname changed\n")
    assert bot.keys() == []
    alert = drift_of(bot, 1)
    bot.poll("drift")
    (event,) = bot.events()
    (delivery,) = bot.store.database.rows(Delivery.select())
    assert (event["key"], json.loads(event["data"])["alert"]["id"]) == (f"drift:1:{number}", alert["id"])
    assert (delivery["urgent"], delivery["mentions"], delivery["rule"], delivery["revision"]) == (
        True,
        '["here"]',
        1,
        2,
    )
    kept = json.loads(event["facts"])
    assert (kept["severity"], kept["opens"]) == ("critical", [f"drift:alert:{alert['id']}"])


def test_a_change_that_was_dropped_is_kept_and_no_alert_of_another_severity_revives_it(bot: Feeding) -> None:
    set_rules(bot, "kind:drift severity:warning then:send")
    back_up(bot, 1, "hostname changed\n")
    drift_of(bot, 1)
    bot.poll("drift")
    assert (bot.keys(), list(facts(bot))) == ([], ["drift changed"])


def test_of_many_devices_every_site_stays_known(store: Store) -> None:
    sites = [("fra1" if number < MOST_DEVICES + 40 else f"site {number}") for number in range(MOST_DEVICES + 50)]
    store.directory.put(
        Device(id=number, customer=1, hostname=f"rtr-{number}", site=site, enabled=True)
        for number, site in enumerate(sites)
    )
    found = KnownDevices(store).of(1, None)
    assert (len(found), {each.site for each in found}) == (MOST_DEVICES, set(sites))
    assert KnownDevices(store).of(2, [1]) == ()
    assert KnownDevices(store).one(1, 99_999, "new")[0].name == "new"
