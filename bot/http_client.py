"""Outgoing HTTP: pooled connections to the addresses that are allowed, each exchange with a deadline and a bound of size."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Collection, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from urllib3 import BaseHTTPResponse, PoolManager, ProxyManager, Retry, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, NewConnectionError, ReadTimeoutError

from bot.deadlines import Guard, Watch
from bot.proxies import UnusableProxy, proxy_for

CONNECT_S = 3.0  # of a deadline, for the connection to come about
MOST_BYTES = 8 * 1024 * 1024  # of a body, as it is once it is unpacked
CHUNK = 64 * 1024
PORTS = {"http": 80, "https": 443}
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

Reason = Literal["forbidden", "proxy", "unreachable", "untrusted", "late", "lost", "too_long"]


class ExchangeError(Exception):
    """An exchange came to nothing. `sent` is False where it is certain that nothing of the request left, so that it can be
    sent again; `detail` is for a log and holds neither the path nor the headers."""

    def __init__(self, reason: Reason, *, sent: bool, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.sent = sent
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Response:
    """What came back, read to its end. The names of `headers` are found in upper and lower case alike."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Raises ValueError or RecursionError."""
        return json.loads(self.body)


def origin(url: str) -> str:
    """Returns scheme, host and port, such as "https://slack.com:443"; "" for what is no http or https address or has a
    user part."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS[parts.scheme]
    except (ValueError, KeyError):
        return ""
    return f"{parts.scheme}://{parts.hostname}:{port}" if parts.hostname and "@" not in parts.netloc else ""


class Session:
    """Keeps `connections` open to each of the `origins`, and is safe to share between threads. An address elsewhere is an
    ExchangeError. Proxies are those of the environment; `tls` decides which certificates are trusted."""

    def __init__(self, origins: Collection[str], tls: ssl.SSLContext, *, connections: int) -> None:
        self._origins = frozenset(origins) - {""}
        self._tls = tls
        self._connections = connections
        self._routes: dict[str, _Route] = {}
        self._watch = Watch()

    def close(self) -> None:
        for route in self._routes.values():
            route.pool.close()
        self._routes.clear()
        self._watch.close()

    def exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        *,
        timeout_s: float,
        most: int = MOST_BYTES,
    ) -> Response:
        """One request with these headers and no others that say who asks: without redirects, cookies and what a netrc file
        says. `timeout_s` is for the whole exchange, to the last byte of a body of at most `most` bytes. Raises
        ExchangeError."""
        route = self._route(url)
        guard = self._watch.guard(time.monotonic() + timeout_s)
        token = _guard.set(guard)
        try:
            response: BaseHTTPResponse = route.pool.urlopen(
                method,
                url if route.whole else _path(url),
                body,
                {**ALWAYS, **headers},
                retries=ONCE,
                redirect=False,
                assert_same_host=False,
                timeout=Timeout(connect=min(timeout_s, CONNECT_S), read=timeout_s),
                preload_content=False,
            )
            with response:
                read = Response(response.status, response.headers, _read(response, most))
        except HTTPError as error:
            raise _failed(error, guard, route) from None
        finally:
            _guard.reset(token)
            guard.end()
        if guard.late:  # a socket that was shut looks like a response that has ended
            raise ExchangeError("late", sent=True)
        return read

    def _route(self, url: str) -> _Route:
        """Returns the pool for an address; to look through the environment takes as long as a request."""
        key = origin(url)
        if key not in self._origins:
            raise ExchangeError("forbidden", sent=False, detail="the address is not among those that are allowed")
        if key not in self._routes:
            options: dict[str, Any] = {"maxsize": self._connections, "ssl_context": self._tls}
            try:
                proxy = proxy_for(url)
            except UnusableProxy as error:
                raise ExchangeError("proxy", sent=False, detail=error.words) from None
            manager = (
                ProxyManager(proxy.url, proxy_headers=proxy.headers, proxy_ssl_context=self._tls, **options)
                if proxy
                else PoolManager(**options)
            )
            manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
            self._routes[key] = _Route(
                manager.connection_from_url(key),
                proxied=proxy is not None,
                whole=proxy is not None and key.startswith("http:"),
            )
        return self._routes[key]


@dataclass(frozen=True, slots=True)
class _Route:
    """The way to one origin: `whole` if what is asked for is the whole URL, as a proxy wants it that does not tunnel."""

    pool: HTTPConnectionPool
    proxied: bool
    whole: bool


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"


def _read(response: BaseHTTPResponse, most: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while chunk := response.read1(CHUNK):
        chunks.append(chunk)
        size += len(chunk)
        if size > most:
            raise ExchangeError("too_long", sent=True, detail=f"more than {most:,} bytes")
    return b"".join(chunks)


def _failed(error: HTTPError, guard: Guard, route: _Route) -> ExchangeError:
    """Whether anything was sent is known from the connection, and not guessed from the error."""
    detail = type(error).__name__
    if guard.connected:
        late = guard.late or isinstance(error, ReadTimeoutError)
        return ExchangeError("late" if late else "lost", sent=True, detail=detail)
    if _caused_by(error, ssl.SSLCertVerificationError):
        return ExchangeError("untrusted", sent=False, detail=detail)
    return ExchangeError("proxy" if route.proxied else "unreachable", sent=False, detail=detail)


def _caused_by(error: BaseException, kind: type[BaseException]) -> bool:
    """urllib3 hands its cause on as an argument, as `reason`, or as the exception's context."""
    seen: list[object] = [error]
    for cause in seen:
        if isinstance(cause, kind):
            return True
        if isinstance(cause, BaseException):
            further = (*cause.args, getattr(cause, "reason", None), cause.__cause__)
            seen += [item for item in further if isinstance(item, BaseException) and item not in seen]
    return False


# -- connections whose sockets are watched

_guard: ContextVar[Guard] = ContextVar("guard")
"""Of the exchange that this thread is in: urllib3 makes connections without being told for what."""


class _Guarded(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        made = _connected(self)
        _guard.get().hold(made)
        return made

    def request(self, *arguments: Any, **options: Any) -> None:
        if self.sock is None:
            self.connect()
        else:
            _guard.get().hold(self.sock)
        _guard.get().connected = True
        super().request(*arguments, **options)


class _GuardedTls(_Guarded, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Guarded


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedTls


def _connected(to: HTTPConnection) -> socket.socket:
    """Tries the addresses of the host in turn, all of them within the time for connecting."""
    timeout_s = to.timeout if isinstance(to.timeout, (int, float)) else CONNECT_S
    deadline = time.monotonic() + timeout_s
    try:
        found = socket.getaddrinfo(to.host, to.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise NameResolutionError(to.host, to, error) from error  # type: ignore[arg-type]
    failure: OSError = OSError("the name has no address")
    for tried, (family, kind, protocol, _, address) in enumerate(found):
        made = socket.socket(family, kind, protocol)
        try:
            for option in SOCKET_OPTIONS:
                made.setsockopt(*option)
            made.settimeout(max(0.01, (deadline - time.monotonic()) / (len(found) - tried)))
            made.connect(address)
        except OSError as error:
            made.close()
            failure = error
        else:
            made.settimeout(timeout_s)
            return made
    late = isinstance(failure, TimeoutError)
    raise (ConnectTimeoutError if late else NewConnectionError)(to, str(failure)) from failure
