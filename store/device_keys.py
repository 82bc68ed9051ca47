"""The texts by which devices are looked up, whatever the case of a name or the spelling of an address. Pure."""

from __future__ import annotations

import ipaddress

LAST = "\U0010ffff" * 256  # comes after every name: WebNet's have 255 characters at most


def keys_of(hostname: str, mgmt_ip: str) -> dict[str, str | None]:
    """Returns the columns by which a device is found; one whose name is an address has no label."""
    folded = hostname.casefold()
    named = usual_address(folded) is None
    return {
        "hostname_folded": folded,
        "label_folded": folded.partition(".")[0] if named else None,
        "address": usual_address(mgmt_ip),
    }


def usual_address(text: str) -> str | None:
    """Returns an IPv4 or IPv6 address in the one spelling in which it is compared; None for what is none."""
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        return None


def after(prefix: str) -> str:
    """Returns the smallest text, by code point, after all names that begin with `prefix`."""
    stem = prefix.rstrip("\U0010ffff")
    if not stem:
        return LAST
    last = ord(stem[-1]) + 1
    return stem[:-1] + chr(0xE000 if last == 0xD800 else last)  # no surrogates: no database stores them
