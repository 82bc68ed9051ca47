"""Sessions for what is asked over and over, and what a failed request says about whether it was sent."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

HOSTS = 4  # to which connections are kept: Slack has a few
MOST_HOSTS = 64


class Session(requests.Session):
    """Keeps `connections` open to each host, and safe to share between threads. Takes from the environment what requests does
    (proxies, certificates), but reads it once for each host: to look through it takes as long as the rest of a request."""

    def __init__(self, connections: int) -> None:
        super().__init__()
        self._surroundings: dict[object, Mapping[str, Any]] = {}
        adapter = HTTPAdapter(pool_connections=HOSTS, pool_maxsize=connections, max_retries=0)
        self.mount("http://", adapter)
        self.mount("https://", adapter)

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        if proxies:  # the request brings its own
            return super().merge_environment_settings(url, proxies, stream, verify, cert)
        parts = urlsplit(str(url))
        key = (parts.scheme, parts.netloc, verify, cert)
        found = self._surroundings.get(key)
        if found is None:
            if len(self._surroundings) >= MOST_HOSTS:  # hosts may be named from outside
                self._surroundings.clear()
            found = super().merge_environment_settings(url, {}, None, verify, cert)
            self._surroundings[key] = found
        return {**found, "proxies": dict(found["proxies"]), "stream": self.stream if stream is None else stream}


def never_sent(error: requests.exceptions.RequestException) -> bool:
    """True if no connection came about, so that nothing can have been done with the request."""
    return isinstance(error, requests.exceptions.ConnectTimeout) or _caused_by(
        error, (NewConnectionError, ConnectTimeoutError, ssl.SSLCertVerificationError)
    )


def untrusted(error: requests.exceptions.RequestException) -> bool:
    """True if the other side's certificate was refused, which is before anything is sent."""
    return _caused_by(error, (ssl.SSLCertVerificationError,))


def _caused_by(error: BaseException, kinds: tuple[type[BaseException], ...]) -> bool:
    """urllib3 hands its cause on as an argument, as `reason`, or as the exception's context."""
    seen: list[object] = [error]
    for cause in seen:
        if isinstance(cause, kinds):
            return True
        if isinstance(cause, BaseException):
            further = (*cause.args, getattr(cause, "reason", None), cause.__cause__)
            seen += [item for item in further if isinstance(item, BaseException) and item not in seen]
    return False
