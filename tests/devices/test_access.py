"""A command finds the devices of its customer, and a stored request the ones that it was admitted for."""

from __future__ import annotations

import pytest

from bot.core.errors import NotFound
from bot.core.message import Buttons
from bot.devices.access import Devices
from bot.devices.directory import Directory
from bot.webnet.client import Target, WebNet
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
    return Devices(1, "ping", None, webnet, directory)


def stored(typed: Devices, *ids: int) -> Devices:
    """Makes the devices for a stored request that was admitted for these ids."""
    return Devices(typed.customer, typed.command, ids, typed._webnet, typed._directory)


def test_a_stored_request_gets_the_device_that_it_was_admitted_for(typed: Devices, lab: WebNetLab) -> None:
    admitted = typed.find("rtr-fra1-001", exact=True)
    lab.change("devices", admitted.id, hostname="old-name")
    lab.change("devices", 2, hostname="rtr-fra1-001")
    typed._directory.sweep()
    assert typed.find("rtr-fra1-001", exact=True).id == 2
    assert stored(typed, admitted.id).find("rtr-fra1-001", exact=True).id == admitted.id


@pytest.mark.parametrize("ids", [(), (1, 2), (999_999,)], ids=["none", "several", "gone"])
def test_a_stored_request_without_just_one_device_that_is_left_finds_none(typed: Devices, ids: tuple[int, ...]) -> None:
    with pytest.raises(NotFound, match="was asked for is no longer in WebNet"):
        stored(typed, *ids).find("rtr-fra1-001", exact=True)


def test_a_stored_request_never_gets_the_device_of_another_customer(typed: Devices, lab: WebNetLab) -> None:
    foreign = next(row["id"] for row in lab.rows("devices") if row["customer"] == GLOBEX)
    with pytest.raises(NotFound):
        stored(typed, foreign).find("rtr-fra1-001", exact=True)


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


def test_the_devices_of_a_job_are_all_there_or_the_job_is_refused(
    typed: Devices, webnet: WebNet, lab: WebNetLab
) -> None:
    one, both = webnet.job(lab.start_job("config_backup", [1])), webnet.job(lab.start_job("config_backup", [1, 2]))
    assert [target.id for target in typed.of(both)] == [1, 2]
    assert typed.only_one_of(both) is None
    assert typed.only_one_of(one) == typed.find("#1", exact=True)
    typed._directory.forget(1)
    assert typed.only_one_of(one) is None
    with pytest.raises(NotFound, match="A device of job"):
        typed.of(both)
