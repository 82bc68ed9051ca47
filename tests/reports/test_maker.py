"""A report is enqueued once for its channel and date, late or not at all, and a channel is notified of one that did not go out."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.metrics import Metrics
from bot.report_reader import ReportReader
from bot.reports.maker import LEASE, ReportMaker
from store.database import Store
from store.models import EventRow, ReportRun, SlackChannel
from store.reports import TOO_LATE
from tests.e2e.rig import add_people

DUE = datetime(2026, 11, 29, 6, 30, tzinfo=UTC)  # 07:30 in Berlin
DAILY = "daily 07:30 Europe/Berlin"


@dataclass
class Office:
    """A workspace with a channel that gets a report, and the clock that decides."""

    store: Store
    channel: int
    now: datetime = DUE - timedelta(hours=1)
    metrics: Metrics = field(default_factory=Metrics)
    asked: list[tuple[int, int, datetime]] = field(default_factory=list)
    read: Callable[[], dict[str, Any]] = lambda: {"jobs": {"number": 3}}

    def maker(self, name: str = "here") -> ReportMaker:
        def reader(customer: int, workspace: int, since: datetime) -> ReportReader:
            self.asked.append((customer, workspace, since))
            return None  # type: ignore[return-value]  # what reads needs none here

        return ReportMaker(
            self.store,
            name,
            reader,
            self.read_section,
            lambda _: "Acme",
            lambda: None,
            self.metrics,
            lambda: self.now,
        )

    def read_section(self, _: ReportReader, going_on: Callable[[], object]) -> dict[str, Any]:
        going_on()
        found = self.read()
        going_on()
        return found

    def tick(self, at: datetime) -> None:
        self.now = at
        self.maker().tick()

    def set(self, report: str, since: datetime) -> None:
        self.store.channels.update(self.channel, report=report)
        query = SlackChannel.update(report_since=since).where(SlackChannel.id == self.channel)
        self.store.database.run(query)

    def events(self) -> list[dict[str, Any]]:
        rows = self.store.database.rows(EventRow.select().order_by(EventRow.id))
        return [{**json.loads(row["data"]), "key": row["key"], "customer_id": row["customer"]} for row in rows]

    def claimed_after(self, waited: timedelta) -> list[str]:
        """Returns the keys of the reports that are sent after they have waited for so long."""
        query = EventRow.update(happened_at=self.store.database.now() - waited)
        self.store.database.run(query)
        claims = self.store.lanes.settle_and_claim([], 5, 30.0, 5)[1]
        return [each.key for claim in claims for each in claim.deliveries]

    def counted(self) -> dict[str, float]:
        return {series.labels[0]: series.value for series in self.metrics.reports.family().series}


@pytest.fixture
def office(store: Store) -> Office:
    add_people(store)
    workspace = store.workspaces.list()[0]
    made = Office(store, store.channels.add(workspace=workspace.id, channel_id="C0NOC").id)
    made.set(DAILY, DUE - timedelta(days=3, hours=-1))
    for missed in (2, 1):
        made.tick(DUE - timedelta(days=missed))
    made.store.database.run(EventRow.delete())
    made.asked.clear()
    made.metrics = Metrics()
    return made


def test_a_report_is_enqueued_once_for_its_channel_and_date(office: Office) -> None:
    office.tick(DUE - timedelta(seconds=1))
    assert office.events() == []
    for seconds in (0, 10, 3_600):
        office.tick(DUE + timedelta(seconds=seconds))
    (event,) = office.events()
    assert (event["key"], event["customer_id"]) == (f"report:{office.channel}:2026-11-29", 1)
    assert (event["late"], event["skipped"], event["sections"]) == (False, [], {"jobs": {"number": 3}})
    (delivery,) = office.store.outbox.list("waiting")
    assert delivery.channel_id == "C0NOC"
    workspace = office.store.workspaces.list()[0].id
    assert office.asked == [(1, workspace, DUE - timedelta(days=1))]  # since the last one
    assert office.counted() == {"sent": 1}


def test_one_that_is_late_says_so_and_names_those_that_were_skipped(office: Office) -> None:
    office.tick(DUE + timedelta(days=2, hours=3))
    (event,) = office.events()
    assert (event["key"].endswith("2026-12-01"), event["late"]) == (True, True)
    assert event["skipped"] == ["2026-11-29", "2026-11-30"]
    assert office.counted() == {"skipped": 2, "late": 1}
    assert [run.day for _, run in office.store.reports.skipped(DUE)] == ["2026-11-30", "2026-11-29"]


def test_one_that_is_too_late_is_skipped_and_the_channel_is_notified(office: Office) -> None:
    office.tick(DUE + timedelta(hours=3, seconds=1))
    office.tick(DUE + timedelta(hours=4))
    (event,) = office.events()
    assert (event["skipped"], event["sections"]) == (["2026-11-29"], {})
    assert (office.counted(), office.asked) == ({"skipped": 1}, [])
    office.tick(DUE + timedelta(days=1))
    assert office.asked[0][2] == DUE - timedelta(days=1)  # since the last one that was made


def test_one_that_waited_too_long_to_be_sent_is_skipped_and_the_channel_is_notified_once(office: Office) -> None:
    office.tick(DUE)
    assert office.claimed_after(TOO_LATE + timedelta(seconds=1)) == []
    for hours in (4, 5):
        office.tick(DUE + timedelta(hours=hours))
    _, event = office.events()
    assert (event["skipped"], event["sections"]) == (["2026-11-29"], {})
    assert office.counted() == {"sent": 1, "skipped": 1}
    assert [run.day for _, run in office.store.reports.skipped(DUE)] == ["2026-11-29"]
    assert office.claimed_after(timedelta(days=2)) == [event["key"]]  # that it did not go out is never too late


def test_one_that_waited_for_less_is_sent(office: Office) -> None:
    office.tick(DUE)
    assert office.claimed_after(TOO_LATE - timedelta(minutes=5)) == [f"report:{office.channel}:2026-11-29"]
    office.tick(DUE + timedelta(hours=4))
    assert len(office.events()) == 1


def test_one_that_cannot_be_made_is_tried_again(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> dict[str, Any]:
        raise ZeroDivisionError

    good, office.read = office.read, broken
    with caplog.at_level(logging.CRITICAL + 1):
        office.tick(DUE)
    assert office.events() == []
    office.read = good
    office.tick(DUE + timedelta(minutes=1))
    assert len(office.events()) == 1


def test_replicas_that_look_at_the_same_time_make_one(office: Office) -> None:
    office.now = DUE
    meet = threading.Barrier(4)

    def tick(name: str) -> None:
        meet.wait()
        office.maker(name).tick()

    threads = [threading.Thread(target=tick, args=(str(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    office.maker().tick()
    assert len(office.events()) == 1


def test_a_replica_that_slept_beyond_its_lease_enqueues_nothing(office: Office) -> None:
    def sleep() -> dict[str, Any]:
        (lease,) = (one for one in office.store.leases.all_live("") if one.name == LEASE)
        office.store.leases.release(lease)
        office.store.leases.acquire(LEASE, "another", 60)
        return {"jobs": {"number": 1}}

    office.read = sleep
    office.tick(DUE)
    assert office.events() == []


def test_a_time_that_is_set_later_concerns_the_reports_from_then_on(office: Office) -> None:
    office.set("daily 05:00 UTC", DUE)
    office.tick(DUE + timedelta(minutes=5))
    assert office.events() == []
    office.set("daily 09:00 UTC", DUE)
    office.tick(DUE + timedelta(hours=4))
    assert len(office.events()) == 1
    office.set("daily 12:00 UTC", DUE + timedelta(hours=4))
    office.asked.clear()
    office.tick(DUE + timedelta(hours=8))
    assert (len(office.events()), office.asked) == (1, [])  # one a date, and nothing is read for a second one
    assert office.store.reports.settled(office.channel) == "2026-11-29"


def test_a_clock_that_was_ahead_for_a_while_keeps_no_later_report_back(office: Office) -> None:
    office.tick(DUE + timedelta(days=20))
    office.store.database.run(EventRow.delete())
    office.tick(DUE)
    assert [event["key"][-10:] for event in office.events()] in (["2026-11-29"], [])
    office.tick(DUE + timedelta(days=30))
    assert office.events()[-1]["key"].endswith("2026-12-29")


def test_the_numbers_of_every_day_are_kept_and_give_the_trend(office: Office) -> None:
    for days in range(3):
        office.now = DUE - timedelta(days=6 - days)
        office.read = lambda days=days: {"jobs": {"number": days}, "drift": {"error": "WebNet is away."}}  # type: ignore[misc]
        office.maker().keep_numbers()
        office.maker().keep_numbers()
    assert {customer for customer, _, _ in office.asked} == {1, 2}  # of each workspace's customer
    assert len(office.asked) == 6
    office.tick(DUE)
    (event,) = office.events()
    assert event["trends"]["jobs"][-7:] == [None, 0, 1, 2, None, 3, 3]
    assert event["trends"]["drift"] == [None] * 14
    assert office.store.reports.numbers(1, "2026-11-29") == {"2026-11-29": {"jobs": 2}}


def test_the_numbers_of_a_week_are_kept_for_no_day(office: Office) -> None:
    office.set("weekly sun 07:30 Europe/Berlin", DUE - timedelta(hours=1))
    office.store.database.run(ReportRun.delete())
    office.tick(DUE)
    assert len(office.events()) == 1
    assert office.store.reports.numbers(1, "2026-11-01") == {"2026-11-27": {"jobs": 3}, "2026-11-28": {"jobs": 3}}


def test_the_numbers_of_a_few_hours_are_kept_for_no_day(office: Office) -> None:
    office.store.database.run(ReportRun.update(made_at=DUE - timedelta(hours=2)))
    office.tick(DUE)
    assert len(office.events()) == 1
    assert office.store.reports.numbers(1, "2026-11-29") == {}


def test_nothing_is_made_for_a_disabled_workspace_or_a_time_nobody_can_read(office: Office) -> None:
    office.set("daily 07:30 Atlantis/City", DUE - timedelta(days=1))
    office.tick(DUE)
    office.set(DAILY, DUE - timedelta(hours=1))
    office.store.workspaces.update(office.store.workspaces.list()[0].id, enabled=False)
    office.tick(DUE)
    assert office.events() == []
