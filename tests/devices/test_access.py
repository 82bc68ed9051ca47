"""A command finds the devices of its customer, and a stored request the ones that it was admitted for."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from bot.core.arguments import write_for_device
from bot.core.errors import NotFound, WebNetError
from bot.core.message import Buttons
from bot.devices.access import MOST_BROKEN, Devices
from bot.devices.directory import Directory
from bot.devices.groups import Groups
from bot.webnet.client import WebNet
from bot.webnet.target import Target
from lab.webnet import WebNetLab
from store.database import Store

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)  # tests/store holds both to the same
GLOBEX = 2


@pytest.fixture
def directory(webnet: WebNet, store: Store) -> Directory:
    found = Directory(webnet, store.directory, store.cursors)
    found.sweep()
    return found


@pytest.fixture
def typed(webnet: WebNet, directory: Directory) -> Devices:
    return Devices(1, partial(write_for_device, "ping"), None, (), 200, webnet, directory, Groups(webnet))


def test_a_stored_request_gets_the_device_as_it_was_admitted(typed: Devices, lab: WebNetLab) -> None:
    admitted = typed.find("rtr-fra1-001", exact=True)
    lab.change("devices", admitted.id, hostname="old-name")
    lab.change("devices", 2, hostname="rtr-fra1-001")
    typed._directory.sweep()
    assert typed.find("rtr-fra1-001", exact=True).id == 2
    stored = replace(typed, admitted=(admitted,))
    assert stored.find("rtr-fra1-001", exact=True) == admitted  # which the gate refuses, since its name has changed
    assert stored.select(("site:fra1",)).targets == (admitted,)


@pytest.mark.parametrize("devices", [0, 2])
def test_a_stored_request_for_none_or_several_is_not_one_for_a_device(typed: Devices, devices: int) -> None:
    admitted = tuple(typed.find(f"#{number + 1}", exact=True) for number in range(devices))
    with pytest.raises(NotFound, match="not asked for one device"):
        replace(typed, admitted=admitted).find("rtr-fra1-001", exact=True)


def test_the_buttons_of_a_question_carry_the_command_and_the_id(typed: Devices) -> None:
    with pytest.raises(NotFound) as raised:
        typed.find("rtr-fra1-00", exact=True)
    (buttons,) = (part.buttons for part in raised.value.message.parts if isinstance(part, Buttons))
    assert all(button.command.startswith("ping #") for button in buttons)


@pytest.mark.parametrize("gone", ["deleted", "moved"])
def test_a_device_that_is_gone_by_now_leaves_the_directory(typed: Devices, lab: WebNetLab, gone: str) -> None:
    target = typed.find("rtr-fra1-001", exact=True)
    assert typed.live(target) is not None
    if gone == "deleted":
        lab.delete("devices", target.id)
    else:
        lab.change("devices", target.id, customer=GLOBEX)
    assert typed.live(target) is None
    assert typed._directory.target(1, target.id) is None


def test_a_device_that_has_another_name_by_now_is_found_by_it(typed: Devices, lab: WebNetLab) -> None:
    target = typed.find("rtr-fra1-001", exact=True)
    lab.change("devices", target.id, hostname="new-name")
    device = typed.live(target)
    assert device is not None
    assert not target.names(device)
    assert typed._directory.target(1, target.id) == Target(target.id, "new-name", target.mgmt_ip)


def test_the_devices_of_a_job_are_those_that_are_still_here(typed: Devices, webnet: WebNet, lab: WebNetLab) -> None:
    one, both = webnet.job(lab.start_job("config_backup", [1])), webnet.job(lab.start_job("config_backup", [1, 2]))
    assert [target.id for target in typed.of(both).targets] == [2, 1]
    assert typed.only_one_of(both) is None
    assert [target.id for target in typed.of(one).targets] == [1]
    typed._directory.forget(1)
    assert typed.only_one_of(one) is None
    with pytest.raises(NotFound, match="The device of job"):
        typed.of(one)
    lab.delete("devices", 1)
    left = typed.of(both)
    assert ([target.id for target in left.targets], [each.words for each in left.left_out]) == ([2], ["#1 is not here"])


def test_here_are_only_the_devices_that_webnet_still_has_for_the_customer(typed: Devices, lab: WebNetLab) -> None:
    targets = [typed._directory.target(1, number) for number in range(1, 31)]
    known = [target for target in targets if target]
    lab.change("devices", 1, touch=False, customer=GLOBEX)
    lab.delete("devices", 2)
    assert typed.here(known[:4]) == {3, 4}
    lab.change("devices", 3, touch=False, customer=GLOBEX)
    assert typed.here(known) == {*range(4, 31)}


@pytest.mark.parametrize("kind", ["garbage", "away", "delay"])
def test_one_device_that_webnet_cannot_show_hides_no_other(typed: Devices, lab: WebNetLab, kind: Any) -> None:
    targets = [target for number in (1, 2) if (target := typed._directory.target(1, number))]
    lab.fault(kind, prefix="/api/v1/devices/1/", delay_s=2.5)  # longer than the bot waits
    assert typed.here(targets) == {2}


@pytest.mark.parametrize("kind", ["error", "away"])
def test_where_webnet_is_away_no_device_counts_as_gone(typed: Devices, lab: WebNetLab, kind: Any) -> None:
    targets = [target for number in (1, 2) if (target := typed._directory.target(1, number))]
    lab.fault(kind)
    with pytest.raises(WebNetError):
        typed.here(targets)


@pytest.mark.parametrize("number", [1, 12])
def test_where_webnet_shows_no_device_none_counts_as_gone_and_few_are_asked_for(
    typed: Devices, lab: WebNetLab, number: int
) -> None:
    targets = [typed.find(f"#{device}", exact=True) for device in range(1, number + 1)]
    lab.clear_record()
    lab.fault("away", prefix="/api/v1/devices/")
    with pytest.raises(WebNetError):
        typed.here(targets)
    asked = {entry.path for entry in lab.record if entry.path.startswith("/api/v1/devices/")}
    assert len(asked) == min(number, MOST_BROKEN)
