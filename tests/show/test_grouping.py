"""Outputs that differ only in what changes by itself are one answer; what else differs is never taken for the same."""

from __future__ import annotations

import pytest

from bot.configs.diff import diff
from bot.show.grouping import Comparison, grouped

BGP = """\
BGP router identifier 10.0.0.{n}, local AS number 65000
Neighbor        V           AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd
10.0.9.2        4        65001 {received:>7} {sent:>7}       10    0    0 {up:<8}        {prefixes}
"""
JUNOS = "Peer                     AS      InPkt     OutPkt    OutQ   Flaps Last Up/Dwn State|#Active/Received/Accepted/Damped...\n"
ALIKE = [
    ("rtr1 uptime is 12 weeks, 3 days, 4 hours, 5 minutes", "rtr1 uptime is 1 year, 2 weeks, 1 day, 1 hour, 1 minute"),
    (
        "System booted: 2026-11-29 12:34:56 UTC (3w2d 04:05 ago)",
        "System booted: 2025-01-02 01:02:03 UTC (12w0d 23:59 ago)",
    ),
    ("12:34:56.789 UTC Sun Nov 29 2026", "01:02:03.004 UTC Mon Dec 1 2026"),
    ("*Nov 29 12:34:56.789: %SYS-5-CONFIG_I: by noc", "*Dec 1 01:02:03.004: %SYS-5-CONFIG_I: by noc"),
    (
        "  Last input 00:00:01, output 00:00:00, output hang never",
        "  Last input 00:12:01, output 00:00:09, output hang never",
    ),
    ("  5 minute input rate 1000 bits/sec, 2 packets/sec", "  5 minute input rate 98765 bits/sec, 32 packets/sec"),
    ("     1234 packets input, 56789 bytes, 0 no buffer", "     99 packets input, 1 bytes, 12 no buffer"),
    ("  reliability 255/255, txload 1/255, rxload 1/255", "  reliability 255/255, txload 201/255, rxload 3/255"),
    (
        "CPU utilization for five seconds: 5%/0%; one minute: 12%",
        "CPU utilization for five seconds: 99%/20%; one minute: 3%",
    ),
    ("   Input  packets:             12345", "   Input  packets:                 1"),
    ("  uptime: 3w2d04:05:06", "  uptime: 1d00:00:01"),
    ("Current configuration : 10233 bytes", "Current configuration : 9 bytes"),
    ("10.0.0.9  up 3d04h", "10.0.0.9  up 1y12w"),
    ("up 3 days,  4:05, load averages: 0.05, 0.10, 0.00", "up 12 days, 14:05, load averages: 1.05, 0.10, 0.00"),
    ("2026-11-29T12:34:56Z link up", "2026-12-01T01:02:03Z link up"),
    ("rtr1 uptime is 5 minutes", "rtr1 uptime is 59 minutes"),
    ("Last change 3 hours ago", "Last change 30 minutes ago"),
    (
        f"{JUNOS}10.0.0.1              64496    1165670    1238837       0       1 9w2d 5:23:37 Establ",
        f"{JUNOS}10.0.0.1              64496         70         37      12       3     5:23:37 Establ",
    ),
    ("a line\n\nanother  ", "a line\nanother"),
]
DIFFERENT = [
    ("Gi1/0/1 10.0.0.1 up", "Gi1/0/1 10.0.0.2 up"),
    ("Gi1/0/1 is up", "Gi1/0/1 is down"),
    ("MTU 1500 bytes, BW 1000000 Kbit/sec", "MTU 9000 bytes, BW 1000000 Kbit/sec"),
    ("MTU 1500 bytes, BW 1000000 Kbit/sec", "MTU 1500 bytes, BW 10000 Kbit/sec"),
    ("address 00:11:22:33:44:55", "address 00:11:22:33:44:56"),
    ("2001:10:20::1 up", "2001:10:21::1 up"),
    ("community 65000:100", "community 65000:101"),
    ("rd 10:20", "rd 10:21"),
    ("Version 17.06.05", "Version 17.09.04"),
    ("vlan 10", "vlan 20"),
    ("router bgp 65000", "router bgp 65001"),
    ("ntp server 10.0.0.1", "ntp server 10.0.0.3"),
    ("interface Vlan10", "interface Vlan20"),
    ("one line", "one line\nand one more"),
    ("Total number of prefixes 12", "Total number of prefixes 13"),
    ("access-list 10 permit 10.0.0.0 0.0.0.255", "access-list 10 permit 10.0.0.0 0.0.0.127"),
    ("  Keepalive set (10 sec)", "  Keepalive set (20 sec)"),
    ("  ARP type: ARPA, ARP Timeout 04:00:00", "  ARP type: ARPA, ARP Timeout 01:00:00"),
    ("  hold time is 180, keepalive interval is 60 seconds", "  hold time is 180, keepalive interval is 30 seconds"),
    ("  queue limit 64 packets", "  queue limit 128 packets"),
    ("  police: cir 8000 bps", "  police: cir 9000 bps"),
    ("  bandwidth 30% (300000 kbps)", "  bandwidth 40% (400000 kbps)"),
    ("hello-interval: 10s", "hello-interval: 20s"),
    ("lease-time: 1d00:00:00", "lease-time: 2d00:00:00"),
    ("Age of the key that is in use\n10 keys", "Age of the key that is in use\n20 keys"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_what_changes_by_itself_is_left_out(one: str, other: str) -> None:
    assert len(grouped({"sw1": one, "sw2": other})) == 1


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_matters_is_compared(one: str, other: str) -> None:
    assert len(grouped({"rtr1": one, "rtr2": other})) == 2


def bgp(n: int = 1, received: int = 5, sent: int = 6, up: str = "00:01:02", prefixes: str = "12") -> str:
    return BGP.format(n=n, received=received, sent=sent, up=up, prefixes=prefixes)


def test_counters_below_their_headings_are_left_out_and_prefixes_are_not() -> None:
    outputs = {
        "a": bgp(),
        "b": bgp(received=1234567, sent=99, up="3d04h"),
        "c": bgp(prefixes="13"),
        "d": bgp(prefixes="Idle"),
    }
    assert [group.hosts for group in grouped(outputs)] == [("a", "b"), ("c",), ("d",)]


def test_a_table_ends_with_a_blank_line() -> None:
    below = "Neighbor  V  AS  MsgRcvd\n10.0.9.2  4  65001    {}\n\nvlans on this switch are {}\n"
    assert len(grouped({"a": below.format(12, 10), "b": below.format(13, 10)})) == 1
    assert len(grouped({"a": below.format(12, 10), "b": below.format(12, 11)})) == 2


def test_a_devices_own_name_does_not_count_and_anothers_does() -> None:
    shown = "{0}#show clock\n{0} sees rtr9\n{0}.example.net: up"
    assert (
        len(
            grouped(
                {"rtr1.example.net": shown.format("rtr1"), "rtr22": shown.format("rtr22").replace(".example.net", "")}
            )
        )
        == 1
    )
    assert len(grouped({"rtr1": shown.format("rtr1"), "rtr22": shown.format("rtr22")})) == 1
    assert len(grouped({"rtr1": "sees rtr10", "rtr2": "sees rtr10"})) == 1
    assert len(grouped({"rtr1": "sees rtr8", "rtr2": "sees rtr9"})) == 2
    assert len(grouped({"r1": "sees rtr1", "r2": "sees rtr1"})) == 1


def test_the_majority_comes_first_with_what_it_answered() -> None:
    outputs = {f"r{n}": "new" if n in (0, 3) else f"old, 12:00:{n:02}" for n in range(13)}
    first, second = grouped(outputs)
    assert (len(first.hosts), first.text) == (11, "old, 12:00:01")
    assert second.hosts == ("r0", "r3")
    assert grouped({}) == ()


def test_the_difference_shows_what_counts_and_every_line_as_it_came() -> None:
    most, other = bgp().splitlines(), bgp(received=99, prefixes="13").splitlines()
    found = diff(most, other, Comparison(("a", "b")))
    assert (found.added, found.removed) == (1, 1)
    assert [line.text for line in found.hunks[0].lines if line.sign == "+"] == [other[2]]
    assert not diff(most, bgp(up="1d02h").splitlines(), Comparison(("a", "b"))).hunks
