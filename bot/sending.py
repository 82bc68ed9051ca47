"""What is sent by HTTP: the session for it, and what a failed request says about whether it was sent."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

HOSTS = 4  # to which connections are kept: Slack has a few
MOST_HOSTS = 64
ALWAYS = {"User-Agent": "webnet-bot", "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}


class Session(requests.Session):
    """Keeps `connections` open to each host, and is safe to share between threads."""

    def __init__(self, connections: int) -> None:
        super().__init__()
        self._surroundings: dict[object, Mapping[str, Any]] = {}
        adapter = HTTPAdapter(pool_connections=HOSTS, pool_maxsize=connections, max_retries=0)
        self.mount("http://", adapter)
        self.mount("https://", adapter)

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
    ) -> requests.Response:
        """One request with these headers and no others that tell who asks: without redirects, cookies and what a netrc file
        says. All that `request` does besides takes as long as the exchange itself. Raises what `request` does; `timeout` is
        to connect, and between two bytes of the answer; `verify` is a bundle of certificates."""
        asked = requests.PreparedRequest()
        asked.method, asked.url, asked.body = method, url, body
        asked.headers = CaseInsensitiveDict({**ALWAYS, **headers})
        if body is not None:
            asked.headers["Content-Length"] = str(len(body))
        settings = self.merge_environment_settings(url, {}, stream, verify, None)
        response = self.get_adapter(url).send(asked, timeout=timeout, **settings)
        if not stream:
            _ = response.content  # read, so that the connection is free again
        return response

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        """Proxies and certificates as requests finds them in the environment, which is read once for each host: to look
        through it takes as long as the rest of a request."""
        parts = urlsplit(url)
        key = (parts.scheme, parts.netloc, verify, cert)
        found = self._surroundings.get(key)
        if found is None:
            if len(self._surroundings) >= MOST_HOSTS:  # hosts may be named from outside
                self._surroundings.clear()
            found = super().merge_environment_settings(url, {}, None, verify, cert)
            self._surroundings[key] = found
        return {**found, "proxies": {**found["proxies"], **(proxies or {})}, "stream": stream}


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
