"""An event is routed to the channels that ask for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.core.events import Event
from bot.core.notice_kinds import COMPLIANCE, DEFAULT_FLAGS, JOB_COMPLETION, JOB_FAILURE
from bot.core.routing import route

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FAILED = Event("job:1:ended", "job", JOB_FAILURE.flag, 1, NOON, {"id": 1})


@dataclass(frozen=True)
class Channel:
    id: int
    customer: int = 1
    enabled: bool = True
    flags: frozenset[str] = DEFAULT_FLAGS


def test_an_event_goes_to_every_channel_of_its_customer_that_asks_for_it() -> None:
    assert route(FAILED, [Channel(1), Channel(2, flags=frozenset({JOB_COMPLETION.flag})), Channel(3)]) == [1, 3]
    assert route(replace(FAILED, flag=COMPLIANCE.flag), [Channel(1)]) == []


def test_no_event_goes_to_another_customer_or_to_a_disabled_workspace() -> None:
    assert route(FAILED, [Channel(1, customer=2), Channel(2, enabled=False), Channel(3)]) == [3]
