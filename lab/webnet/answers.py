"""Makes what devices answer to commands that show something, as far as a newcomer tries them: each device has its own counters and
uptimes, and a few differ in what matters."""

from collections.abc import Callable
from datetime import datetime

from lab.webnet.seed.texts import config_text
from lab.webnet.tables import Row

_VERSIONS = {
    "ios": ("Cisco IOS XE Software, Version {}", "17.06.05", "17.03.03"),
    "nxos": ("Cisco Nexus Operating System (NX-OS) Software\nNXOS: version {}", "9.3(10)", "9.3(7)"),
    "junos": ("Junos: {}", "21.4R3.15", "20.4R3.8"),
    "eos": ("Arista DCS-7050SX3\nSoftware image version: {}", "4.29.2F", "4.27.1F"),
    "panos": ("sw-version: {}", "10.2.7", "10.1.9"),
}
_UNKNOWN = "                  ^\n% Invalid input detected at '^' marker."


def answer(command: str, device: Row, at: datetime) -> str:
    """Returns the text that a device prints, `at` this moment."""
    asked, *filters = (piece.strip() for piece in command.split("|"))
    known = (said for word, said in _ANSWERS.items() if word in asked and device["platform"] in _VERSIONS)
    said = next(known, lambda *_: _UNKNOWN)(device, at)
    for how, _, word in (each.partition(" ") for each in filters):
        if how in ("include", "match", "exclude", "except"):
            said = "\n".join(line for line in said.split("\n") if (word in line) == (how in ("include", "match")))
    return said


def _odd(device: Row, share: int) -> bool:
    """Whether this is one of the few devices that are not as the others."""
    return bool(device["id"] % share == share - 1)


def _uptime(device: Row, at: datetime) -> str:
    return f"{device['id'] % 50 + 1} weeks, {at.day % 7} days, {at.hour} hours, {at.minute} minutes"


def _version(device: Row, at: datetime) -> str:
    words, usual, old = _VERSIONS[device["platform"]]
    return f"{words.format(old if _odd(device, 11) else usual)}\n{device['hostname']} uptime is {_uptime(device, at)}"


def _bgp(device: Row, at: datetime) -> str:
    heading = "Neighbor        V           AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd"
    rows = []
    for number, prefixes in ((1, "812345"), (2, "Idle" if _odd(device, 7) else "812345")):
        messages = device["id"] * 1_000 + at.minute * 60 + at.second
        up = "never" if prefixes == "Idle" else f"{device['id'] % 9 + 1}w{at.day % 7}d"
        rows.append(
            f"10.255.0.{number}      4        65000 {messages:>7} {messages - 7:>7}       94    0    0 {up:<8} {prefixes:>12}"
        )
    return "\n".join(["BGP router identifier 10.255.0.9, local AS number 65000", "", heading, *rows])


def _interfaces(device: Row, at: datetime) -> str:
    down = "down" if _odd(device, 13) else "up"
    return "\n".join(
        [
            "Interface              IP-Address      OK? Method Status                Protocol",
            f"Ethernet1              {device['mgmt_ip']:<15} YES NVRAM  up                    up",
            f"Ethernet2              unassigned      YES NVRAM  {down:<21} {down}",
        ]
    )


def _arp(device: Row, at: datetime) -> str:
    return "\n".join(
        [
            "Protocol  Address          Age (min)  Hardware Addr   Type   Interface",
            f"Internet  10.255.0.1       {device['id'] % 240:>9}  0050.56aa.0001  ARPA   Ethernet1",
            f"Internet  10.255.0.2       {at.minute:>9}  0050.56aa.0002  ARPA   Ethernet1",
        ]
    )


def _clock(device: Row, at: datetime) -> str:
    return f"{at:%H:%M:%S}.{device['id']:03} UTC {at:%a %b} {at.day} {at.year}"


def _neighbors(device: Row, at: datetime) -> str:
    return f"Device ID           Local Intf     Hold-time  Capability      Port ID\ncore-1              Ethernet1      {90 + at.second % 30:<10} B,R             Ethernet{device['id'] % 48 + 1}"


def _log(device: Row, at: datetime) -> str:
    return f"{at:%b} {at.day} {at:%H:%M:%S}: %SYS-5-CONFIG_I: Configured from console by noc"


_ANSWERS: dict[str, Callable[[Row, datetime], str]] = {
    "version": _version,
    "system info": _version,
    "bgp": _bgp,
    "lldp": _neighbors,
    "arp": _arp,
    "clock": _clock,
    "int": _interfaces,
    "run": lambda device, _: config_text(device, 0),
    "configuration": lambda device, _: config_text(device, 0),
    "log": _log,
}
