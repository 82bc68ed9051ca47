"""Devices: 1 to 130 of Acme, 131 to 170 of Globex, and as many more of Acme as are asked for."""

from datetime import timedelta
from random import Random

from lab.webnet.clock import SEEDED_AT, stamp
from lab.webnet.tables import Row

ACME, GLOBEX = 1, 2
ACME_DEVICES = 130
RECORDED_DEVICES = 170

_KINDS = (
    ("rtr", "cisco", "ios"),
    ("lsw", "cisco", "nxos"),
    ("edge", "juniper", "junos"),
    ("leaf", "arista", "eos"),
    ("sw", "cisco", "ios"),
    ("fw", "paloalto", "panos"),
)
_SITES: tuple[tuple[str, str | None, str | None, str | None], ...] = (
    ("fra1", "50.110900", "8.682100", "Frankfurt DC1"),
    ("ams2", "52.367600", "4.904100", "Amsterdam DC2"),
    ("nyc1", "40.712800", "-74.006000", "New York"),
    ("oslo-hq", None, None, None),
)
_ROLES = ("core", "edge", "access", "distribution", "firewall", None)
_DISABLED = {10, 23, 36, 41, 54, 63, 75, 77, 88, 102, 113, 119, 137, 153, 161}
"""12 of Acme, so that 118 are enabled; chosen so that the recorded group and site counts hold."""
_NO_SITE = {1, 93, 94, 148}
_BULK_UPDATE = range(61, 91)
_CHECKED = range(1, 51)
"""Of these only the recorded ones were never checked."""


def position(device_id: int) -> tuple[int, int]:
    """The customer of a device and its number within that customer."""
    if ACME_DEVICES < device_id <= RECORDED_DEVICES:
        return GLOBEX, device_id - ACME_DEVICES
    return ACME, device_id


def hostname(device_id: int) -> str:
    customer, number = position(device_id)
    kind, site = _KINDS[(number - 1) % 6][0], _SITES[(number - 1) % 4][0]
    return f"{'gx-' if customer == GLOBEX else ''}{kind}-{site}-{number:03d}"


def make_device(device_id: int) -> Row:
    random = Random(f"device:{device_id}")
    customer, number = position(device_id)
    _, vendor, platform = _KINDS[(number - 1) % 6]
    site, latitude, longitude, address = _SITES[(number - 1) % 4]
    if device_id in _NO_SITE:
        site = latitude = longitude = address = None  # type: ignore[assignment]
    created = SEEDED_AT - timedelta(days=random.randint(98, 400))
    updated = created + timedelta(days=random.randint(8, 60), microseconds=random.randrange(86_400_000_000))
    if device_id in _BULK_UPDATE:
        updated = SEEDED_AT - timedelta(days=3)
    checked = device_id in _CHECKED or random.random() > 0.2
    status = random.choices(("reachable", "unreachable", "unknown"), (7, 2, 1))[0]
    return {
        "id": device_id,
        "customer": customer,
        "hostname": hostname(device_id),
        "mgmt_ip": f"10.{customer}0.{number // 250}.{number % 250}",
        "vendor": vendor,
        "platform": platform,
        "role": _ROLES[(number - 1) // 4 % 6],
        "site": site,
        "site_latitude": latitude,
        "site_longitude": longitude,
        "site_address": address,
        "tags": random.choices((None, ["prod", "pci"], {"env": "prod"}), (8, 1, 1))[0],
        "credential": customer,
        "enabled": device_id not in _DISABLED,
        "reachability_status": status if checked else None,
        "last_reachability_check": stamp(SEEDED_AT - timedelta(minutes=random.randint(10, 2900))) if checked else None,
        "discovery_protocol": "both",
        "region": None,
        "created_at": stamp(created),
        "updated_at": stamp(updated),
        "custom_fields": (
            {"rack": f"R{(number - 1) % 40}", "serial": f"SN{random.randint(10**7, 10**8 - 1)}"}
            if number % 5 == 1
            else {}
        ),
    }
