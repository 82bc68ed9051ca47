"""An expression becomes the devices of one customer, each as WebNet has it now; what is left out is named with the reason."""

from __future__ import annotations

from functools import partial

import pytest

from bot.core.arguments import write_for_device
from bot.core.errors import BotError, Conflict, NotFound
from bot.devices.access import MOST_READ_ALONE, Devices
from bot.devices.directory import Directory
from bot.devices.groups import MOST_NESTED, Groups
from bot.devices.selection import Selection
from bot.webnet.client import WebNet
from lab.webnet import WebNetLab
from store.database import Store

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)  # tests/store holds both to the same
ACME, GLOBEX = 1, 2
DISABLED, FOREIGN = 10, 131


@pytest.fixture
def devices(webnet: WebNet, store: Store, lab: WebNetLab) -> Devices:
    directory = Directory(webnet, store.directory, store.cursors)
    directory.sweep()
    lab.clear_record()
    return Devices(ACME, partial(write_for_device, "ping"), None, (), 200, webnet, directory, Groups(webnet))


def ids(selection: Selection) -> set[int]:
    return {target.id for target in selection.targets}


def left_out(selection: Selection) -> list[str]:
    return [each.words for each in selection.left_out]


def refusal(devices: Devices, *words: str) -> str:
    with pytest.raises(BotError) as raised:
        devices.select(words)
    return raised.value.words


def of_customer(lab: WebNetLab, **fields: str) -> set[int]:
    return {
        row["id"]
        for row in lab.rows("devices")
        if row["customer"] == ACME and all(row[name] == value for name, value in fields.items())
    }


def enabled(lab: WebNetLab, wanted: set[int]) -> set[int]:
    return {device for device in wanted if lab.row("devices", device)["enabled"]}


def test_names_addresses_and_numbers_add_up_by_name(devices: Devices, lab: WebNetLab) -> None:
    address = lab.row("devices", 3)["mgmt_ip"]
    selection = devices.select(("rtr-fra1-001", address, "#2", "#1"))
    assert [target.hostname for target in selection.targets] == ["edge-nyc1-003", "lsw-ams2-002", "rtr-fra1-001"]
    assert selection.left_out == ()


def test_a_group_by_its_name_in_any_case_or_its_number(devices: Devices) -> None:
    by_name, by_number = devices.select(("@Core-Routers",)), devices.select(("@#1",))
    assert by_name == by_number
    assert ids(by_name) == {1, 2, 3, 4, 5, 6}


def test_a_group_has_the_devices_of_all_groups_below_it_once(devices: Devices, lab: WebNetLab) -> None:
    top = lab.add_group("everything", [1, 2])
    middle = lab.add_group("middle", [2, 3], parent=top)
    lab.add_group("leaf", [5], parent=middle)
    lab.add_group("ours no more", [6], parent=top, customer=GLOBEX)
    lab.change("groups", top, parent=middle)  # a circle, which WebNet does not refuse
    assert ids(devices.select(("@everything",))) == {1, 2, 3, 5}


def test_a_dynamic_group_has_the_devices_that_fit_its_rules_now(devices: Devices, lab: WebNetLab) -> None:
    lab.change("devices", 1, vendor="arista")
    assert ids(devices.select(("@all-arista",))) == enabled(lab, of_customer(lab, vendor="arista"))
    assert 1 in ids(devices.select(("@all-arista",)))


def test_disabled_gone_and_foreign_devices_are_left_out_and_named(devices: Devices, lab: WebNetLab) -> None:
    lab.add_group("mixed", [1, DISABLED, FOREIGN])
    lab.delete("devices", 2)
    selection = devices.select(("@mixed", "#3", "#2"))
    assert ids(selection) == {1, 3}
    disabled = lab.row("devices", DISABLED)["hostname"]
    assert sorted(left_out(selection)) == sorted(
        [f"{disabled} is disabled in WebNet", "lsw-ams2-002 is not here", f"#{FOREIGN} is not here"]
    )
    foreign = lab.row("devices", FOREIGN)["hostname"]
    assert foreign not in " ".join(left_out(selection))


def test_a_device_that_has_another_name_by_now_is_left_out(devices: Devices, lab: WebNetLab) -> None:
    lab.change("devices", 1, hostname="other", touch=False)
    selection = devices.select(("rtr-fra1-001", "#2"))
    assert ids(selection) == {2}
    assert left_out(selection) == ["other (10.10.0.1) was rtr-fra1-001 (10.10.0.1) when it was looked up"]


def test_filters_alone_mean_every_device_of_the_customer_that_fits(devices: Devices, lab: WebNetLab) -> None:
    selection = devices.select(("site:FRA1", "site:ams2", "vendor:cisco"))
    wanted = of_customer(lab, site="fra1", vendor="cisco") | of_customer(lab, site="ams2", vendor="cisco")
    assert ids(selection) == enabled(lab, wanted)
    assert len(selection.left_out) == len(wanted) - len(ids(selection))


def test_filters_narrow_what_is_named(devices: Devices, lab: WebNetLab) -> None:
    fitting = of_customer(lab, vendor="cisco") & {1, 2, 3, 4, 5, 6}
    assert ids(devices.select(("@core-routers", "vendor:cisco"))) == fitting
    assert ids(devices.select(("#1", "#3", "vendor:cisco"))) == {1}


