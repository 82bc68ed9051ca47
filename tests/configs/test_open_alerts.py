"""Open drift alerts belong to the customer of the device whose own list of drifts holds their record."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.configs.open_alerts import COPY_S, MOST_ASKED, OpenAlerts
from bot.core.errors import WebNetError
from bot.devices.directory import Directory
from bot.webnet.client import WebNet
from lab.webnet import ManualClock, WebNetLab
from store.database import Store


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def wall() -> ManualClock:
    return ManualClock(datetime.now(UTC))


@pytest.fixture
def alerts(lab: WebNetLab, webnet: WebNet, store: Store, clock: Clock, wall: ManualClock) -> OpenAlerts:
    directory = Directory(webnet, store.directory, store.cursors)
    directory.sweep()
    for row in lab.rows("alerts"):
        lab.change("alerts", row["id"], status="resolved")
    return OpenAlerts(webnet, directory, store.cursors, clock, wall)


def raised(lab: WebNetLab, device: int, hostname: str = "", status: str = "open") -> int:
    drift = lab.add("drifts", device=device)
    name = hostname or lab.row("devices", device)["hostname"]
    return int(lab.add("alerts", drift=drift["id"], drift_device_hostname=name, status=status)["id"])


def numbers(alerts: OpenAlerts, customer: int = 1) -> list[int]:
    return [alert.id for alert, _ in alerts.of(customer).alerts]


def of_customer(lab: WebNetLab, customer: int) -> list[int]:
    return [row["id"] for row in lab.rows("devices") if row["customer"] == customer]


def test_only_open_alerts_of_the_customers_own_devices_are_listed_even_where_names_are_alike(
    lab: WebNetLab, alerts: OpenAlerts, store: Store
) -> None:
    acme, globex = of_customer(lab, 1)[0], of_customer(lab, 2)[0]
    name = lab.row("devices", acme)["hostname"]
    own = raised(lab, acme)
    raised(lab, globex, name)
    raised(lab, acme, status="acknowledged")
    found = alerts.of(1)
    assert [(alert.id, target.id) for alert, target in found.alerts] == [(own, acme)]
    assert found.complete
    assert numbers(alerts, 2) == []


def test_a_list_serves_for_seconds_and_no_device_is_asked_twice(
    lab: WebNetLab, alerts: OpenAlerts, clock: Clock
) -> None:
    acme = of_customer(lab, 1)[0]
    first = raised(lab, acme)
    assert numbers(alerts) == [first]
    asked = lab.request_count
    assert numbers(alerts) == [first]
    assert lab.request_count == asked
    second = raised(lab, acme)
    clock.now += COPY_S
    assert numbers(alerts) == [second, first]
    lab.change("alerts", first, status="acknowledged")
    alerts.changed(1, first, "acknowledged")
    assert numbers(alerts) == [second]
    assert lab.request_count == asked + 3  # two lists, and the drifts of the device once more


def test_of_many_devices_some_are_asked_at_a_time(lab: WebNetLab, alerts: OpenAlerts) -> None:
    raised_ones = [raised(lab, device) for device in of_customer(lab, 1)[: MOST_ASKED + 2]]
    found = alerts.of(1)
    assert (len(found.alerts), found.complete) == (MOST_ASKED, False)
    found = alerts.of(1)
    assert ([alert.id for alert, _ in found.alerts], found.complete) == (raised_ones[::-1], True)


@pytest.mark.parametrize("kind", ["error", "delay"])
def test_one_device_that_cannot_be_read_hides_no_other_and_is_asked_for_more_and_more_seldom(
    lab: WebNetLab, alerts: OpenAlerts, wall: ManualClock, kind: Any
) -> None:
    first, second = of_customer(lab, 1)[:2]
    raised(lab, first)
    other = raised(lab, second)
    fault = lab.fault(kind, prefix=f"/api/v1/config/drift/device/{first}", delay_s=2.5)
    found = alerts.of(1)
    assert ([alert.id for alert, _ in found.alerts], found.complete) == ([other], False)
    fault.lift()
    lab.clear_record()
    assert not alerts.of(1).complete
    assert lab.record == []
    wall.advance(61)
    assert alerts.of(1).complete
    lab.fault("away")
    with pytest.raises(WebNetError):
        alerts.changed(1, other, "resolved")
        alerts.of(1)
