"""A request that another machine sends, and the response to it: between the HTTP adapter and the edges that read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Received:
    """The raw bytes, because signatures are of those. `headers` by lower-case name; one that came twice is left out, so that
    nobody can choose which of the two is believed."""

    raw: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answered:
    """`body` as JSON; None is an empty answer."""

    status: int
    body: Mapping[str, Any] | None = None


Webhook = Callable[[Received], Answered]  # may block; raises nothing

REFUSED = Answered(401, {"detail": "The request is not signed, or not with the right secret, or too old."})
"""The one response to everything that cannot be verified, so that nobody learns which workspaces there are."""