def test_a_change_that_the_copy_has_not_seen_counts(devices: Devices, lab: WebNetLab) -> None:
    lab.change("devices", 2, site="lab9")
    lab.change("devices", 3, site="lab9", enabled=False)
    selection = devices.select(("site:lab9",))
    assert ids(selection) == {2}
    assert left_out(selection) == ["edge-nyc1-003 is disabled in WebNet"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("#1", "rtr-fra1-0001"), "There is no device `rtr-fra1-0001` here, so nothing was done. Did you mean `rtr-fra1-001`"),
        (("#1", "rtr-fra1-0"), "There is no device `rtr-fra1-0` here, so nothing was done. Did you mean `rtr-fra1-001`"),
        (("#1", "@core-ruoters"), "There is no group `@core-ruoters` here, so nothing was done. Did you mean `@core-routers`?"),
        (("@globex-fra",), "There is no group `@globex-fra` here, so nothing was done."),
        (("@#4",), "There is no group `@#4` here, so nothing was done."),
        (("#1,#2", "#3"), "There is no device `#1,#2` here, so nothing was done. Put a blank between them: `#1 #2`."),
        (("all",), "There is no device `all` here. Several are named by `@group`, or by a filter such as `site:fra1`."),
        (("#1,#2",), "There is no device `#1,#2` here. Put a blank between them: `#1 #2`."),
        (("site:fra1,ams2",), "No device here fits `site:fra1,ams2`, so nothing was done. Put a blank between them: `site:fra1 site:ams2`."),
        (("@a,@b",), "There is no group `@a,@b` here, so nothing was done. Put a blank between them: `@a @b`."),
        (("@empty-static",), "There is no device in `@empty-static`, so nothing was done."),
        (("site:fra2",), "No device here fits `site:fra2`, so nothing was done. Did you mean `site:fra1`?"),
        (("site:nyc1", "vendor:arista", "role:x"), "No device here fits `role:x`, so nothing was done."),
        (("#1", "site:nyc1"), "None of these devices fits `site:nyc1`, so nothing was done."),
        ((f"#{DISABLED}", f"#{FOREIGN}"), f"There is no device `#{FOREIGN}` here, so nothing was done."),
        ((f"#{DISABLED}", "#23"), "Nothing was done: leaf-ams2-010 is disabled in WebNet; sw-nyc1-023 is disabled in WebNet."),
    ],
)  # fmt: skip
def test_a_refusal_says_which_word_and_sends_nothing(
    devices: Devices, lab: WebNetLab, words: tuple[str, ...], says: str
) -> None:
    assert refusal(devices, *words).startswith(says)
    assert {entry.method for entry in lab.record} <= {"GET"}


def test_a_name_that_several_groups_have_is_answered_with_their_numbers(devices: Devices, lab: WebNetLab) -> None:
    first, second = lab.add_group("core", [1]), lab.add_group("CORE", [2])
    lab.add_group("core", [FOREIGN], customer=GLOBEX)
    assert ids(devices.select(("@core",))) == {1}  # to the letter
    assert refusal(devices, "@Core") == (
        f"Several groups are named core: name one by its number, `@#{first}`, `@#{second}`."
    )


def test_a_group_that_was_deleted_meanwhile(devices: Devices, lab: WebNetLab) -> None:
    devices.select(("@core-routers",))
    lab.delete("groups", 1)
    assert "was deleted just now" in refusal(devices, "@core-routers")
    assert "There is no group" in refusal(devices, "@core-routers")


def test_more_devices_or_groups_than_are_allowed(devices: Devices, lab: WebNetLab) -> None:
    top = lab.add_group("deep")
    for number in range(MOST_NESTED):
        lab.add_group(f"deep-{number}", parent=top)
    lab.clear_record()
    few = Devices(
        ACME, partial(write_for_device, "ping"), None, (), 5, devices._webnet, devices._directory, devices._groups
    )
    with pytest.raises(Conflict, match="That is 6 devices, where 5 are allowed"):
        few.select(("@core-routers",))
    with pytest.raises(Conflict, match=f"stands for {MOST_NESTED + 1} groups, where {MOST_NESTED} are allowed"):
        few.select(("@deep",))
    assert [entry.path for entry in lab.record if "/devices/" in entry.path] == ["/api/v1/device-groups/1/devices/"]


def test_many_devices_cost_no_more_requests_than_the_whole_list(devices: Devices, lab: WebNetLab) -> None:
    devices.select(("site:fra1", "site:ams2", "site:nyc1"))
    pages = -(-len(lab.rows("devices")) // 50)
    read = [entry for entry in lab.record if entry.path.startswith("/api/v1/devices/")]
    assert len(read) <= pages + 2
    lab.clear_record()
    devices.select(tuple(f"#{number}" for number in range(1, 8)))
    assert len(lab.record) == 7 <= MOST_READ_ALONE


def test_a_single_plain_name_is_found_as_ever(devices: Devices, lab: WebNetLab) -> None:
    assert devices.select(("RTR-fra1-001",)).targets == (devices.find("rtr-fra1-001", exact=True),)
    assert [entry for entry in lab.record if entry.path == "/api/v1/devices/1/"] == []  # the gate reads it
    with pytest.raises(NotFound) as raised:
        devices.select(("rtr-fra1-00",))
    assert raised.value.message.parts != ()
    assert "begin with it" in raised.value.words
