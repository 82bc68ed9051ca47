"""Reads a response of WebNet: as JSON, or as one of the errors in `bot.core.errors`."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from bot.core import errors

log = logging.getLogger(__name__)

Headers = Mapping[str, str]

RETRIED = frozenset({429, 502, 503, 504})
BAD_CREDENTIALS = (
    "Authentication credentials were not provided.",
    "Invalid API key",
    "API key expired",
    "User inactive",
)


class Passing(errors.WebNetBroken):
    """A fault that may be over at the next try: a lost connection, or a proxy's word that WebNet is away."""


def judge(status: int, raw: bytes) -> Any:
    """The JSON of a 2xx answer; everything else as the error it is. Bodies are never quoted: they may hold anything."""
    if 200 <= status < 300:
        try:
            return json.loads(raw)
        except (ValueError, RecursionError):
            raise broken("an answer that is not JSON") from None
    detail = _detail(raw)
    if status == 401 or (status == 403 and (detail in BAD_CREDENTIALS or b"token_not_valid" in raw)):
        raise key_rejected()
    if status == 403:
        raise not_admin()
    if status == 404:
        raise errors.WebNetMissing("WebNet does not know this (any more).")
    if status == 429:
        raise errors.WebNetThrottled("WebNet asks for fewer requests right now. Try again in a minute.")
    if status in RETRIED:
        raise Passing(f"WebNet is not available right now (error {status}). Try again in a minute.")
    if 400 <= status < 500:
        raise errors.WebNetInvalid(f"WebNet did not accept the request (error {status}).")
    raise broken(f"error {status}")


def date_of(headers: Headers) -> datetime | None:
    try:
        return parsedate_to_datetime(headers.get("Date", ""))
    except ValueError:
        return None


def _detail(raw: bytes) -> str:
    try:
        body = json.loads(raw)
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


def key_rejected() -> errors.WebNetKeyRejected:
    return errors.WebNetKeyRejected(
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
