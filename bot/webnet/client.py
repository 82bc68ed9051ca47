"""WebNet's REST API: one pooled session, a deadline on every call, errors told apart, and the gate for every POST that
makes a job. Source of what is known about the API: the recorded exchanges in tests/fixtures/webnet."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, ReadTimeoutError

from bot.core import errors
from bot.logs import request_id
from bot.sending import never_sent, untrusted
from bot.settings import WebNet as WebNetSettings
from bot.webnet.answers import Headers, Passing, broken, date_of, judge, key_rejected, not_admin, read, read_all
from bot.webnet.models import Alert, Customer, Device, Job, User, maybe_id

log = logging.getLogger(__name__)


PAGE_SIZE = 50  # fixed by WebNet; it ignores page_size
MAX_BODY = 32 * 1024 * 1024  # bytes
TRIES = 3
CONNECT_S = 3.0
LOOK = "Look at `jobs` to see whether it is there before you try again."


@dataclass(frozen=True, slots=True)
class JobKind:
    """A job that the bot may start: WebNet's path, and its name in job rows."""

    path: str
    type: str
    word: str
    extra: Mapping[str, str]


REACHABILITY = JobKind("reachability/run", "check_reachability", "ping", {})
BACKUP = JobKind("config/backup", "config_backup", "backup", {"source_label": "chatops"})
KINDS = {kind.type: kind for kind in (REACHABILITY, BACKUP)}


@dataclass(frozen=True, slots=True)
class Target:
    """A device as it was found. The gate refuses it if WebNet knows it by another name or address by then."""

    id: int
    hostname: str
    mgmt_ip: str


@dataclass(frozen=True, slots=True)
class Page:
    """`count` is WebNet's number of rows in all; the rows are left as JSON."""

    count: int
    rows: tuple[Mapping[str, Any], ...]

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // PAGE_SIZE))


