"""The session for HTTP requests, and whether a request that failed was sent."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, Retry, Timeout
from urllib3.connection import HTTPConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, LocationParseError, NewConnectionError

MOST_HOSTS = 64
ALWAYS = {"User-Agent": "webnet-bot", "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
ONCE = Retry(total=False)
# A firewall forgets connections on which nothing happens, and says nothing: what is sent then gets no response. Probes keep
# it from that, and where it did they show it before the next request. Not every system has all of these.
PROBES = {"TCP_KEEPIDLE": 45, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 3}  # s, s, times
SOCKET_OPTIONS = [
    *HTTPConnection.default_socket_options,
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *((socket.IPPROTO_TCP, getattr(socket, name), value) for name, value in PROBES.items() if hasattr(socket, name)),
]


@dataclass(frozen=True, slots=True)
class _Way:
    """To one host: `whole` if what is asked for is the whole URL, as a proxy wants it that does not tunnel."""

    pool: Any  # urllib3's HTTPConnectionPool, which requests does not name in its types
    whole: bool


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *sizes: Any, **more: Any) -> None:
        super().init_poolmanager(*sizes, **more, socket_options=SOCKET_OPTIONS)

    def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
        return super().proxy_manager_for(proxy, **more, socket_options=SOCKET_OPTIONS)


class Session:
    """Keeps `connections` open to each host, and is safe to share between threads. Proxies and certificates are those that
    requests finds in the environment; the exchange itself is urllib3's, since requests takes as long again around it."""

    def __init__(self, connections: int) -> None:
        self._environment = requests.Session()
        # It closes the pool that was asked for longest ago, which must not be one of `_ways`.
        self._adapter = _Adapter(pool_connections=2 * MOST_HOSTS, pool_maxsize=connections)
        self._ways: dict[tuple[str, str, str | None], _Way] = {}

    def close(self) -> None:
        self._ways.clear()
        self._adapter.close()

    def exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        *,
        timeout: tuple[float, float],
        verify: str | None = None,
        stream: bool = False,
    ) -> BaseHTTPResponse:
        """One request with these headers and no others that say who asks: without redirects, cookies and what a netrc file
        says. Raises urllib3's `HTTPError`; `timeout` is to connect, and between two bytes of the answer; `verify` is a
        bundle of certificates. With `stream` the answer is still to be read, and to be closed."""
        parts = urlsplit(url)
        key = (parts.scheme, parts.netloc, verify)
        way = self._ways.get(key) or self._find(key, url)
        connect_s, read_s = timeout
        response: BaseHTTPResponse = way.pool.urlopen(
            method,
            url if way.whole else f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}",
            body,
            {**ALWAYS, **headers},
            retries=ONCE,
            redirect=False,
            assert_same_host=False,
            timeout=Timeout(connect=connect_s, read=read_s),
            preload_content=not stream,
        )
        return response

    def _find(self, key: tuple[str, str, str | None], url: str) -> _Way:
        """Finds the pool for a host; looking through the environment takes as long as a request. Raises LocationParseError."""
        found = self._environment.merge_environment_settings(url, {}, None, key[2], None)
        try:
            asked = requests.Request("GET", url).prepare()
            pool: Any = self._adapter.get_connection_with_tls_context(asked, found["verify"], found["proxies"])
        except requests.RequestException:
            raise LocationParseError(key[1]) from None
        self._adapter.cert_verify(pool, url, found["verify"], None)  # type: ignore[no-untyped-call]
        way = _Way(pool, whole=key[0] == "http" and pool.proxy is not None)
        if len(self._ways) >= MOST_HOSTS:  # hosts may be named from outside
            self._ways.clear()
        self._ways[key] = way
        return way


def never_sent(error: HTTPError) -> bool:
    """True if no connection came about, so that nothing can have been done with the request."""
    return _caused_by(error, (NewConnectionError, ConnectTimeoutError, ssl.SSLCertVerificationError))


def untrusted(error: HTTPError) -> bool:
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
