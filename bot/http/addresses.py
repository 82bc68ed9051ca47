"""Finds the address of the client behind trusted proxies, and the address by which the client knows the bot."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from starlette.requests import HTTPConnection

_HOST = re.compile(r"[A-Za-z0-9.\-\[\]:_]{1,255}")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Proxies:
    def __init__(self, trusted: Sequence[str]) -> None:
        self._trusted = [ipaddress.ip_network(network) for network in trusted]

    def client(self, connection: HTTPConnection) -> str:
        """Returns the last address of X-Forwarded-For that is no trusted proxy's. IPv6 is cut to its /64, which one client has whole."""
        found = _address(connection.client.host if connection.client else "")
        named = ",".join(connection.headers.getlist("x-forwarded-for")).split(",")
        while found is not None and self._trusts(found) and named:
            before = _address(named.pop().strip())
            if before is None:
                break
            found = before
        if isinstance(found, ipaddress.IPv6Address):
            return str(ipaddress.ip_network((found, 64), strict=False))
        return str(found)

    def base_url(self, connection: HTTPConnection) -> str:
        """Returns scheme and host as the client wrote them, without a slash at the end."""
        peer = _address(connection.client.host if connection.client else "")
        scheme, host = connection.url.scheme, connection.headers.get("host", "")
        if peer is not None and self._trusts(peer):
            forwarded = connection.headers.get("x-forwarded-proto", "")
            scheme = forwarded if forwarded in {"http", "https"} else scheme
        return f"{scheme}://{host if _HOST.fullmatch(host) else 'localhost'}"

    def _trusts(self, address: Address) -> bool:
        return any(address.version == network.version and address in network for network in self._trusted)


def _address(text: str) -> Address | None:
    """Reads an address, also with a port, as some proxies write it. IPv4 that is written as IPv6 becomes IPv4."""
    bare = text.partition("]")[0].lstrip("[") if text.startswith("[") else text
    bare = bare.rpartition(":")[0] if bare.count(":") == 1 else bare
    try:
        found = ipaddress.ip_address(bare)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
