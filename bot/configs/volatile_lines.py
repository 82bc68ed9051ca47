"""Lines of configs that change by themselves: stamps, counters, values that are salted at each export. Facts only.

An entry is the platform, a pattern of `re` for a line without the blanks at its end, and who else leaves it out. The pattern
begins with the line and may look at the next one. With a group `kept`, only what that group does not take in is volatile.
The platform is for the documentation: what WebNet says a device is may be wrong, so every entry holds for every device.
"""

from __future__ import annotations

_DATE = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\S* +\S+ +\d"

WHOLE: tuple[tuple[str, str, str], ...] = (
    ("IOS, IOS-XE", r"! (?:Last configuration change|NVRAM config last updated) at ", "RANCID ios, oxidized ios"),
    ("IOS, IOS-XE", r"! No configuration change since last restart$", "RANCID ios, oxidized ios"),
    ("IOS, IOS-XE", r"(?:Current|Uncompressed) configuration *(?::|from) *\d+ bytes", "oxidized ios, netutils"),
    ("IOS, IOS-XE", r"Using \d+ out of \d+ bytes", "RANCID ios"),
    ("IOS, IOS-XE, IOS-XR", r"Building configuration\.\.\.$", "oxidized ios, oxidized iosxr"),
    ("IOS", r" ?ntp clock-period \d+$", "RANCID ios, oxidized ios, netutils"),
    (
        "IOS",
        r" tunnel mpls traffic-eng bandwidth +\d+(?=\n tunnel mpls traffic-eng auto-bw)",
        "oxidized ios",
    ),
    (
        "IOS, IOS-XE, NX-OS",
        r"(?:Load for five secs: |(?:Time source is|No time source)\b.* \*?\d\d:\d\d:\d\d)",
        "RANCID ios: with terminal exec prompt timestamp",
    ),
    ("IOS-XR", rf"{_DATE}[\d :.]+ \S+$", "oxidized iosxr"),
    ("IOS-XR", r"!! Last configuration change at ", "RANCID iosxr"),
    (
        "NX-OS",
        r"!(?:Time|(?:Running|Startup) config(?:uration)? (?:last done|saved) at): ",
        "RANCID nxos, oxidized nxos",
    ),
    ("NX-OS", r"!No configuration change since last restart$", "RANCID nxos"),
    ("ASA", r": (?:Written by \S+ at |Saved$)", "RANCID ios, oxidized asa"),
    ("ASA", r"Cryptochecksum: ?[0-9a-f ]+$", "RANCID ios, oxidized asa"),
    ("EOS", r"! (?:Time: |Startup-config last modified at )", "RANCID aeos, oxidized eos"),
    ("JunOS", r"## Last (?:commit|changed): ", "RANCID junos"),
    ("FortiOS", r"#(?:conf_file_ver|saved-vdom-conf-ver)=", "RANCID fortigate, oxidized fortigate"),
    ("VRP", r"!Last configuration was (?:updated|saved) at ", "Huawei: heads each configuration"),
    (
        "VRP",
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{3})?(?: ?[+-]\d\d:\d\d)?(?: DST)?$",
        "oxidized vrp",
    ),
    ("FortiOS", r" +set last-updated \d+$", "Fortinet: when a certificate was renewed"),
    (
        "RouterOS",
        r"# (?:poe-out status: |inactive time$|received packet from \S+ bad format$|\S+ not ready$)",
        "oxidized routeros",
    ),
    (
        "RouterOS",
        r"# (?:Firmware upgraded successfully|.+ restart the device in order to apply)",
        "oxidized routeros",
    ),
    ("SR OS", r"# (?:Generated|Finished|Last modified|Last saved) ", "oxidized sros, RANCID sros"),
    ("AireOS", r"# WLC Config (?:Begin|End) ", "oxidized aireos"),
    ("AireOS", r" *rogue (?:adhoc|client) (?:alert|Unknown) (?:[0-9a-f]{2}:){5}", "oxidized aireos"),
    ("NetScaler", r"# ?Last modified (?:by|Date)\b", "oxidized netscaler"),
    ("Gaia", r"# Exported by \S+ on ", "oxidized gaiaos"),
    ("EXOS", r"# [\w -]+ [Cc]onfiguration generated ", "RANCID xos"),
    ("F5 tmsh", r" +(?:last-update-time|create-time|update-time) \S+$", "RANCID f5"),
    ("F5 tmsh", r" +state (?:up|down|checking|irule-down)$", "oxidized tmos: what a monitor found"),
)
# Pieces of a line: the rest of it counts.
PIECES: tuple[tuple[str, str, str], ...] = (
    ("JunOS", r" junos:(?:commit|changed)-(?:seconds|localtime|user)=\"[^\"]*\"", "Juniper: attributes of the XML"),
    (
        "JunOS",
        r'"junos:(?:commit|changed)-(?:seconds|localtime|user)" ?: ?"[^"]*"',
        "Juniper: attributes of the JSON",
    ),
    ("F5 tmsh", r'(?<=^    value ")1\d{9}(?="$)', "oxidized tmos: when the configuration was loaded or synchronised"),
    ("FortiOS", r"(?<=:user=)\S+(?=\n|\Z)", "oxidized fortios"),
    (
        "PAN-OS",
        r" (?:H?timestamp|ctime|dirtyId|time)=\"[^\"]*\"",
        "Palo Alto: attributes that a push or a commit writes",
    ),
    ("PAN-OS", r"(?<= )detail-version=\"[^\"]*\"", "Palo Alto: changes with each software update"),
    ("RouterOS", r"(?<=^# )\S+ \S+(?= by RouterOS)", "oxidized routeros"),
    ("pfSense, OPNsense", r"(?<=<time>)\d{9,11}(?:\.\d+)?(?=</time>)", "pfSense: the time of a revision"),
    ("pfSense, OPNsense", r"(?<=<last_rule_upd_time>)\d+(?=<)", "oxidized pfsense, oxidized opnsense"),
)
IN_PIECES = '"=#<'
"""One of these stands in every line with such a piece: most lines have none, and are not searched for pieces."""
# Lines whose secret may have been salted again when the config was saved. They are shown.
DOUBTFUL: tuple[tuple[str, str, str], ...] = (
    ("VRP", r".* cipher <", "Huawei: ciphers are made again on some releases"),
)
# Lines whose secret is salted at each export, so that one that changed cannot be told from one that did not.
SALTED: tuple[tuple[str, str, str], ...] = (
    ("FortiOS", r" *set \S+ ENC ", "RANCID fortigate, oxidized fortigate"),
    ("FortiOS", r" *set private-key \"", "RANCID fortigate, oxidized fortigate"),
)
