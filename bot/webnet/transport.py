"""The connection to WebNet: one pooled session, a deadline on every call, retries of reads, an error for each cause."""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from bot import tls
from bot.core import errors
from bot.http_client import ExchangeError, Session, origin
from bot.log_setup import request_id
from bot.settings.table import WebNet as WebNetSettings
from bot.webnet.models import maybe_id
from bot.webnet.responses import Headers, Passing, broken, judge

log = logging.getLogger(__name__)

counted: ContextVar[Callable[[], None]] = ContextVar("counted", default=lambda: None)
"""Hears of every request, for what a feed costs WebNet."""

Post = Callable[[str, Mapping[str, object], str], Any]  # path, body, and what is said where the answer is lost

PAGE_SIZE = 50  # fixed by WebNet; it ignores page_size
MOST_ROWS = 8 * 1024 * 1024  # bytes of a page of rows or of one object
MOST_TEXT = 32 * 1024 * 1024  # bytes of an object that holds a config or a device's output
TRIES = 3


@dataclass(frozen=True, slots=True)
class Page:
    """`count` is WebNet's number of rows in all; the rows are left as JSON."""

    count: int
    rows: tuple[Mapping[str, Any], ...]

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // PAGE_SIZE))


@dataclass(frozen=True, slots=True)
class Last:
    """How the last request went, whoever made it: when it ended, by the monotonic clock, how many seconds it took, and in words
    what WebNet failed to do, empty if it answered."""

    at: float
    took_s: float
    trouble: str


# Answers, though not those that were asked for.
ANSWERS = (errors.WebNetMissing, errors.WebNetForbidden, errors.WebNetInvalid)


