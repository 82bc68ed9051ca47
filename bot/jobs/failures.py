"""Names what kept a device from being worked on, in an engineer's words. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal

FailureKind = Literal[
    "name not resolved", "no route", "refused", "timed out", "log-in refused", "host key", "privilege", "prompt"
]

# Words of the first line of an error, in lower case, as the SSH and automation libraries below WebNet write them. The
# first row that fits decides, so that "timed out reading the prompt" is about the prompt.
FAILURE_WORDS: tuple[tuple[FailureKind, tuple[str, ...]], ...] = (
    ("host key", ("host key", "known_hosts", "hostkey")),
    (
        "name not resolved",
        ("dns failure", "name or service not known", "name resolution", "getaddrinfo", "nodename nor"),
    ),
    (
        "no route",
        ("no route to host", "network is unreachable", "host is unreachable", "host unreachable", "errno 113"),
    ),
    (
        "privilege",
        ("enable mode", "enable secret", "privilege", "not authorized", "authorization failed"),
    ),
    ("log-in refused", ("authentication", "login failed", "log-in failed", "permission denied", "bad password")),
    ("prompt", ("prompt", "pattern not detected", "search pattern never detected", "readtimeout")),
    ("refused", ("connection refused", "errno 111", "connection reset")),
    ("timed out", ("timed out", "timed-out", "timeout")),
)

# A ping that failed for one of these had reached the device.
REACHED: Mapping[FailureKind, str] = {
    "log-in refused": "reached, but the log-in was refused",
    "host key": "reached, but its host key was not accepted",
    "privilege": "reached, but the privilege was refused",
    "prompt": "reached, but its prompt was not seen",
    "refused": "reached, but the connection was refused",
}
NOT_REACHED = "not reachable"
NOT_CLEAR = "not clear whether it was reached"
NO_CONNECTION = "tcp connection to device failed"  # of several kinds, all without a connection


def failure_kind(line: str) -> FailureKind | None:
    """Returns what kept a host from being worked on, by the first line of its error; None if no known words stand in it."""
    folded = line.casefold()
    return next((kind for kind, words in FAILURE_WORDS if any(word in folded for word in words)), None)


def of_ping(line: str) -> str:
    """Returns the words for a ping that failed with this line; a device that refused the log-in was reached."""
    kind = failure_kind(line)
    if kind is None:
        return NOT_REACHED if NO_CONNECTION in line.casefold() else NOT_CLEAR
    return REACHED.get(kind, NOT_REACHED)


def counted(words: Iterable[str | None]) -> str:
    """Returns how often each of the words came, the most frequent first, such as `2 timed out, 1 log-in refused`."""
    return ", ".join(f"{number:,} {word}" for word, number in Counter(filter(None, words)).most_common())
