"""The proxy that the environment names for an address, for requests and WebSockets alike."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from requests.utils import get_auth_from_url, get_environ_proxies, select_proxy, urldefragauth
from urllib3.exceptions import LocationParseError
from urllib3.util import make_headers, parse_url


class UnusableProxy(Exception):
    """The environment names a proxy that this program cannot use. `words` say which, without its password."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@dataclass(frozen=True, slots=True)
class Proxy:
    """`url` holds no credentials; `headers` hold them, if there are any."""

    url: str
    headers: dict[str, str]


def proxy_for(url: str) -> Proxy | None:
    """Returns the proxy for this address (http, https, ws or wss); None to connect directly. Raises UnusableProxy."""
    address = f"http{url[2:]}" if url.startswith("ws") else url
    named = select_proxy(address, get_environ_proxies(address))
    if not named:
        return None
    full = named if "://" in named else f"http://{named}"
    host = urlsplit(address).hostname
    try:
        scheme, _, name, *_ = parse_url(full)
    except LocationParseError:
        raise UnusableProxy(f"The proxy that the environment names for {host} is no address.") from None
    if scheme not in {"http", "https"}:
        raise UnusableProxy(
            f"The environment names a proxy of the kind {scheme} for {host}; only http and https proxies are supported. "
            f"Set HTTPS_PROXY to one of these, or name {host} in NO_PROXY."
        )
    if not name:
        raise UnusableProxy(f"The proxy that the environment names for {host} has no host.")
    user, password = get_auth_from_url(full)
    headers = make_headers(proxy_basic_auth=f"{user}:{password}") if user else {}
    return Proxy(urldefragauth(full), {name.title(): value for name, value in headers.items()})


def problem(url: str) -> str:
    """Returns one sentence if the proxy for this address cannot be used, else ""."""
    try:
        proxy_for(url)
    except UnusableProxy as error:
        return error.words
    return ""