class _ApiKey(requests.auth.AuthBase):
    """Set explicitly, so that requests does not take credentials from a netrc file instead."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"ApiKey {self._key}"
        if current := request_id.get():
            request.headers["X-Request-ID"] = current  # WebNet keeps it, so that both logs can be read side by side
        return request


class WebNet:
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
        self._monotonic = monotonic
        self._sleep = sleep
        self._jitter = jitter
        self._session = requests.Session()
        self._session.auth = _ApiKey(api_key)
        self._session.headers.update({"Accept": "application/json", "User-Agent": "webnet-bot"})
        # Given with each request: of a session requests would prefer REQUESTS_CA_BUNDLE of the environment.
        self._verify = ca_bundle or None
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=connections, max_retries=0)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    @classmethod
    def from_settings(cls, settings: WebNetSettings, *, connections: int = 4) -> WebNet:
        return cls(
            settings.url,
            settings.api_key,
            timeout_s=settings.timeout_s,
            ca_bundle=settings.ca_bundle,
            connections=connections,
        )

    def close(self) -> None:
        self._session.close()

    # -- people and customers

    def me(self) -> User:
        """Whose key this is. WebNet answers 200 with a null id to nobody, which counts as a rejected key."""
        return self.me_and_date()[0]

    def me_and_date(self) -> tuple[User, datetime | None]:
        """The same, and WebNet's clock (whole seconds), for `check`."""
        row, headers = self._try("auth/me")
        if not isinstance(row, dict) or row.get("id") is None:
            raise key_rejected()
        return read(User.of, row), date_of(headers)

    def require_admin(self) -> None:
        """Raises WebNetForbidden unless the key is an admin's: others get empty lists and 404s instead of refusals."""
        if self.me().role != "admin":
            raise not_admin()

    def user(self, user_id: int) -> User:
        return read(User.of, self._get(f"users/{user_id}/"))

    def users(self) -> Iterator[User]:
        return read_all(User.of, self._all("users/"))

    def customers(self) -> Iterator[Customer]:
        return read_all(Customer.of, self._all("customers/"))

    # -- devices

    def device(self, device_id: int) -> Device:
        return read(Device.of, self._get(f"devices/{device_id}/"))

    def devices_page(self, number: int, ordering: str) -> tuple[int, tuple[Device, ...]]:
        """(pages in all, devices of page `number`, from 1)."""
        page = self._page("devices/", number, ordering)
        return page.pages, tuple(read_all(Device.of, page.rows))

    # -- jobs

    def job(self, job_id: int) -> Job:
        return read(Job.of, self._get(f"jobs/{job_id}/"))

    def jobs_page(self, number: int, ordering: str = "-id") -> tuple[int, tuple[Job, ...]]:
        """(pages in all, jobs of page `number`, from 1); WebNet's default order is not defined, so it is always sent."""
        page = self._page("jobs/", number, ordering)
        return page.pages, tuple(read_all(Job.of, page.rows))

    def start_job(
        self,
        kind: JobKind,
        customer: int,
        targets: tuple[Target, ...],
        ready: Callable[[], None] = lambda: None,
    ) -> int:
        """The gate: the only way to a POST that makes a job. Returns the job's id.

        `ready` is called last of all before the POST and may raise, such as when the caller's claim has ended.

        WebNet reads an empty or unknown target as "every device", checks nothing and cannot undo, so every target is
        read again right before, and must be enabled, of this customer and still what was asked for. Raises Conflict or
        NotFound, and then nothing was sent; OutcomeUnknown if the answer was lost, and then the job may run.
        """
        if not targets:
            raise errors.Conflict("No device was named, so nothing was started.")
        for target in targets:
            self._admit(kind, customer, target)
        ready()
        body = {"targets": {"device_ids": [t.id for t in targets]}, "customer_id": customer, **kind.extra}
        unclear = f"It is unclear whether the {kind.word} was started: WebNet's answer was lost or broken. {LOOK}"
        answer = self._post(kind.path, body, unclear)
        job_id = maybe_id(answer.get("job_id")) if isinstance(answer, dict) else None
        if job_id is None:
            raise errors.OutcomeUnknown(
                f"WebNet took the {kind.word} but did not say which job it is, so it is unclear whether it was "
                f"started. {LOOK}"
            )
        return job_id

    def cancel_job(self, job_id: int) -> None:
        """Raises WebNetInvalid if it is no longer queued or scheduled. A worker that has it already runs it all the same."""
        self._post(
            f"jobs/{job_id}/cancel",
            {},
            f"It is unclear whether job #{job_id} was cancelled: WebNet's answer was lost or broken. Look at `jobs`.",
        )

    def _admit(self, kind: JobKind, customer: int, target: Target) -> None:
        name = target.hostname or f"#{target.id}"
        try:
            device = self.device(target.id)
        except errors.WebNetMissing:
            raise errors.NotFound(f"{name} is no longer in WebNet. Nothing was started.") from None
        if device.customer != customer:
            # To this customer it is as if it did not exist.
            raise errors.NotFound(f"{name} is no longer in WebNet. Nothing was started.")
        if (device.hostname, device.mgmt_ip) != (target.hostname, target.mgmt_ip):
            raise errors.Conflict(
                f"#{target.id} was {target.hostname} ({target.mgmt_ip}) when it was looked up and is "
                f"{device.hostname} ({device.mgmt_ip}) now. Nothing was started; try again with the name you mean."
            )
        if not device.enabled:
            raise errors.Conflict(
                f"{name} is disabled in WebNet, so no {kind.word} can run on it. Enable it there first."
            )

    # -- drift

    def alert(self, alert_id: int) -> Alert:
        return read(Alert.of, self._get(f"config/drift/alerts/{alert_id}/"))

    def acknowledge_alert(self, alert_id: int) -> None:
        """WebNet checks no state: an alert that is resolved would fall back, so look before."""
        self._post(
            f"config/drift/alerts/{alert_id}/acknowledge/",
            {},
            f"It is unclear whether drift alert #{alert_id} was acknowledged: WebNet's answer was lost or broken. Try again.",
        )

    def drift_ids(self, device_id: int, days: int) -> frozenset[int]:
        """The drift records of a device: the only way from an alert to its device, as no record names the customer."""
        rows = self._get(f"config/drift/device/{device_id}", {"days": str(days)})
        if not isinstance(rows, list):
            raise broken("drifts that are no list")
        return frozenset(i for row in rows if isinstance(row, dict) and (i := maybe_id(row.get("id"))) is not None)

    # -- requests

    def _all(self, path: str) -> Iterator[Mapping[str, Any]]:
        """Every row by ascending id; rows that shift between two pages come once."""
        seen: set[object] = set()
        number, pages = 1, 1
        while number <= pages:
            page = self._page(path, number, "id")
            pages, number = page.pages, number + 1
            for row in page.rows:
                if row.get("id") not in seen:
                    seen.add(row.get("id"))
                    yield row

    def _page(self, path: str, number: int, ordering: str) -> Page:
        """Pages are counted here: WebNet's own `next` is built from the Host header and may point elsewhere."""
        body = self._get(path, {"ordering": ordering, "page": str(number)})
        if not isinstance(body, dict) or not isinstance(body.get("results"), list):
            raise broken("a list without results")
        count = body.get("count")
        rows = tuple(row for row in body["results"] if isinstance(row, dict))
        return Page(count if isinstance(count, int) else len(rows), rows)

    def _get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        return self._try(path, params)[0]

    def _try(self, path: str, params: Mapping[str, str] | None = None) -> tuple[Any, Headers]:
        """Tried up to three times within one `timeout_s`."""
        deadline = self._monotonic() + self._timeout_s
        for attempt in range(1, TRIES + 1):
            try:
                return self._send("GET", path, deadline, params=params)
            except (errors.WebNetUnreachable, errors.WebNetThrottled, Passing) as error:
                pause_s = 0.1 * 2**attempt * (0.5 + self._jitter())
                if attempt == TRIES or self._monotonic() + pause_s >= deadline:
                    raise
                log.info("WebNet did not answer GET %s (%s); trying again", path, error.code)
                self._sleep(pause_s)
        raise AssertionError("unreachable")

    def _post(self, path: str, body: Mapping[str, object], unclear: str) -> Any:
        """Never repeated: WebNet knows no idempotency, the same POST twice makes two jobs. `unclear` is said where the
        answer was lost."""
        try:
            return self._send("POST", path, self._monotonic() + self._timeout_s, body=body)[0]
        except (errors.WebNetTimeout, errors.WebNetBroken) as error:
            raise errors.OutcomeUnknown(unclear) from error

    def _send(
        self,
        method: str,
        path: str,
        deadline: float,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> tuple[Any, Headers]:
        """The JSON of the answer and its headers."""
        left_s = max(0.05, deadline - self._monotonic())
        try:
            with self._session.request(
                method,
                self._base + path,
                params=params,
                json=body,
                timeout=(min(left_s, CONNECT_S), left_s),
                allow_redirects=False,  # a 301 would turn a POST into a GET
                stream=True,
                verify=self._verify,
            ) as response:
                raw = self._body(response, deadline)
        except (requests.exceptions.RequestException, HTTPError) as error:
            raise self._failed(error) from error
        return judge(response, raw), response.headers

    def _body(self, response: requests.Response, deadline: float) -> bytes:
        """The whole body before the deadline; requests' own read time-out starts anew with every byte."""
        chunks: list[bytes] = []
        size = 0
        while chunk := response.raw.read1(64 * 1024, decode_content=True):
            chunks.append(chunk)
            size += len(chunk)
            if size > MAX_BODY:
                raise broken("an answer of more than 32 MiB")
            if self._monotonic() > deadline:
                raise self._late()
        return b"".join(chunks)

    def _failed(self, error: requests.exceptions.RequestException | HTTPError) -> errors.WebNetError:
        """Unreachable means that nothing was sent; a connection lost later leaves that open."""
        if isinstance(error, requests.exceptions.RequestException) and untrusted(error):
            return errors.WebNetUnreachable(
                "WebNet's certificate is not trusted. Whoever runs the bot should check `webnet.url` and "
                "`webnet.ca_bundle`."
            )
        if isinstance(error, requests.exceptions.RequestException) and never_sent(error):
            return errors.WebNetUnreachable("WebNet cannot be reached right now. Try again in a minute.")
        if isinstance(error, (requests.exceptions.Timeout, ReadTimeoutError)):
            return self._late()
        return Passing("WebNet closed the connection before it answered. Try again in a minute.")

    def _late(self) -> errors.WebNetTimeout:
        return errors.WebNetTimeout(f"WebNet did not answer within {self._timeout_s:g} s. Try again in a minute.")
