"""Device configurations, with the kinds of secrets the recorded ones hold."""

from datetime import date, timedelta
from importlib.resources import files
from typing import Any

_FIRST_DAY = date(2026, 11, 1)
_TEMPLATES = {name: files(__package__).joinpath(f"{name}.txt").read_text() for name in ("ios", "junos")}


def _ios_interface(number: int) -> str:
    middle = " no ip redirects" if number % 5 else " ip ospf authentication-key 7 070C285F4D06"
    state = "no shutdown" if number % 7 else "shutdown"
    return (
        f"interface GigabitEthernet0/0/{number}\n description uplink-{number} cust<Acme> & co\n"
        f" ip address 10.1.{number}.1 255.255.255.0\n{middle}\n {state}\n!\n"
    )


def _junos_interface(number: int, second_octet: int) -> str:
    return (
        f'    ge-0/0/{number} {{\n        description "to-core-{number}";\n        unit 0 {{\n'
        f"            family inet {{\n                address 10.{second_octet}.{number}.1/30;\n"
        "            }\n        }\n    }\n"
    )


def _panos(device: dict[str, Any], interfaces: int) -> str:
    lines = [
        f"set deviceconfig system hostname {device['hostname']}",
        "set mgt-config users netops phash $5$abc$d9Xy0h4sh",
    ]
    lines += [f"set network interface ethernet ethernet1/{n} layer3 ip 10.1.{n}.1/24" for n in range(1, interfaces + 1)]
    return "\n".join([*lines, "set deviceconfig system snmp-setting access-setting version v2c S3cr3tRO", ""])


def config_text(device: dict[str, Any], version: int) -> str:
    """The configuration of a device as of its `version`-th snapshot, counted from 0; each adds interfaces."""
    day = _FIRST_DAY + timedelta(days=version)
    if device["platform"] == "panos":
        return _panos(device, 8 + 2 * version)
    if device["platform"] == "junos":
        octet = int(device["mgmt_ip"].rsplit(".", 1)[1])
        interfaces = "".join(_junos_interface(number, octet) for number in range(12 + 8 * version))
        text, when = _TEMPLATES["junos"], day.isoformat()
    else:
        interfaces = "".join(_ios_interface(number) for number in range(1, 13 + 4 * version))
        text, when = _TEMPLATES["ios"], f"{day:%a %b} {day.day} {day.year}"
    return text.replace("@INTERFACES@", interfaces).replace("@HOSTNAME@", device["hostname"]).replace("@DAY@", when)


_ACCESS = (
    "interface GigabitEthernet{stack}/0/{port}",
    " description {role} port {port} of {host} at desk {desk}",
    " switchport access vlan {vlan}",
    " switchport mode access",
    " spanning-tree portfast",
    "!",
)


def long_config(device: dict[str, Any], lines: int) -> str:
    """About the first `lines` lines of a config of any length, as those of large access switches are."""
    number, host = device["id"], device["hostname"]
    out = [
        f"hostname {host}",
        "service password-encryption",
        "enable secret 9 $9$nhEmQVczB7dqsO$X.HsgL6x1il0RxkOSSvyQYwucySCt7qFm4v7pqCxkKM",
        f"username netops privilege 15 secret 9 $9$2MJBozw/9R3UsU$l{number}mnH3Ln2kPGf0aV1uQ4x",
        "snmp-server community S3cr3tRO RO",
        f"ip route 0.0.0.0 0.0.0.0 10.{number % 250}.0.1",
        f"ntp server 10.{number % 250}.0.{number // 250 + 1}",
        "!",
    ]
    if number % 400 == 0:
        out.insert(1, "ip domain name rare-phrase.example.net")
    port = 0
    while len(out) < lines:
        names = {"stack": port // 48 + 1, "port": port % 48 + 1, "host": host, "desk": number * 1000 + port}
        names |= {"vlan": 100 + (number + port) % 40, "role": device["role"] or "user"}
        out += [line.format(**names) for line in _ACCESS]
        port += 1
    return "\n".join([*out[:lines], "end", ""])
