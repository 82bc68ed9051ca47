"""What is sent by HTTP: the session for it, and what a failed request says about whether it was sent."""

from __future__ import annotations

import ssl
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError


class Session(requests.Session):
    """Asks once for each server what the environment says of proxies and certificates. Requests asks for every request,
    which takes about as long as the rest of it. A proxy is never given with a request."""

    def __init__(self) -> None:
        super().__init__()
        self._settings: dict[tuple[object, ...], Any] = {}

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        server = urlsplit(url)
        key = (server.scheme, server.netloc, stream, verify, cert)
        found = self._settings.get(key)
        if found is None:
            found = super().merge_environment_settings(url, proxies, stream, verify, cert)
            self._settings[key] = found
        return dict(found)


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
