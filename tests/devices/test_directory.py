"""The copy of WebNet's device list finds devices; these tests count what is read and written for it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import pytest

from bot.core.errors import Conflict, WebNetBroken, WebNetError, WebNetForbidden
from bot.devices.directory import Directory, Found
from bot.webnet.client import WebNet
from bot.webnet.transport import Transport
from lab.webnet import WebNetLab
from store.database import Store

LIST = "/api/v1/devices/"
pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)  # tests/store holds both to the same


@dataclass
class Clock:
    """Passes a millisecond whenever it is read."""

    now: float = 1_000.0

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def directory(webnet: WebNet, store: Store, lab: WebNetLab, clock: Clock) -> Directory:
    """Makes a directory that was swept once and read last a minute ago."""
    found = Directory(webnet, store.directory, store.cursors, monotonic=clock)
    found.sweep()
    lab.clear_record()
    clock.now += 60
    return found


def lists(lab: WebNetLab) -> list[str]:
    """Returns the pages of the list that were read."""
    return [entry.query.replace("%2C", ",") for entry in lab.record if entry.path == LIST]


def singles(lab: WebNetLab) -> set[str]:
    return {entry.path.removeprefix(LIST) for entry in lab.record if entry.path != LIST and entry.path.startswith(LIST)}


def names(found: Found) -> list[str]:
    return [target.hostname for target in found.targets]


def known(store: Store) -> set[int]:
    return {n for n in range(400) if any(store.directory.get(customer, n) for customer in (1, 2))}


def in_webnet(lab: WebNetLab) -> set[int]:
    return {row["id"] for row in lab.rows("devices")}


def test_a_sweep_reads_every_page_by_id(webnet: WebNet, store: Store, lab: WebNetLab) -> None:
    Directory(webnet, store.directory, store.cursors).sweep()
    assert known(store) == in_webnet(lab)
    assert [page for page in lists(lab) if "updated_at" not in page] == [f"ordering=id&page={n}" for n in (1, 2, 3, 4)]


def test_a_sweep_drops_what_is_gone_and_asks_for_each_first(directory: Directory, store: Store, lab: WebNetLab) -> None:
    lab.delete("devices", 7)
    directory.sweep()
    assert known(store) == in_webnet(lab)
    assert singles(lab) == {"7/"}


def test_a_row_that_slips_to_a_page_already_read_is_kept(directory: Directory, store: Store, lab: WebNetLab) -> None:
    """A deletion on page 1 while page 2 is being read moves device 51 from page 2 to page 1."""
    lab.before("GET", LIST, lambda: lab.before("GET", LIST, lambda: lab.delete("devices", 3)))
    directory.sweep()
    assert known(store) == in_webnet(lab) | {3}  # it was there when its page was read; the next sweep drops it
    assert singles(lab) == {"51/"}
    directory.sweep()
    assert known(store) == in_webnet(lab)


def test_a_device_that_comes_in_during_a_sweep_is_there(directory: Directory, store: Store, lab: WebNetLab) -> None:
    lab.before("GET", LIST, lambda: lab.before("GET", LIST, lambda: lab.add("devices", customer=1, hostname="late")))
    directory.sweep()
    assert known(store) == in_webnet(lab)


def test_a_device_that_moves_to_another_customer_moves_with_its_row(directory: Directory, lab: WebNetLab) -> None:
    name = lab.row("devices", 4)["hostname"]
    lab.change("devices", 4, customer=2, touch=False)
    directory.sweep()
    assert directory.find(1, name, to_act=False).targets == ()
    assert names(directory.find(2, name, to_act=False)) == [name]


def test_a_sweep_that_fails_drops_nothing(directory: Directory, store: Store, lab: WebNetLab) -> None:
    lab.delete("devices", 7)
    lab.before("GET", LIST, lambda: lab.fault("error", prefix=LIST))
    with pytest.raises(WebNetBroken):
        directory.sweep()
    assert 7 in known(store)


def hide_row(lab: WebNetLab, device: int) -> None:
    """Makes a row of the list one that the bot cannot read."""
    lab.fault("alter", prefix=LIST, alter=lambda text: text.replace(f'"id":{device},', '"id":null,'))


@pytest.mark.parametrize("kind", ["error", "away", "truncated"])
def test_a_device_that_webnet_cannot_show_keeps_no_other_from_being_dropped(
    directory: Directory, store: Store, lab: WebNetLab, kind: Any
) -> None:
    lab.fault(kind, prefix=f"{LIST}5/")
    hide_row(lab, 5)
    lab.delete("devices", 7)
    directory.sweep()
    assert singles(lab) == {"5/", "7/"}
    assert 5 in known(store)
    assert 7 not in known(store)


@pytest.mark.parametrize("kind", ["error", "away"])
def test_a_sweep_during_which_webnet_goes_away_drops_nothing(
    directory: Directory, store: Store, lab: WebNetLab, kind: Any
) -> None:
    lab.fault("truncated", prefix=f"{LIST}5/")
    hide_row(lab, 5)
    lab.delete("devices", 7)
    lab.before("GET", f"{LIST}5/", lambda: lab.fault(kind))
    with pytest.raises(WebNetError):
        directory.sweep()
    assert {5, 7} <= known(store)


def test_a_key_that_sees_nothing_drops_nothing(
    directory: Directory, store: Store, lab: WebNetLab, clock: Clock
) -> None:
    viewer = WebNet(Transport(lab.url, lab.api_key(8)))
    try:
        with pytest.raises(WebNetForbidden):
            Directory(viewer, store.directory, store.cursors, monotonic=clock).sweep()
    finally:
        viewer.close()
    assert known(store) == in_webnet(lab)


def test_a_refresh_without_news_is_one_request_and_writes_no_device(
    directory: Directory, store: Store, lab: WebNetLab
) -> None:
    sweep = store.directory.begin_sweep()
    directory.refresh()
    assert lists(lab) == ["ordering=-updated_at,id&page=1"]
    assert set(store.directory.unseen(sweep)) == in_webnet(lab)  # none of the rows was written since


def test_a_refresh_finds_what_is_new_or_changed(directory: Directory, lab: WebNetLab) -> None:
    lab.add("devices", customer=1, hostname="brand-new")
    lab.change("devices", 9, hostname="renamed")
    directory.refresh()
    assert names(directory.find(1, "brand-new", to_act=True)) == ["brand-new"]
    assert directory.find(1, "renamed", to_act=True).targets[0].id == 9
    assert len(lab.record) == 1


def test_a_bulk_import_of_one_time_is_read_to_its_end(directory: Directory, lab: WebNetLab) -> None:
    for number in range(120):
        lab.add("devices", customer=1, hostname=f"bulk-{number}")
    directory.refresh()
    read = len(lists(lab))
    assert read >= 3
    assert all(directory.find(1, f"bulk-{number}", to_act=False).exact for number in range(120))
    assert len(lab.record) == read


def test_a_miss_reads_once_and_then_says_no(directory: Directory, lab: WebNetLab) -> None:
    assert directory.find(1, "no-such-device", to_act=True).targets == ()
    assert len(lab.record) == 1
    lab.add("devices", customer=1, hostname="no-such-device")
    assert names(directory.find(1, "no-such-device", to_act=True)) == ["no-such-device"]
    assert len(lab.record) == 2


def test_many_misses_at_once_share_a_reading(directory: Directory, lab: WebNetLab) -> None:
    lab.fault("delay", delay_s=0.3)
    threads = [
        threading.Thread(target=directory.find, args=(1, f"no-such-{number}"), kwargs={"to_act": True})
        for number in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lab.record) <= 2  # the one that was under way, and one that began after all had asked


def test_finding_is_of_one_customer(directory: Directory, lab: WebNetLab) -> None:
    number = lab.add("devices", customer=2, hostname="theirs", mgmt_ip="10.77.0.1")["id"]
    directory.refresh()
    for query in ("theirs", "THEIRS", "thei", "10.77.0.1", f"#{number}"):
        assert directory.find(1, query, to_act=False).targets == ()
        assert names(directory.find(2, query, to_act=False)) == ["theirs"]
    assert "theirs" not in [target.hostname for target in directory.near(1, "theirz")]


@pytest.mark.parametrize(
    "query", ["", " ", "#", "#-1", "#1.0", "#²", "#" + "9" * 40, "%", "_", "r%", "*", "\x00", "\ud800", "x" * 5_000]
)
def test_odd_queries_match_nothing(directory: Directory, query: str) -> None:
    if query in ("", " "):
        assert not directory.find(1, query, to_act=False).exact
    else:
        assert directory.find(1, query, to_act=False).targets == ()
    directory.near(1, query)


def test_what_was_read_about_one_device_is_remembered(directory: Directory, webnet: WebNet, lab: WebNetLab) -> None:
    lab.change("devices", 5, hostname="five", touch=False)
    directory.put(webnet.device(5))
    assert [target.id for target in directory.find(1, "five", to_act=True).targets] == [5]
    directory.forget(5)
    lab.delete("devices", 5)
    assert directory.find(1, "five", to_act=False).targets == ()


def test_without_a_complete_list_nothing_is_decided(webnet: WebNet, store: Store) -> None:
    pauses: list[float] = []
    clock = Clock()

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        clock.now += seconds

    with pytest.raises(Conflict, match="list of devices takes long"):
        Directory(webnet, store.directory, store.cursors, monotonic=clock, sleep=sleep).find(1, "rtr", to_act=False)
    assert sum(pauses) >= 2.5


def test_a_stop_ends_a_sweep_at_its_next_page(directory: Directory, store: Store, lab: WebNetLab) -> None:
    lab.before("GET", LIST, directory.stop)
    lab.delete("devices", 7)
    with pytest.raises(Conflict):
        directory.sweep()
    assert len(lists(lab)) == 1
    assert 7 in known(store)


def test_what_was_pasted_around_a_name_is_passed_over_unless_a_device_is_called_so(
    directory: Directory, lab: WebNetLab
) -> None:
    name = lab.row("devices", 1)["hostname"]
    for pasted in (f"{name}#", f"oscar@{name.upper()}>", name.replace("-", "\u2013"), f"`{name}`", "10.10.0.1/24"):
        assert names(directory.find(1, pasted, to_act=True)) == [name]
    assert directory.find(1, "***", to_act=False).targets == ()
    lab.add("devices", customer=1, hostname=f"{name}#")
    assert names(directory.find(1, f"{name}#", to_act=True)) == [f"{name}#"]


def test_the_first_label_of_a_longer_name_is_meant_first(directory: Directory, lab: WebNetLab) -> None:
    name = lab.row("devices", 1)["hostname"]
    assert directory.find(1, f"{name}.example.net", to_act=True).targets == ()
    assert directory.near(1, f"{name}.example.net")[0].hostname == name
