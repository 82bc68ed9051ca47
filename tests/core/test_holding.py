"""Until when rules and quiet hours keep a notice back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.core import holding, rule_text
from bot.core.events import Event, Facts
from bot.core.holding import ByQuietHours, Hold, Holders
from bot.core.notice_kinds import JOB_FAILURE
from bot.core.quiet import QuietHours
from bot.core.rules import Rule

EVENING = datetime(2026, 11, 30, 22, 30, tzinfo=UTC)  # a Monday
NIGHT = QuietHours.parse("mon-fri 22:00-06:00 UTC")


@dataclass
class Place:
    """A channel of customer 1."""

    rules: tuple[Rule, ...] = ()
    quiet: QuietHours | None = None
    zone: ZoneInfo = NIGHT.where
    id: int = 1
    customer: int = 1
    enabled: bool = True
    flags: frozenset[str] = frozenset({JOB_FAILURE.flag})
    revision: int = 1


def event() -> Event:
    return Event("job:7:ended", "job", JOB_FAILURE.flag, 1, EVENING, {}, facts=Facts(kind="job", outcome="failed"))


def by_rule(line: str, quiet: QuietHours | None) -> str:
    hold = holding.by_rule(event(), Place((rule_text.parse(line),), quiet))
    return f"{hold.held_until:%d %H:%M}" if hold else ""


def test_quiet_hours_hold_until_they_end() -> None:
    assert ByQuietHours().until(event(), Place(quiet=NIGHT), EVENING) == Hold(
        EVENING.replace(month=12, day=1, hour=6, minute=0), "quiet"
    )
    assert ByQuietHours().until(event(), Place(quiet=NIGHT), EVENING.replace(hour=12)) is None
    assert ByQuietHours().until(event(), Place(), EVENING) is None


@pytest.mark.parametrize(
    ("line", "quiet", "until"),
    [
        ("during:22:00-05:00 then:hold", None, "01 05:00"),
        ("during:22:00-05:00,21:00-23:30 then:hold", NIGHT, "01 05:00"),
        ("outcome:failed then:hold", NIGHT, "01 06:00"),
        ("outcome:failed then:hold", QuietHours.parse("wed 22:00-07:00 UTC"), "03 07:00"),  # the next ones
        ("outcome:failed then:hold", None, "01 08:00"),
        ("during:00:00-05:00 then:hold", None, ""),
        ("outcome:success then:hold", NIGHT, ""),
        ("outcome:failed then:send", NIGHT, ""),
    ],
)
def test_a_rule_holds_to_the_end_of_its_hours_or_of_the_next_quiet_ones(
    line: str, quiet: QuietHours | None, until: str
) -> None:
    assert by_rule(line, quiet) == until


def test_a_rule_that_always_fits_holds_an_event_no_longer_at_that_time() -> None:
    held = Holders()
    place = Place((rule_text.parse("kind:job then:hold"),), NIGHT)
    hold = held.until(event(), place, EVENING)
    assert hold is not None
    assert held.until(event(), place, hold.held_until) is None


def test_of_several_holds_the_longest_counts() -> None:
    place = Place((rule_text.parse("during:22:00-23:00 then:hold"),), NIGHT)
    hold = Holders(ByQuietHours()).until(event(), place, EVENING)
    assert hold is not None
    assert hold.held_for == "quiet"
