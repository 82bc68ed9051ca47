"""Where the Bot Framework is: nothing of a workspace is sent anywhere but to the hosts of `teams.service_hosts`. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from bot.http_client import origin

MAX_URL = 500
_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*/?")


def origins(hosts: Collection[str]) -> frozenset[str]:
    """Returns the origins that these hosts stand for, each with https unless it is an emulated one."""
    found = (origin(host if "://" in host else f"https://{host}") for host in hosts)
    return frozenset(
        filter(None, found)
    )  # what is no address has the origin "", and so has what it would be compared with


def is_service_url(url: str, allowed: Collection[str]) -> bool:
    """Says whether `url` may be called: its origin is one of those `allowed`, exactly and never by a suffix, and the rest is a plain path."""
    if len(url) > MAX_URL or not url.isascii() or origin(url) not in allowed:
        return False
    parts = urlsplit(url)
    plain = parts.netloc == parts.netloc.lower() and "\\" not in url and not parts.query and not parts.fragment
    return plain and bool(_PATH.fullmatch(parts.path)) and ".." not in parts.path
