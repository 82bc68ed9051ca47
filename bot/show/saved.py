"""Saved commands: one name for what each platform calls it. Those of the bot, and what the settings add or replace. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.show.platforms import canonical

Words = Mapping[str, str]  # by the platform

# By the vendors' command references. A platform without an entry has no such command, or not the same one on all its devices.
DEFAULT: Mapping[str, Words] = MappingProxyType(
    {
        "version": {
            "ios": "show version",
            "iosxr": "show version",
            "nxos": "show version",
            "asa": "show version",
            "eos": "show version",
            "junos": "show version",
            "routeros": "/system resource print",
            "fortios": "get system status",
            "panos": "show system info",
            "vrp": "display version",
        },
        "inventory": {
            "ios": "show inventory",
            "iosxr": "show inventory",
            "nxos": "show inventory",
            "asa": "show inventory",
            "eos": "show inventory",
            "junos": "show chassis hardware",
            "routeros": "/system routerboard print",
            "fortios": "get hardware status",
            "panos": "show system info",
            "vrp": "display device",
        },
        "interfaces": {
            "ios": "show ip interface brief",
            "iosxr": "show ip interface brief",
            "nxos": "show interface brief",
            "asa": "show interface ip brief",
            "eos": "show ip interface brief",
            "junos": "show interfaces terse",
            "routeros": "/interface print",
            "fortios": "get system interface physical",
            "panos": "show interface all",
            "vrp": "display ip interface brief",
        },
        "bgp": {
            "ios": "show ip bgp summary",
            "iosxr": "show bgp summary",
            "nxos": "show ip bgp summary",
            "asa": "show bgp summary",
            "eos": "show ip bgp summary",
            "junos": "show bgp summary",
            "routeros": "/routing bgp session print",
            "fortios": "get router info bgp summary",
            "panos": "show routing protocol bgp summary",
            "vrp": "display bgp peer",
        },
        "ospf": {
            "ios": "show ip ospf neighbor",
            "iosxr": "show ospf neighbor",
            "nxos": "show ip ospf neighbors",
            "asa": "show ospf neighbor",
            "eos": "show ip ospf neighbor",
            "junos": "show ospf neighbor",
            "routeros": "/routing ospf neighbor print",
            "fortios": "get router info ospf neighbor",
            "panos": "show routing protocol ospf neighbor",
            "vrp": "display ospf peer",
        },
        "arp": {
            "ios": "show ip arp",
            "iosxr": "show arp",
            "nxos": "show ip arp",
            "asa": "show arp",
            "eos": "show ip arp",
            "junos": "show arp no-resolve",
            "routeros": "/ip arp print",
            "fortios": "get system arp",
            "panos": "show arp all",
            "vrp": "display arp",
        },
        "lldp": {
            "ios": "show lldp neighbors",
            "iosxr": "show lldp neighbors",
            "nxos": "show lldp neighbors",
            "eos": "show lldp neighbors",
            "junos": "show lldp neighbors",
            "routeros": "/ip neighbor print",
            "panos": "show lldp neighbors all",
            "vrp": "display lldp neighbor brief",
        },
        "mac": {
            "ios": "show mac address-table",
            "nxos": "show mac address-table",
            "eos": "show mac address-table",
            "junos": "show ethernet-switching table",
            "routeros": "/interface bridge host print",
            "panos": "show mac all",
            "vrp": "display mac-address",
        },
        "vlans": {
            "ios": "show vlan brief",
            "nxos": "show vlan brief",
            "eos": "show vlan",
            "junos": "show vlans",
            "routeros": "/interface vlan print",
            "vrp": "display vlan",
        },
        "routes": {
            "ios": "show ip route summary",
            "iosxr": "show route summary",
            "nxos": "show ip route summary",
            "eos": "show ip route summary",
            "junos": "show route summary",
            "routeros": "/ip route print count-only",
            "vrp": "display ip routing-table statistics",
        },
        "cpu": {
            "ios": "show processes cpu | include CPU",
            "iosxr": "show processes cpu | include CPU",
            "nxos": "show system resources",
            "asa": "show cpu usage",
            "eos": "show processes top once",
            "junos": "show chassis routing-engine",
            "routeros": "/system resource print",
            "fortios": "get system performance status",
            "panos": "show system resources",
            "vrp": "display cpu-usage",
        },
        "log": {
            "ios": "show logging",
            "iosxr": "show logging",
            "nxos": "show logging last 100",
            "asa": "show logging",
            "eos": "show logging 100",
            "junos": "show log messages | last 100",
            "routeros": "/log print",
            "vrp": "display logbuffer",
        },
    }
)


class Saved:
    """Knows the bot's saved commands and those of the settings, which replace the words of single platforms."""

    def __init__(self, own: Mapping[str, Words] = MappingProxyType({})) -> None:
        self.commands: Mapping[str, Words] = {
            name: {**DEFAULT.get(name, {}), **own.get(name, {})} for name in {**DEFAULT, **own}
        }

    def words(self, name: str, platform: str) -> str | None:
        """Returns what a platform calls the command of this name; None if it has none."""
        words = self.commands[name]
        return words.get(platform.strip().lower()) or words.get(canonical(platform))
