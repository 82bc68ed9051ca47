"""Other spellings of what somebody looks for in configs."""

from __future__ import annotations

import pytest

from bot.configs.spellings import others


@pytest.mark.parametrize(
    ("word", "spelled"),
    {
        "Gi0/0/1": "GigabitEthernet0/0/1",
        "gig0/1.100": "GigabitEthernet0/1.100",
        "gigabitethernet 0/0/1": "GigabitEthernet0/0/1",
        "interface g1/0/24": "interface GigabitEthernet1/0/24",
        "int po1": "interface Port-channel1",
        "te1/1/1": "TenGigabitEthernet1/1/1",
        "Po12": "Port-channel12",
        "vl100": "Vlan100",
        "lo0": "Loopback0",
        "ge\u20130/0/0": "ge-0/0/0",
        '"ip address': "ip address",
        "2001:0DB8:0:0::1": "2001:db8::1",
        "10.1.1.1/24": "10.1.1.1",
        "2001:db8:0::1/64": "2001:db8::1",
    }.items(),
)
def test_what_is_written_otherwise_in_a_config_is_spelled_so(word: str, spelled: str) -> None:
    assert (spelled,) in list(others([word]))


def test_a_mac_address_has_three_spellings() -> None:
    macs = "001b.2c3d.4e5f", "00:1b:2c:3d:4e:5f", "00-1b-2c-3d-4e-5f"
    for mac in macs:
        assert {spelled for (spelled,) in others([mac.upper()])} == {*macs}


@pytest.mark.parametrize(
    "word", ["ntp server", "ge-0/0/0", "10.1.1.1", "2001:db8::1", "vlan", "8:00", "x-1/2", "RADIUS 1"]
)
def test_what_has_one_spelling_has_no_other(word: str) -> None:
    assert list(others([word])) == []
