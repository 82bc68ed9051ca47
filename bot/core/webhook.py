"""Describes a request that another machine sends and the response to it, between the HTTP adapter and the edges."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

PREFIX = "/api/v1/chatops"  # of every path that the specification names


@dataclass(frozen=True, slots=True)
class Received:
    """Holds the raw bytes of a request, because signatures are of those. `headers` are by lower-case name; one that came twice
    is left out, so that nobody can choose which of the two is believed."""

    raw: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answered:
    """Holds a response; `body` is sent as JSON, None as nothing."""

    status: int
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Webhook:
    """Answers signed requests. Without a `header` of this `form`, which holds the signature, a request is refused anyway.
    `answer` may block and raises nothing."""

    header: str
    form: re.Pattern[str]
    answer: Callable[[Received], Answered]

    def may_be_signed(self, headers: Mapping[str, str]) -> bool:
        """Whether it is worth while to read the request; the names of `headers` are found in upper and lower case alike."""
        return bool(self.form.fullmatch(headers.get(self.header, "")))


REFUSED = Answered(401, {"detail": "The request is not signed, or not with the right secret, or too old."})
"""The one response to everything that cannot be verified, so that nobody learns which workspaces there are."""
