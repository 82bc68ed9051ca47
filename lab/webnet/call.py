"""One request as the handlers see it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl

from lab.webnet.credentials import Caller, Throttle
from lab.webnet.responses import crash, refuse
from lab.webnet.state import State


class Starts(Protocol):
    """The part that runs jobs, as far as handlers need it."""

    def create(self, kind: str, customer: int, user: int, summary: Any, payload: Any) -> int: ...


@dataclass
class Call:
    method: str
    path: str
    query: list[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes
    scheme: str
    address: str
    state: State
    runner: Starts
    throttle: Throttle
    user: Caller | None = None
    jobs_made: list[int] = field(default_factory=list)

    @property
    def caller(self) -> Caller:
        if self.user is None:
            raise refuse(403, "Authentication credentials were not provided.")
        return self.user

    def param(self, name: str) -> str | None:
        """Returns the last value of a query parameter."""
        return dict(self.query).get(name)

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    def data(self) -> dict[str, Any]:
        """Reads the body as WebNet does: JSON or a form; JSON that is no object makes it crash."""
        if not self.body:
            return {}
        if self.content_type == "application/x-www-form-urlencoded":
            return dict(parse_qsl(self.body.decode()))
        if self.content_type != "application/json":
            raise refuse(415, f'Unsupported media type "{self.headers.get("Content-Type", "")}" in request.')
        try:
            value = json.loads(self.body)
        except ValueError as error:
            raise refuse(400, f"JSON parse error - {error}") from error
        if not isinstance(value, dict):
            raise crash()
        return value

    def create_job(self, kind: str, customer: int, summary: Any, payload: Any) -> int:
        """Makes a job in the name of the caller."""
        job = self.runner.create(kind, customer, self.caller.id, summary, payload)
        self.jobs_made.append(job)
        return job


def whole_number(text: object) -> int:
    """WebNet converts without a check: what is no number is a 500."""
    try:
        return int(text)  # type: ignore[call-overload, no-any-return]
    except (TypeError, ValueError) as error:
        raise crash() from error
