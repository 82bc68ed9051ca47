"""Which channels an event is for, and that every kind of event has one notice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from bot.core.events import Event
from bot.core.message import sentence
from bot.core.notices import COMPLIANCE, JOB_COMPLETION, JOB_FAILURE, Notice, Notices, route

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FAILED = Event("job:1:ended", "job", JOB_FAILURE, 1, NOON, {"id": 1})


@dataclass(frozen=True)
class Place:
    id: int
    customer: int = 1
    enabled: bool = True
    flags: frozenset[str] = frozenset({JOB_FAILURE, JOB_COMPLETION})


def test_an_event_goes_to_every_channel_of_its_customer_that_wants_it() -> None:
    assert route(FAILED, [Place(1), Place(2, flags=frozenset({JOB_COMPLETION})), Place(3)]) == [1, 3]
    assert route(replace(FAILED, flag=COMPLIANCE), [Place(1)]) == []


def test_no_event_goes_to_another_customer_or_to_a_disabled_workspace() -> None:
    assert route(FAILED, [Place(1, customer=2), Place(2, enabled=False), Place(3)]) == [3]


def test_two_notices_for_one_kind_of_event_are_refused() -> None:
    notice = Notice("job", lambda _event, _words: sentence("x"), lambda _: ("x",), lambda _: "x", lambda _: FAILED)
    assert dict(Notices([notice])) == {"job": notice}
    with pytest.raises(ValueError, match="two notices are for 'job'"):
        Notices([notice, notice])
