"""The certificates that WebNet, Slack's API and Slack's WebSocket are checked against: one choice for all connections."""

from __future__ import annotations

import os
import ssl
from functools import cache
from pathlib import Path

from requests.utils import DEFAULT_CA_BUNDLE_PATH

# In the order in which they are asked. OpenSSL itself reads the last one; the others are known from requests and curl.
VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


def bundle(chosen: str = "") -> str:
    """Returns the path of the file or folder of certificates: the `chosen` one, else the first that a variable names, else
    "" for the system's own."""
    return chosen or next((found for name in VARIABLES if (found := os.environ.get(name))), "")


def context(chosen: str = "") -> ssl.SSLContext:
    """Returns the context for connections to servers, made once for each bundle: reading the certificates takes about 50 ms.
    Raises OSError, of which `ssl.SSLError` is one, if the bundle cannot be read or holds no certificate. Where the system has
    no certificates those of certifi are used."""
    return _context(bundle(chosen))


@cache
def _context(path: str) -> ssl.SSLContext:
    if path:
        return ssl.create_default_context(
            **({"capath": path} if Path(path).is_dir() else {"cafile": path})  # type: ignore[arg-type]
        )
    found = ssl.create_default_context()
    if not found.cert_store_stats()["x509_ca"] and not _system_folder_has_any():
        found.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    return found


def problem() -> str:
    """Returns one sentence if a variable names certificates that cannot be used, else ""."""
    for name in VARIABLES:
        if path := os.environ.get(name):
            try:
                context(path)
            except OSError:
                return f"{name} names {path}, which is no file or folder of certificates that can be read."
            return ""
    return ""


def _system_folder_has_any() -> bool:
    """A folder of certificates is read when a connection is made, so the context does not know yet what is in there."""
    folder = ssl.get_default_verify_paths().capath
    return bool(folder) and any(Path(folder).iterdir())
