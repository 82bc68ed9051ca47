"""What may be sent to each platform to read from it, by default. Facts only.

`begins` are patterns of RE2 that the whole command must fit, up to its first pipe; `filters` are what may follow a pipe. Each of
these only chooses lines of the output, by the vendor's own command reference; all others are left out, such as those that write a
file, send a mail or run a shell (`redirect`, `tee`, `append`, `save`, `file`, `email`, `utility`, `bash`), and those that never
end (`refresh`).
"""

from __future__ import annotations

from dataclasses import dataclass

SHOW = "^show .+"
_CISCO = ("begin", "exclude", "include", "section", "count")
# Words that are menus wherever they stand, and never an action. MikroTik: console, and the menus of its manual
_MENUS = (
    "active|address|address-list|arp|area|bgp|bonding|bridge|cache|caps-man|certificate|client|clock|connection|cpu|"
    "dhcp-client|dhcp-relay|dhcp-server|disk|dns|ethernet|file|filter|firewall|health|history|host|hotspot|identity|"
    "instance|interface|interface-template|ip|ipsec|ipv6|irq|lease|license|list|local|log|logging|lsa|mangle|member|"
    "mpls|nat|nd|neighbor|network|ntp|ospf|package|peer|peers|pool|port|ppp|profile|queue|radius|raw|"
    "registration-table|resource|route|routerboard|routing|rule|scheduler|script|secret|service|session|settings|"
    "simple|snmp|static|system|table|tool|tree|type|user|vlan|vrf|vrrp|wireguard|wireless"
)
# A menu, `print`, how to print, and at most one condition. `print` itself takes `file=`, `follow` and `interval=` as well.
_PRINT = (
    rf"^/(?:{_MENUS})(?:[ /](?:{_MENUS}))*[ /]print(?: (?:brief|detail|terse|value-list|stats|count-only|without-paging))*"
    r'(?: where [a-z0-9-]+(?:[=~](?:"[^"]+"|[^" ]+))?)?'
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one platform takes."""

    begins: tuple[str, ...] = (SHOW, "^display .+")
    filters: tuple[str, ...] = ()


UNKNOWN = Reading(begins=(SHOW,))
READING = {
    "ios": Reading(filters=_CISCO),
    "iosxr": Reading(filters=_CISCO),
    "nxos": Reading(filters=(*_CISCO, "last", "no-more")),
    "asa": Reading(filters=("begin", "exclude", "include")),
    "eos": Reading(filters=("begin", "exclude", "include", "section", "no-more")),
    "junos": Reading(filters=("match", "except", "find", "last", "count", "no-more", "display set")),
    # `get` shows values that are in force. Fortinet: FortiOS CLI reference
    "fortios": Reading(begins=(SHOW, "^display .+", "^get .+")),
    "panos": Reading(filters=("match", "except")),
    "vrp": Reading(filters=("begin", "exclude", "include", "section", "count", "no-more")),
    # Every menu has `print`, and there is no `show`. MikroTik: console
    "routeros": Reading(begins=(SHOW, "^display .+", _PRINT)),
    "aoscx": Reading(filters=("begin", "exclude", "include", "count")),
    "procurve": Reading(filters=("begin", "exclude", "include")),
    # `info` shows the config from where one stands, or the state. Nokia: MD-CLI user guide, SR Linux CLI guide
    "nokia": Reading(begins=(SHOW, "^display .+", "^info(?: .+)?"), filters=("match", "count", "no-more")),
    "vyos": Reading(filters=("match", "count", "no-more")),
    "f5": Reading(),
    "netscaler": Reading(),
    "pfsense": Reading(),
    "sonic": Reading(),
    "exos": Reading(filters=("begin", "exclude", "include")),
    "aireos": Reading(),
    "gaia": Reading(),
}
# What else a platform is called, mostly by the libraries that connect to devices.
CALLED = {
    "iosxe": "ios",
    "xe": "ios",
    "xr": "iosxr",
    "sros": "nokia",
    "srl": "nokia",
    "tmsh": "f5",
    "wlc": "aireos",
    "edgeos": "vyos",
    "huawei": "vrp",
    "fortinet": "fortios",
}
# Commands that look as if they only read: the platforms, the words, and what they do besides. Devices take words that are cut short,
# so what may be short for these words counts as well. The platform is for the reader: every entry holds for every device.
NEVER: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("IOS-XR, NX-OS, ASA, Aruba", ("show", "tech-support"), "runs for minutes, and writes a file on some platforms"),
    ("NetScaler, SONiC", ("show", "techsupport"), "writes a file"),
    ("VRP, Comware", ("display", "diagnostic-information"), "runs for minutes, and can write a file"),
    ("FortiOS", ("get", "test"), "can restart a part of the firewall"),
    ("FortiOS", ("get", "system", "performance", "top"), "does not end by itself"),
    ("IOS-XE on ASR 900", ("show", "platform", "hardware", "pp"), "can clear counters"),
)
# IOS-XE: `show platform hardware qfp active statistics drop clear` clears them, and its last word may be cut short to one letter.
CLEAR = "clear"


def canonical(platform: str) -> str:
    """Returns the name by which the tables know a platform, in lower case."""
    name = platform.strip().lower()
    return CALLED.get(name, name)
