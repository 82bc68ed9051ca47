"""Devices are found by the beginning, a part or a slip of their name, address or site, in memory."""

from __future__ import annotations

import random
import tracemalloc
from dataclasses import replace

import pytest

from bot.core.commands import Workspace
from bot.core.suggestions import Rank
from bot.devices.suggestions import DeviceIndex, DeviceNames
from bot.redaction.redactor import redact
from store.database import Store
from store.directory import Device, Outline

SITES = ("fra1", "fra2", "lon1", "ber1", "New York")
ACME = Workspace(1, "T0ACME", "Acme", 1, enabled=True)
GLOBEX = Workspace(2, "T0GLOBEX", "Globex", 2, enabled=True)


def outline(number: int, hostname: str, mgmt_ip: str = "", site: str | None = None, vendor: str = "cisco") -> Outline:
    return Outline(number, hostname, mgmt_ip, vendor, site, "core", "ios")


def many(number: int) -> list[Outline]:
    return [
        outline(
            n,
            f"rtr-{SITES[n % 5].replace(' ', '').lower()}-{n:05}",
            f"10.{n // 65536}.{n // 256 % 256}.{n % 256}",
            SITES[n % 5],
        )
        for n in range(1, number + 1)
    ]


INDEX = DeviceIndex(
    [
        outline(1, "rtr-fra1-001.example.net", "10.10.0.1", "fra1"),
        outline(2, "rtr-fra1-002.example.net", "10.10.0.2", "fra1"),
        outline(3, "RTR-LON1-001", "2001:db8::7", "lon1"),
        outline(4, "fra1", "10.20.0.1", "lon1"),
        outline(5, "sw-ber1-17", "", None),
        outline(6, "10.99.0.1", "10.99.0.1", "New York"),
        outline(17, "Über-Router", "not an address", "New York"),
        outline(18, "", "", ""),
    ]
)


def found(typed: str, index: DeviceIndex = INDEX) -> list[int]:
    return [device.id for _, device in index.search(typed)]


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("rtr-fra1-001.example.net", [1]),
        ("RTR-fra1-001", [1]),  # the label
        ("10.10.0.2", [2]),
        ("2001:DB8:0::7", [3]),
        ("#5", [5]),
        ("fra1", [4, 1, 2]),  # the name, the site; each once
        ("new  york", [6, 17]),
        ("rtr-f", [1, 2]),
        ("10.10.", [1, 2]),
        ("17", [17, 5]),  # the number, and then what holds it
        ("ber1", [5]),
        ("über", [17]),
        ("rtr fra1 001", [1]),
        ("rtrfra1001", [1]),
        ("fra1001", [1]),
        ("rtr-far1-002", [2]),
        ("rtr-frq1-00", [1, 2]),
        ("rt-fra1-001", [1]),
        ("rtrr-fra1-001", [1]),
        ("frx1-00", [1, 2]),
        ("sw-bre1", [5]),
        ("xtr-lon1-001", [3]),
        ("zzzzzz", []),
        ("zz", []),
    ],
)
def test_what_was_typed_finds(typed: str, ids: list[int]) -> None:
    assert found(typed)[: len(ids)] == ids
    assert len(found(typed)) == len({*found(typed)})
    assert ids or not found(typed)


def test_the_order_is_exact_then_prefix_then_part_then_near() -> None:
    ranks = [rank for rank, _ in INDEX.search("fra1")]
    assert ranks == sorted(ranks)
    assert ranks[0] is Rank.exact
    assert {rank for rank, _ in INDEX.search("rtr-frq1")} == {Rank.near}


def test_every_device_comes_when_nothing_was_typed() -> None:
    assert sorted(found("")) == [1, 2, 3, 4, 5, 6, 17, 18]


def test_nothing_but_a_whole_name_label_or_address_names_a_device() -> None:
    assert [device.id for device in INDEX.named("rtr-FRA1-001")] == [1]
    assert [device.id for device in INDEX.named("10.99.0.1")] == [6]
    assert INDEX.named("10") == INDEX.named("rtr") == INDEX.named("17") == []


def test_any_text_at_all_is_searched_for_without_an_error() -> None:
    chance = random.Random(4)
    names = [
        outline(n, "".join(chr(chance.randrange(0x110000)) for _ in range(chance.randrange(30)))) for n in range(1, 300)
    ]
    names = [replace(name, hostname=name.hostname.encode(errors="replace").decode()) for name in names]
    index = DeviceIndex(names)
    for _ in range(300):
        typed = "".join(chr(chance.randrange(0x110000)) for _ in range(chance.randrange(1, 12)))
        assert len(found(typed, index)) == len({*found(typed, index)})
        part = chance.choice(names).hostname.strip()[:8]
        assert not part.split() or found(part, index)


