"""A payload is written in one way alone, and every kind of value comes back as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from bot.approvals.payload import Payload
from bot.core.arguments import Sealed
from bot.core.chat import Place
from tests.requests import PAYLOAD

VALUES = {
    "text": 'é "quoted"\n\x00 \ud800',
    "number": 7,
    "words": ("site:fra1", "@core"),
    "notes": Sealed("0123456789abcdef0123456789abcdef"),
    "since": datetime(2026, 11, 29, 12, 0, 0, 1, tzinfo=timezone(timedelta(hours=1))),
    "age": timedelta(days=1, seconds=5),
    "none": (),
}
WHOLE = replace(
    PAYLOAD,
    values=VALUES,
    left_out=(("sw-1", "is disabled in WebNet"),),
    token="0" * 32,
    created=datetime(2026, 11, 29, 12, 0, 0, 1, tzinfo=UTC),
    expires=datetime(2026, 11, 29, 13, 0, 0, 1, tzinfo=UTC),
)


def test_everything_comes_back_as_it_was_written() -> None:
    assert Payload.read(WHOLE.write()) == WHOLE


def test_the_order_of_the_values_makes_no_difference() -> None:
    backwards = replace(WHOLE, values=dict(reversed(VALUES.items())))
    assert backwards.write() == WHOLE.write()


def test_whatever_differs_is_written_otherwise() -> None:
    others = (
        replace(WHOLE, values={**VALUES, "text": "7"}),
        replace(WHOLE, values={**VALUES, "number": "7"}),
        replace(WHOLE, devices=((2, *PAYLOAD.devices[0][1:]),)),
        replace(WHOLE, requester=7),
        replace(WHOLE, purpose="confirmation"),
        replace(WHOLE, token="1" * 32),
        replace(WHOLE, request=replace(PAYLOAD.request, place=Place("T0ACME", "C0OTHER"))),
    )
    assert len({each.write() for each in (WHOLE, *others)}) == len(others) + 1
