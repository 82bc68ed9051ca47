"""What all sections of a report have in common."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.errors import WebNetMissing
from bot.core.reports import Section, gathered, numbers, sparkline, trend

NOW = datetime(2026, 11, 29, 6, 30, tzinfo=UTC)


def section(name: str, found: dict[str, Any] | Exception, *, of_workspace: bool = False) -> Section[None]:
    def read(_: None) -> dict[str, Any]:
        if isinstance(found, Exception):
            raise found
        return found

    return Section(name, name, 1, read, lambda *_: (), lambda _: {}, of_workspace=of_workspace)


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ((), ""),
        ((0, 0), ""),
        ((None, None), ""),
        ((1,), "█"),
        ((0, 4, 8), "▁▄█"),
        ((None, 3, None, 3), "·█·█"),
        ((1, 1_000_000), "▁█"),
    ],
)
def test_numbers_are_drawn_as_bars(values: tuple[int | None, ...], drawn: str) -> None:
    assert sparkline(values) == drawn


def test_a_trend_names_every_day_before_today() -> None:
    history = {"2026-11-28": {"jobs": 4}, "2026-11-22": {"jobs": 2}, "2026-11-29": {"jobs": 9}}
    found = trend(history, "jobs", NOW)
    assert (len(found), found[-1], found[-7], found[0]) == (14, 4, 2, None)


def test_a_section_that_fails_keeps_no_other_back(caplog: pytest.LogCaptureFixture) -> None:
    away = section("away", WebNetMissing("It is not there."))
    with caplog.at_level(logging.CRITICAL + 1):
        found = gathered([away, section("broken", ZeroDivisionError()), section("good", {"number": 3})], None)
    assert found["away"] == {"error": "It is not there."}
    assert "log" in found["broken"]["error"]
    assert numbers(found) == {"good": 3}


def test_what_differs_between_the_workspaces_of_a_customer_is_not_kept_for_the_customer() -> None:
    found = gathered([section("here", {"number": 4}, of_workspace=True), section("good", {"number": 3})], None)
    assert found["here"]["number"] == 4
    assert numbers(found) == {"good": 3}


def test_what_may_end_a_report_is_asked_before_each_section() -> None:
    asked = iter([None, None, ZeroDivisionError()])

    def going_on() -> None:
        if error := next(asked):
            raise error

    with pytest.raises(ZeroDivisionError):
        gathered([section("good", {"number": 3})] * 3, None, going_on)
