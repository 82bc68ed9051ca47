"""Reads a response of WebNet: as JSON, or as one of the errors in `bot.core.errors`."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any, TypeVar

from bot.core import errors

log = logging.getLogger(__name__)

Headers = Mapping[str, str]

MOST_VALUES = (
    200_000  # of an answer; a page has some thousand. An empty object is two bytes of JSON and takes 72 of memory
)
LONGEST_REFUSAL = 64 * 1024  # bytes that are looked through for words
QUOTE = ord('"')
_TOKENS = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[{,]', re.DOTALL)
RETRIED = frozenset({429, 502, 503, 504})
INACTIVE = "User inactive"
BAD_CREDENTIALS = (
    "Authentication credentials were not provided.",
    "Invalid API key",
    "API key expired",
    INACTIVE,
)
FOREIGN = "customer_id required or no access"


class Passing(errors.WebNetBroken):
    """A fault that may be over at the next try: a lost connection, or a proxy's word that WebNet is away."""


class UserInactive(errors.WebNetKeyRejected):
    """The key is right, but its user may not come in."""


class ForeignCustomer(errors.WebNetInvalid):
    """The user of the key may not act for this customer, or there is none."""


def judge(status: int, raw: bytes) -> Any:
    """The JSON of a 2xx answer, None for one without a body; everything else as the error it is. Bodies are never quoted:
    they may hold anything."""
    if status == 204:
        return None
    if 200 <= status < 300:
        if _too_many_values(raw):
            raise broken(f"an answer of more than {MOST_VALUES:,} values")
        try:
            return json.loads(raw)
        except (ValueError, RecursionError):
            raise broken("an answer that is not JSON") from None
    detail = _detail(raw)
    if status == 401 or (status == 403 and (detail in BAD_CREDENTIALS or b"token_not_valid" in raw)):
        raise key_rejected(UserInactive if detail == INACTIVE else errors.WebNetKeyRejected)
    if status == 403:
        raise not_admin()
    if status == 404:
        raise errors.WebNetMissing("WebNet does not know this (any more).")
    if status == 429:
        raise errors.WebNetThrottled("WebNet asks for fewer requests right now. Try again in a minute.")
    if status in RETRIED:
        raise Passing(f"WebNet is not available right now (error {status}). Try again in a minute.")
    if 400 <= status < 500:
        invalid = ForeignCustomer if detail == FOREIGN else errors.WebNetInvalid
        raise invalid(f"WebNet did not accept the request (error {status}).")
    raise broken(f"error {status}")


def _too_many_values(raw: bytes) -> bool:
    """Counts the lists, objects and commas outside of texts, closely only where there might be too many."""
    if sum(map(raw.count, (b"[", b"{", b","))) <= MOST_VALUES:
        return False
    values = (None for found in _TOKENS.finditer(raw) if raw[found.start()] != QUOTE)
    return next(islice(values, MOST_VALUES, None), raw) is None


def date_of(headers: Headers) -> datetime | None:
    try:
        date = parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _detail(raw: bytes) -> str:
    try:
        body = json.loads(raw if len(raw) <= LONGEST_REFUSAL else b"")
    except (ValueError, RecursionError):
        return ""
    detail = body.get("detail") if isinstance(body, dict) else None
    return detail if isinstance(detail, str) else ""


def broken(what: str) -> errors.WebNetBroken:
    return errors.WebNetBroken(f"WebNet answered with a fault ({what}). Try again; if it stays, look at WebNet itself.")


def not_admin() -> errors.WebNetForbidden:
    return errors.WebNetForbidden(
        "WebNet does not allow this to the bot's own account. Its key must belong to an administrator."
    )


def key_rejected(
    kind: type[errors.WebNetKeyRejected] = errors.WebNetKeyRejected,
) -> errors.WebNetKeyRejected:
    return kind(
        "WebNet rejected the bot's API key. Whoever runs the bot must renew `webnet.api_key`; `check` shows more."
    )


T = TypeVar("T")


def read(parse: Callable[[Mapping[str, Any]], T], row: Any) -> T:
    try:
        return parse(row)
    except (ValueError, AttributeError):
        raise broken("a row of an unknown shape") from None


def read_all(parse: Callable[[Mapping[str, Any]], T], rows: Iterable[Any]) -> Iterator[T]:
    """Gives the rows that can be read: one odd row must not hide the others."""
    for row in rows:
        try:
            yield read(parse, row)
        except errors.WebNetBroken:
            log.warning("a row of WebNet's cannot be read and is left out")
