"""What each section of a report reads: all of its own customer's, and nothing of another one's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from bot.webnet.client import WebNet
from bot.webnet.transport import Transport
from handlers import _report
from lab.webnet import BOT_KEY, WebNetLab
from store.database import Store, open_store
from tests.conftest import STORE_KEY
from tests.e2e.rig import add_people
from tests.reports import kit
from tests.reports.kit import A_DAY, NOW, changed, config, ended, reader

SECTIONS = [section.name for section in _report.SECTIONS]
OWN, CANARY = "acme", "canary"


@dataclass
class Twice:
    """What all sections said of Acme when it was alone, and when another customer had as much; and what they said of that one."""

    alone: dict[str, Any]
    beside: dict[str, Any]
    other: dict[str, Any]


@pytest.fixture(scope="module")
def twice(module_store_url: str) -> Iterator[Twice]:
    with (
        WebNetLab(devices=60, job_seconds=0.0) as lab,
        open_store(module_store_url, keys=[STORE_KEY]) as store,
    ):
        webnet = WebNet(Transport(lab.url, BOT_KEY, timeout_s=5.0))
        add_people(store)
        kit.calm(lab)
        kit.polled(store)
        kit.furnish(store, lab, 1, OWN, 5_000)
        sources = kit.sources_of(store, webnet, store.reports.now)
        kit.configs(store, lab, 1)
        alone = _report.read(reader(sources))
        kit.furnish(store, lab, 2, CANARY, 6_000)
        sources = kit.sources_of(store, webnet, store.reports.now)
        kit.configs(store, lab, 2)
        yield Twice(alone, _report.read(reader(sources)), _report.read(reader(sources, 2)))
        webnet.close()


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_says_nothing_of_another_customer(twice: Twice, name: str) -> None:
    assert twice.alone[name]["number"] > 0
    assert OWN in kit.words(twice.alone[name])
    assert twice.beside[name] == twice.alone[name]
    assert twice.other[name]["number"] == twice.alone[name]["number"]
    assert CANARY in kit.words(twice.other[name])
    assert OWN not in kit.words(twice.other[name])


@dataclass
class Around:
    store: Store
    lab: WebNetLab
    webnet: WebNet

    def read(self, name: str) -> dict[str, Any]:
        (section,) = (each for each in _report.SECTIONS if each.name == name)
        found: dict[str, Any] = section.read(reader(kit.sources_of(self.store, self.webnet)))
        return found


@pytest.fixture
def around(store: Store, lab: WebNetLab, webnet: WebNet) -> Around:
    kit.calm(lab)
    for number, device in enumerate(kit.devices_of(lab, 1)):
        lab.change("devices", device, hostname=f"sw-{number}", reachability_status=None)
    return Around(store, lab, webnet)


def test_a_job_that_failed_still_fails_until_each_of_its_devices_went_well(around: Around) -> None:
    store, ids = around.store, kit.devices_of(around.lab, 1)[:4]
    ended(store, 5_001, 1, ids[:3], ["sw-0", "sw-1"], ago=3 * A_DAY)
    ended(store, 5_002, 1, ids[:1], [], ago=2 * A_DAY)
    ended(store, 5_003, 1, ids[3:], ["sw-3"], ago=timedelta(hours=5))
    found = around.read("jobs")
    assert [(one["job"], one["again"]) for one in found["lately"]] == [(5_003, False)]
    assert ([one["job"] for one in found["before"]], found["still"]) == ([5_001], 1)
    ended(store, 5_004, 1, ids, ["sw-2"], ago=timedelta(hours=4))  # all others went well in it
    found = around.read("jobs")
    assert [(one["job"], one["again"]) for one in found["lately"]] == [(5_004, False), (5_003, True)]
    assert found["before"] == []


def test_the_same_failure_of_many_nights_is_said_once(around: Around) -> None:
    (device, *_) = kit.devices_of(around.lab, 1)
    for night in range(1, 6):
        ended(around.store, 5_010 - night, 1, [device], ["sw-0"], ago=night * A_DAY + timedelta(hours=1))
    found = around.read("jobs")
    assert (found["number"], [one["job"] for one in found["before"]]) == (0, [5_009])


def test_a_device_is_unreachable_by_what_is_known_last(around: Around) -> None:
    store, lab = around.store, around.lab
    ids = kit.devices_of(lab, 1)
    for device, hours in ((ids[0], 9), (ids[1], 9), (ids[2], 1), (ids[4], None)):
        at = None if hours is None else (NOW - timedelta(hours=hours)).isoformat()
        lab.change("devices", device, reachability_status="Unreachable", last_reachability_check=at)
    kit.pinged(store, 5_020, 1, ids[0], "sw-0", answers=True, ago=timedelta(hours=2))  # since
    kit.pinged(store, 5_021, 1, ids[2], "sw-2", answers=True, ago=timedelta(hours=2))  # before
    kit.pinged(store, 5_022, 1, ids[3], "sw-3", answers=False, ago=timedelta(hours=3))
    found = around.read("unreachable")
    assert [(one["hostname"], one["job"]) for one in found["devices"]] == [
        ("sw-4", None),
        ("sw-1", None),
        ("sw-3", 5_022),
        ("sw-2", None),
    ]


def test_what_a_report_calls_unreachable_holds_the_failed_backups_too(around: Around) -> None:
    store, (device, *_) = around.store, kit.devices_of(around.lab, 1)
    kit.pinged(store, 5_025, 1, device, "sw-0", answers=False, ago=timedelta(hours=3))
    assert [one["hostname"] for one in around.read("unreachable")["devices"]] == ["sw-0"]
    assert [one.device for one in store.reachability.unreachable(1)] == [device]
    store.reachability.put(1, {device: True}, 5_026, NOW)  # as a backup that went well says
    assert around.read("unreachable") == {"number": 0, "devices": []}


def test_who_is_on_a_fault_is_said_wherever_it_is_listed(around: Around) -> None:
    store, (device, *_) = around.store, kit.devices_of(around.lab, 1)
    add_people(store)
    ended(store, 5_027, 1, [device], ["sw-0"], ago=timedelta(hours=3))
    kit.taken(store, 5_027, 1, device, "sw-0")
    assert [one["on_it"] for one in around.read("jobs")["lately"]] == ["user-3"]
    found = around.read("handled")
    assert [(one["what"], one["on_it"]) for one in found["faults"]] == [
        ("Config backup failed: #5027: failed on sw-0", "user-3")
    ]


def test_devices_that_were_never_backed_up_come_before_those_of_long_ago(around: Around) -> None:
    kit.sources_of(around.store, around.webnet)
    ids = kit.devices_of(around.lab, 1)
    for device, age in zip(ids, (None, 5 * A_DAY, 3 * A_DAY, A_DAY), strict=False):
        config(around.store, device, 1, age)
    found = around.read("backups")
    assert [one["hostname"] for one in found["devices"]] == ["sw-0", "sw-1", "sw-2"]
    assert (found["number"], found["never"], found["unread"]) == (3, 1, len(ids) - 4)


def test_a_change_names_who_made_it(around: Around) -> None:
    store, ids = around.store, kit.devices_of(around.lab, 1)
    ended(store, 5_030, 1, [ids[0]], [], ago=timedelta(hours=4), type="config_deploy_commit")
    changed(store, 1, 1, ids[0], ago=timedelta(hours=3))
    changed(store, 2, 1, ids[1], ago=timedelta(hours=2), deploy=7)
    changed(store, 3, 1, ids[2], ago=timedelta(hours=1))
    changed(store, 4, 1, ids[3], ago=2 * A_DAY)
    found = around.read("changes")
    assert found["number"] == 3
    assert [(one["hostname"], one["deploy"], one["job"], one["by"]) for one in found["newest"]] == [
        ("sw-2", None, None, ""),
        ("sw-1", 7, None, ""),
        ("sw-0", None, 5_030, "user-3"),
    ]


def ago(**span: int) -> str:
    return (NOW - timedelta(**span)).isoformat()


@pytest.mark.parametrize(
    ("rows", "number"),
    [
        ((), 0),
        (({"next_run": None},), None),  # nobody knows
        (({"next_run": ago(minutes=5)}, {"next_run": ago(hours=4), "enabled": False}), 0),
        (({"next_run": ago(hours=4), "last_run": None},), 1),
    ],
)
def test_a_schedule_that_is_behind_did_not_run(
    around: Around, rows: tuple[dict[str, Any], ...], number: int | None
) -> None:
    for row in rows:
        around.lab.add("schedules", **{"customer": 1, "name": "nightly", "enabled": True, **row})
    found = around.read("schedules")
    assert (found.get("number"), "error" in found) == (number, number is None)


def test_late_feeds_and_parked_notices_are_said(around: Around) -> None:
    found = around.read("today")
    assert (found["number"], found["feeds"]) == (3, {"jobs": None, "compliance": None, "drift": None})
