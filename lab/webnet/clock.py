"""Times as WebNet writes them: ISO 8601 in UTC with `Z`, and no fraction when the microseconds are zero."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

Clock = Callable[[], datetime]

SEEDED_AT = datetime(2026, 11, 23, 7, 34, 31, 797857, tzinfo=UTC)
"""The moment the recorded copy of WebNet was filled."""

RECORDED_AT = datetime(2026, 11, 23, 7, 40, 48, tzinfo=UTC)
"""The end of the recording."""

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")


class ManualClock:
    """A clock that stands still until it is moved."""

    def __init__(self, start: datetime = RECORDED_AT) -> None:
        self._now = start

    def __call__(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


def utc_now() -> datetime:
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def parse(text: str) -> datetime:
    return datetime.fromisoformat(text)


def is_stamp(value: object) -> bool:
    return isinstance(value, str) and _TIME.fullmatch(value) is not None


def shifted(value: Any, by: timedelta) -> Any:
    """Returns a copy of a JSON value (or of a table of them) with every time in it moved."""
    if isinstance(value, dict):
        return {key: shifted(item, by) for key, item in value.items()}
    if isinstance(value, list):
        return [shifted(item, by) for item in value]
    return stamp(parse(value) + by) if by and is_stamp(value) else value
