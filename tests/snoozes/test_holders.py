"""What snoozes and unreachable devices hold, from the event to the release, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from bot.channels import Channels
from bot.core.events import DeviceFacts, Event, Facts
from bot.core.holding import Holders
from bot.core.notice_kinds import DRIFT, JOB_FAILURE
from bot.delivery.release import Release
from bot.feeds.enqueue import Enqueuer
from bot.snoozes.holders import ByReachability, BySnooze
from bot.snoozes.keeper import SnoozeKeeper
from store.database import Store
from store.directory import Device
from store.snoozes import Snooze

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
RTR17 = (DeviceFacts(17, "rtr17"),)
BACKUP = Facts(kind="job", outcome="failed", job_type="config_backup", devices=RTR17, opens=("backup:17",))
ALERT = Facts(kind="drift", severity="warning", devices=RTR17, opens=("drift:alert:5",))


@dataclass
class Place:
    """Two channels of Acme, which have rtr17, and one of Globex, which has it by the same number."""

    store: Store
    alerts: int
    noc: int
    foreign: int

    @property
    def holders(self) -> Holders:
        return Holders(ByReachability(self.store.reachability), reading=[partial(BySnooze, self.store)])

    def snooze(self, channel: int | None, lasts: timedelta = HOUR, **changes: Any) -> Snooze:
        (workspace, *_) = self.store.workspaces.list()
        values: dict[str, Any] = {
            "kind": "device", "subject": 17, "device": 17, "name": "rtr17", "reason": "a new card", "by": "oscar",
            "until_resolved": False, "rank": 0, "faults": (), "user": 3, "events": (),
        }  # fmt: skip
        until = self.store.database.now() + lasts
        return self.store.snoozes.start(
            workspace=workspace.id, channel=channel, customer=1, until=until, **{**values, **changes}
        )

    def enqueue(self, key: str, facts: Facts, customer: int = 1) -> None:
        flag = DRIFT.flag if facts.kind == "drift" else JOB_FAILURE.flag
        event = Event(key, facts.kind, flag, customer, NOON, {"total": 1}, facts=facts)
        with self.store.transaction():
            Enqueuer(self.store, self.holders).enqueue([event])

    def release(self) -> None:
        SnoozeKeeper(self.store).tick()
        Release(self.store.held, Channels(self.store.channels), self.holders, lambda: None).tick()

    def of(self, status: Any) -> set[tuple[str, str]]:
        return {(each.key, each.channel_id) for each in self.store.outbox.list(status)}


@pytest.fixture
def place(store: Store) -> Place:
    rows = []
    for customer, team in ((1, "T0ACME"), (2, "T0GLOBEX")):
        workspace = store.workspaces.add(
            customer=customer, team_id=team, team_name=team, bot_user_id="U0BOT", bot_token="xoxb-1", signing_secret="s",
            app_token=None, enabled=True,
        )  # fmt: skip
        for channel in ("C0ALERTS", "C0NOC") if customer == 1 else ("C0GXNOC",):
            flags = {DRIFT.flag, JOB_FAILURE.flag}
            rows.append(store.channels.add(workspace=workspace.id, channel_id=channel, flags=flags).id)
    store.directory.put([Device(id=17, customer=1, hostname="rtr17", enabled=True)])
    return Place(store, *rows)


def test_a_snooze_holds_in_its_channel_and_everywhere_in_those_of_its_customer(place: Place) -> None:
    place.snooze(place.alerts)
    place.enqueue("a", BACKUP)
    assert (place.of("held"), place.of("waiting")) == ({("a", "C0ALERTS")}, {("a", "C0NOC")})
    place.snooze(None)
    place.enqueue("b", BACKUP)
    place.enqueue("canary", BACKUP, customer=2)
    assert place.of("held") == {("a", "C0ALERTS"), ("b", "C0ALERTS"), ("b", "C0NOC")}
    assert ("canary", "C0GXNOC") in place.of("waiting")


def test_what_is_pressing_passes(place: Place) -> None:
    place.snooze(None)
    place.enqueue("a", replace(BACKUP, pressing=True))
    assert place.of("held") == set()


def test_a_severity_that_rises_passes_and_brings_what_was_held(place: Place) -> None:
    place.snooze(place.alerts)
    place.enqueue("a", ALERT)
    place.enqueue("b", replace(ALERT, severity="critical", opens=("drift:alert:6",)))
    assert ("b", "C0ALERTS") in place.of("waiting")
    place.release()
    assert place.of("held") == set()
    assert place.store.snoozes.open() == []
    assert [row.text for row in place.store.audit.list()] == [
        "the snooze of rtr17 ended: something more severe came",
    ]


def resolved(place: Place) -> None:
    place.enqueue("b", replace(BACKUP, outcome="success", opens=(), ends=("backup:17",)))
    (snooze,) = place.store.snoozes.open()
    place.store.snoozes.shorten(snooze, place.store.database.now(), snooze.why)  # without the second that it waits


def test_what_is_held_for_a_snooze_that_ended_is_held_on_by_another_one(place: Place) -> None:
    short = place.snooze(place.alerts)
    long = place.snooze(None, 2 * HOUR)
    place.enqueue("a", BACKUP)
    place.store.snoozes.end(long, "by alice")
    place.release()
    (held,) = place.store.outbox.list("held")
    assert (held.channel_id, held.held_for, held.held_until) == ("C0ALERTS", short.held_for, short.until)
    assert place.of("waiting") == {("a", "C0NOC")}


def gone(place: Place) -> None:
    place.store.directory.remove(17)


def moved(place: Place) -> None:
    place.store.directory.put([Device(id=17, customer=2, hostname="rtr17", enabled=True)])


def late(place: Place) -> None:
    """An event is routed by a snooze that another replica has just ended."""
    (snooze,) = place.store.snoozes.open()
    before = BySnooze(place.store)
    place.store.snoozes.end(snooze, "by oscar")
    event = Event("late", "job", JOB_FAILURE.flag, 1, NOON, {"total": 1}, facts=BACKUP)
    with place.store.transaction():
        Enqueuer(place.store, Holders(reading=[lambda: before])).enqueue([event])


def over(place: Place) -> None:
    """Its time is up, whether or not a bot runs then."""
    (snooze,) = place.store.snoozes.open()
    place.store.snoozes.shorten(snooze, place.store.database.now(), "")


ELSEWHERE = "the snooze of rtr17 ended: it is gone, or belongs to another customer"


@pytest.mark.parametrize(
    ("happens", "noted"),
    [
        (gone, [ELSEWHERE]),
        (moved, [ELSEWHERE]),
        (late, []),  # the command of whoever ended it has a row
        (over, ["the snooze of rtr17 ended: its time was up"]),
        (resolved, ["the snooze of rtr17 ended: all of it was resolved"]),
    ],
)
def test_what_a_snooze_held_is_released_however_it_ended(
    place: Place, happens: Callable[[Place], None], noted: list[str]
) -> None:
    place.snooze(place.alerts, until_resolved=True)
    place.enqueue("a", BACKUP)
    happens(place)
    place.release()
    assert place.of("held") == set()
    assert ("a", "C0ALERTS") in place.of("waiting")
    assert place.store.snoozes.open() == []
    place.release()
    rows = place.store.audit.list()
    assert [row.text for row in rows] == noted
    assert {(row.customer, row.team_id, row.channel_id, row.device, row.way) for row in rows} <= {
        (1, "T0ACME", "C0ALERTS", 17, "event")
    }


@pytest.mark.parametrize(
    "facts", [replace(BACKUP, job_type="check_reachability"), replace(BACKUP, outcome="success"), ALERT]
)
def test_an_unreachable_device_holds_no_more_than_its_failed_backups(place: Place, facts: Facts) -> None:
    place.store.reachability.put(1, {17: False}, 7, NOON)
    place.enqueue("a", facts)
    assert place.of("held") == set()


def test_an_unreachable_device_holds_its_failed_backups_until_it_answers(place: Place) -> None:
    place.store.reachability.put(1, {17: False}, 7, NOON)
    place.store.reachability.put(2, {17: True}, 8, NOON)
    place.enqueue("a", BACKUP)
    place.enqueue("canary", BACKUP, customer=2)
    assert place.of("held") == {("a", "C0ALERTS"), ("a", "C0NOC")}
    (since,) = place.store.reachability.unreachable(1)
    assert {each.held_until for each in place.store.outbox.list("held")} == {since.since + 24 * HOUR}
    place.release()
    assert len(place.of("held")) == 2
    place.store.reachability.put(1, {17: True}, 9, NOON + HOUR)
    place.release()
    assert place.of("held") == set()
