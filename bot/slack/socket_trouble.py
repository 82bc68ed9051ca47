"""Why a Socket Mode connection did not come about, and how long to wait before the next attempt."""

from __future__ import annotations

import random

import aiohttp

from bot.proxies import UnusableProxy
from bot.slack.errors import UNTRUSTED

LONGEST_BACKOFF_S = 30.0


class Refused(Exception):
    """`apps.connections.open` said no, or the connection was ended instead of greeted; `word` is Slack's."""

    def __init__(self, word: str, retry_after_s: float = 0.0) -> None:
        super().__init__(word)
        self.word = word
        self.retry_after_s = retry_after_s


_REASONS: tuple[tuple[type[Exception], str], ...] = (  # the first that fits: some are kinds of others
    (aiohttp.ClientConnectorCertificateError, f"its {UNTRUSTED}"),
    (aiohttp.ClientHttpProxyError, "the proxy that the environment names refuses it"),
    (aiohttp.ClientProxyConnectionError, "the proxy that the environment names cannot be reached"),
    (aiohttp.ClientConnectorError, "no connection comes about, as where a firewall blocks it"),
    (aiohttp.WSServerHandshakeError, "no WebSocket comes about, as where a proxy lets none through"),
    (TimeoutError, "no answer comes in time, as where a firewall blocks it"),
)


def reason(error: Exception) -> str:
    """Says in words why no connection came about, without the ticket that the address holds."""
    if isinstance(error, UnusableProxy):
        return error.words
    return next((words for kind, words in _REASONS if isinstance(error, kind)), type(error).__name__)


def backoff_s(failures: int, error: Exception | None) -> float:
    """Doubles with every failure, with jitter, and is no shorter than Slack asks for."""
    wait_s: float = min(LONGEST_BACKOFF_S, 0.25 * 2.0 ** min(failures, 10)) * (0.5 + random.random())
    return max(wait_s, error.retry_after_s) if isinstance(error, Refused) else wait_s