def test_an_index_takes_less_than_a_kilobyte_a_device() -> None:
    devices = many(2_000)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        index = DeviceIndex(replace(device, hostname=device.hostname[:1] + device.hostname[1:]) for device in devices)
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert taken < 1_000 * len(devices)
    assert found("rtr-fra1-00005", index) == [5]


def row(number: int, hostname: str, customer: int = 1, **others: str | None) -> Device:
    return Device(id=number, customer=customer, hostname=hostname, enabled=True, **others)  # type: ignore[arg-type]


def names(store: Store) -> DeviceNames:
    made = DeviceNames(store.directory, lambda: {1, 2}, redact)
    made.follow()
    return made


def labels(names: DeviceNames, workspace: Workspace = ACME, typed: str = "") -> list[str]:
    return [option.label for _, option in names.devices(workspace, typed)]


def test_the_index_follows_the_copy_of_the_devices(store: Store) -> None:
    store.directory.put([row(1, "rtr-1", site="fra1"), row(2, "rtr-2"), row(3, "theirs", customer=2)])
    following = names(store)
    assert (labels(following), labels(following, GLOBEX)) == (["rtr-1", "rtr-2"], ["theirs"])
    store.directory.put([row(2, "rtr-two"), row(4, "rtr-4"), row(3, "theirs", customer=1)])
    following.follow()
    assert (labels(following), labels(following, GLOBEX)) == (["rtr-1", "rtr-4", "rtr-two", "theirs"], [])
    store.directory.remove(1)
    store.directory.put([row(5, "rtr-5")])
    following.follow()
    assert labels(following) == ["rtr-4", "rtr-5", "rtr-two", "theirs"]
    for number in (2, 3, 4, 5):
        store.directory.remove(number)
    following.follow()
    assert labels(following) == []


def test_an_index_is_made_again_only_if_something_of_it_changed(store: Store) -> None:
    store.directory.put([row(1, "rtr-1"), row(2, "rtr-2")])
    following = names(store)
    before = following._index(1)
    store.directory.put([row(2, "rtr-2", reachability_status="up")])
    following.follow()
    assert following._index(1) is before
    store.directory.put([row(2, "rtr-2", site="fra1")])
    following.follow()
    assert following._index(1) is not before
    assert [option.value for _, option in following.filters(ACME, "fra")] == ["site:fra1"]


def test_a_customer_without_a_workspace_has_no_index(store: Store) -> None:
    store.directory.put([row(1, "rtr-1"), row(3, "theirs", customer=2)])
    customers = {1, 2}
    following = DeviceNames(store.directory, lambda: customers, redact)
    following.follow()
    customers.remove(2)
    following.follow()
    assert (labels(following), labels(following, GLOBEX)) == (["rtr-1"], [])


def test_filters_come_with_how_many_devices_they_mean(store: Store) -> None:
    store.directory.put(
        [row(1, "a", site="fra1", vendor="cisco"), row(2, "b", site="new york"), row(3, "c", site="fra1")]
    )
    found = [option for _, option in names(store).filters(ACME, "")]
    assert [(option.value, option.note) for option in found] == [
        ("site:fra1", "2 devices"),
        ("site:new york", "1 device"),
        ("vendor:cisco", "1 device"),
    ]


def test_a_secret_in_a_name_is_never_suggested(store: Store) -> None:
    store.directory.put(
        [row(1, "rtr-1", site="password=hunter2"), row(2, "snmp-server community s3cr3t"), row(3, "rtr-3")]
    )
    following = names(store)
    shown = [option for found in (following.devices(ACME, ""), following.filters(ACME, "")) for _, option in found]
    assert "hunter2" not in str(shown)
    assert "s3cr3t" not in str(shown)
    assert labels(following) == ["rtr-1", "rtr-3", "snmp-server community <redacted>"]


def test_devices_are_found_in_a_text_by_whole_names_and_addresses(store: Store) -> None:
    store.directory.put(
        [
            row(1, "rtr-fra1-001.example.net", mgmt_ip="10.10.0.1"),
            row(2, "rtr-2", mgmt_ip="2001:db8::7"),
            row(3, "x", customer=2),
        ]
    )
    following = names(store)
    text = "Link down (rtr-fra1-001): 10.10.0.1:22, RTR-2/ge-0 and x, also [2001:db8::7]. rtr-2222 10.10.0.11"
    assert [device.id for device in following.named_in(1, text, 5)] == [1, 2]
    assert [device.id for device in following.named_in(1, text, 1)] == [1]
    assert following.named_in(1, "", 5) == following.named_in(3, text, 5) == ()
