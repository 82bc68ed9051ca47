"""The platforms whose configs the rules are held against. Facts only."""

from __future__ import annotations

PLATFORMS = {
    "ios": "IOS, IOS-XE",
    "iosxr": "IOS-XR",
    "nxos": "NX-OS",
    "asa": "ASA",
    "eos": "EOS",
    "junos": "JunOS",
    "fortios": "FortiOS",
    "panos": "PAN-OS",
    "vrp": "Huawei VRP",
    "routeros": "RouterOS",
    "aoscx": "AOS-CX",
    "procurve": "ArubaOS-Switch, ProCurve",
    "nokia": "Nokia SR OS, SR Linux",
    "vyos": "VyOS, EdgeOS",
    "f5": "F5 tmsh",
    "netscaler": "NetScaler",
    "pfsense": "pfSense, OPNsense",
    "sonic": "SONiC config_db",
    "exos": "Extreme EXOS",
    "aireos": "AireOS",
    "gaia": "Gaia",
}