class Transport:
    """Methods raise the WebNetError family only. Safe to share between threads."""

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        timeout_s: float = 10.0,
        ca_bundle: str = "",
        connections: int = 16,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._base = url.rstrip("/") + "/api/v1/"
        self._timeout_s = timeout_s
        self.last: Last | None = None
        self._monotonic = monotonic
        self._sleep = sleep
        self._jitter = jitter
        self._session = Session([origin(url)], tls.context(ca_bundle), connections=connections)
        self._headers = {"Accept": "application/json", "Authorization": f"ApiKey {api_key}"}

    @classmethod
    def from_settings(cls, settings: WebNetSettings, *, connections: int = 4) -> Transport:
        return cls(
            settings.url,
            settings.api_key,
            timeout_s=settings.timeout_s,
            ca_bundle=settings.ca_bundle,
            connections=connections,
        )

    def close(self) -> None:
        self._session.close()

    def all(self, path: str) -> Iterator[Mapping[str, Any]]:
        """Every row by ascending id; rows that shift between two pages come once. A page without a further row is the last."""
        seen: set[int | None] = set()
        number, pages, before = 1, 1, -1
        while number <= pages and len(seen) > before:
            before = len(seen)
            page = self.page(path, number, "id")
            pages, number = page.pages, number + 1
            for row in page.rows:
                if (row_id := maybe_id(row.get("id"))) not in seen:
                    seen.add(row_id)
                    yield row

    def page(self, path: str, number: int, ordering: str, *, most: int = MOST_ROWS) -> Page:
        """Pages are counted here: WebNet's own `next` is built from the Host header and may point elsewhere."""
        body = self.get(path, {"ordering": ordering, "page": str(number)}, most=most)
        if not isinstance(body, dict) or not isinstance(body.get("results"), list):
            raise broken("a list without results")
        rows = tuple(row for row in body["results"] if isinstance(row, dict))
        count = maybe_id(body.get("count"))
        if count is None:
            count = len(rows)
        return Page(count if body["results"] else min(count, number * PAGE_SIZE), rows)

    def rows(self, path: str, what: str, params: Mapping[str, str] | None = None) -> list[Any]:
        """Every row of a list that WebNet does not cut into pages; `what` names the rows."""
        rows = self.get(path, params, most=MOST_TEXT)
        if not isinstance(rows, list):
            raise broken(f"{what} that are no list")
        return rows

    def get(self, path: str, params: Mapping[str, str] | None = None, *, most: int = MOST_ROWS) -> Any:
        return self.attempt(path, params, most=most)[0]

    def attempt(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        authorization: str = "",
        most: int = MOST_ROWS,
    ) -> tuple[Any, Headers]:
        """Tried up to three times within one `timeout_s`, for an answer of at most `most` bytes. `authorization` is sent
        instead of the bot's own key."""
        deadline = self._monotonic() + self._timeout_s
        for attempt in range(1, TRIES + 1):
            try:
                return self._send("GET", path, deadline, params=params, authorization=authorization, most=most)
            except (errors.WebNetUnreachable, errors.WebNetThrottled, Passing) as error:
                pause_s = 0.1 * 2**attempt * (0.5 + self._jitter())
                if attempt == TRIES or self._monotonic() + pause_s >= deadline:
                    raise
                log.info("WebNet did not answer GET %s (%s); trying again", path, error.code)
                self._sleep(pause_s)
        raise AssertionError("unreachable")

    def post(self, path: str, body: Mapping[str, object], unclear: str, authorization: str = "") -> Any:
        """Never repeated: WebNet knows no idempotency, the same POST twice makes two jobs. `unclear` is said where the
        answer was lost. `authorization` is sent instead of the bot's own key."""
        deadline = self._monotonic() + self._timeout_s
        try:
            return self._send("POST", path, deadline, body=body, authorization=authorization)[0]
        except (errors.WebNetTimeout, errors.WebNetBroken) as error:
            raise errors.OutcomeUnknown(unclear) from error

    def delete(self, path: str) -> None:
        """Tried once; whoever calls it again later finds WebNetMissing where it was done."""
        self._send("DELETE", path, self._monotonic() + self._timeout_s)

    def _send(
        self, method: str, path: str, deadline: float, *, authorization: str = "", **request: Any
    ) -> tuple[Any, Headers]:
        """Does what `_exchange` does, and notes how it went."""
        began, trouble = self._monotonic(), ""
        try:
            return self._exchange(method, path, deadline, authorization=authorization, **request)
        except errors.WebNetError as error:
            refused = authorization and isinstance(error, errors.WebNetKeyRejected)  # a key that is not the bot's
            trouble = "" if refused or isinstance(error, ANSWERS) else error.words
            raise
        finally:
            now = self._monotonic()
            self.last = Last(now, now - began, trouble)

    def _exchange(
        self,
        method: str,
        path: str,
        deadline: float,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        authorization: str = "",
        most: int = MOST_ROWS,
    ) -> tuple[Any, Headers]:
        """Returns the JSON of the response and its headers."""
        counted.get()()
        headers = dict(self._headers)
        if authorization:
            headers["Authorization"] = authorization
        if body is not None:
            headers["Content-Type"] = "application/json"
        if current := request_id.get():
            headers["X-Request-ID"] = current  # WebNet keeps it, so that both logs can be read side by side
        try:
            response = self._session.exchange(
                method,
                self._base + path + (f"?{urlencode(params)}" if params else ""),
                headers,
                None if body is None else json.dumps(body, allow_nan=False).encode(),
                timeout_s=max(0.05, deadline - self._monotonic()),
                most=most,
            )
        except ExchangeError as error:
            raise self._failed(error) from error
        return judge(response.status, response.body), response.headers

    def _failed(self, error: ExchangeError) -> errors.WebNetError:
        """Unreachable means that nothing was sent; a connection lost later leaves that open."""
        if error.reason == "untrusted":
            return errors.WebNetUnreachable(
                "WebNet's certificate is not trusted. Whoever runs the bot should check `webnet.url` and "
                "`webnet.ca_bundle`."
            )
        if error.reason == "proxy":
            return errors.WebNetUnreachable(
                "WebNet cannot be reached through the proxy that the bot's environment names. Whoever runs the bot should "
                "check HTTPS_PROXY and NO_PROXY."
            )
        if not error.sent:
            return errors.WebNetUnreachable("WebNet cannot be reached right now. Try again in a minute.")
        if error.reason == "late":
            return self._late()
        if error.reason == "too_long":
            return broken(f"an answer of {error.detail}")
        return Passing("WebNet closed the connection before it answered. Try again in a minute.")

    def _late(self) -> errors.WebNetTimeout:
        return errors.WebNetTimeout(f"WebNet did not answer within {self._timeout_s:g} s. Try again in a minute.")
