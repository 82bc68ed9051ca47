"""Generated histories of channels, step by step; a step is a quarter of an hour."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.channels import Channel
from bot.core import rule_text
from bot.core.events import DeviceFacts, Event, Facts
from bot.core.notice_kinds import JOB_FAILURE
from bot.core.quiet import QuietHours

QUARTER = timedelta(minutes=15)
STEPS = 4 * 36
BEGINS = [
    datetime(2026, 3, 28, 18, tzinfo=UTC),
    datetime(2026, 10, 3, 6, tzinfo=UTC),
    datetime(2026, 10, 24, 18, tzinfo=UTC),
    datetime(2026, 10, 31, 18, tzinfo=UTC),
    datetime(2026, 11, 30, tzinfo=UTC),
]
ZONES = ["Europe/Berlin", "America/New_York", "UTC", "Australia/Lord_Howe"]
CLOCKS = ["00:00", "01:30", "02:00", "02:15", "02:30", "03:00", "07:00", "22:00"]
EVERY_DAY = tuple(range(7))
EVENTS = 7


@dataclass(frozen=True)
class Days:
    """A day and a half as the bot lives through them: it is away for some steps, and in others its clock is wrong."""

    begins: datetime
    away: range
    wrong: range
    by: timedelta

    def at(self, step: int) -> datetime:
        return self.begins + QUARTER * step

    def looks(self) -> Iterator[tuple[int, datetime]]:
        """Yields the steps at which the bot runs, with what its clock shows."""
        for step in range(STEPS):
            if step not in self.away:
                yield step, self.at(step) + (self.by if step in self.wrong else timedelta())

    def is_set(self, step: int) -> bool:
        """Says whether the clock was set since the step before at which the bot ran."""
        before = next((each for each in reversed(range(step)) if each not in self.away), step)
        return (before in self.wrong) != (step in self.wrong)


@dataclass(frozen=True)
class Asked:
    """What the channel asks for from the step `since` on."""

    since: int
    rules: tuple[tuple[frozenset[str], str, str], ...]  # sites, a part of the day or nothing, what is done
    days: tuple[int, ...]
    hours: tuple[str, str] | None
    holidays: tuple[date, ...]
    zone: str

    @property
    def quiet(self) -> QuietHours | None:
        if not self.hours:
            return None
        hours = QuietHours.daily("-".join(self.hours), ZoneInfo(self.zone))
        return replace(hours, days=self.days, holidays=self.holidays)

    @property
    def lines(self) -> tuple[str, ...]:
        lines = []
        for sites, during, then in self.rules:
            where = f"site:{','.join(sorted(sites))} " if sites else ""
            lines.append(f"{where}{f'during:{during} ' if during else ''}then:{then}")
        return tuple(lines)

    @lru_cache(maxsize=64)  # noqa: B019  # no more than one history asks for
    def channel(self) -> Channel:
        rules, quiet = tuple(map(rule_text.parse, self.lines)), self.quiet
        zone = quiet.where if quiet else ZoneInfo("UTC")
        return Channel(1, 1, True, frozenset({JOB_FAILURE.flag}), "C1", 1, rules=rules, quiet=quiet, zone=zone)


@dataclass(frozen=True)
class Snoozed:
    """A snooze that the step `since` begins, for so many quarters; somebody ends it in the step `ended`, if that is not None."""

    since: int
    device: int
    quarters: int
    everywhere: bool
    ended: int | None


@dataclass(frozen=True)
class History:
    """`unreachable` are steps, by the device that answers no ping in them."""

    days: Days
    asked: tuple[Asked, ...]
    events: tuple[tuple[int, Event], ...]  # with their steps
    snoozes: tuple[Snoozed, ...]
    unreachable: tuple[tuple[int, range], ...]

    def beside(self, other: History) -> History:
        """Returns the other one, as that of a channel of this one's customer."""
        everywhere = tuple(each for each in self.snoozes if each.everywhere)
        here = tuple(each for each in other.snoozes if not each.everywhere)
        return replace(self, asked=other.asked, snoozes=(*everywhere, *here))

    def asked_at(self, step: int) -> Asked:
        return [each for each in self.asked if each.since <= step][-1]


def days_of(chance: random.Random, begins: datetime) -> Days:
    gone, wrong = chance.randrange(STEPS), chance.randrange(STEPS)
    by = chance.choice([-1, 1]) * QUARTER * chance.choice([2, 9, 40, 130])
    return Days(begins, range(gone, gone + chance.randrange(40)), range(wrong, wrong + chance.randrange(60)), by)


def history_of(chance: random.Random, days: Days, *, holding: bool = True) -> History:
    """`holding`: with snoozes and devices that do not answer."""
    zone = chance.choice(ZONES)
    running = [step for step, _ in days.looks()]
    unreachable = ((1, _steps(chance, running)),) if holding and chance.randrange(3) == 0 else ()

    def hours() -> tuple[str, str]:
        begin, end = chance.sample(CLOCKS, 2)
        return begin, end

    def rule() -> tuple[frozenset[str], str, str]:
        sites = frozenset(chance.sample(["a", "b"], chance.randrange(2)))
        during = "-".join(hours()) if chance.randrange(3) == 0 else ""
        done = ["send", "hold", "hold", "drop", "urgent", "hold,stop", "drop,stop", "stop"]
        return sites, during, chance.choice(done)

    def asked(since: int) -> Asked:
        rules = tuple(rule() for _ in range(chance.randrange(4)))
        weekdays = tuple(sorted(chance.sample(EVERY_DAY, chance.choice([2, 5, 7]))))
        holidays = tuple({days.begins.date() + timedelta(days=chance.randrange(3)) for _ in range(chance.randrange(2))})
        return Asked(since, rules, weekdays, hours() if chance.randrange(3) else None, holidays, zone)

    changes = sorted({chance.randrange(1, STEPS) for _ in range(chance.randrange(3))})
    at_once = chance.randrange(STEPS) if chance.randrange(8) == 0 else None
    steps = sorted(chance.randrange(STEPS) if at_once is None else at_once for _ in range(EVENTS))
    events = tuple((step, _event(chance, number, days.at(step))) for number, step in enumerate(steps))
    snoozes = tuple(_snoozed(chance, running, device) for device in (1, 2) if holding and chance.randrange(3) == 0)
    return History(days, (asked(0), *map(asked, changes)), events, snoozes, unreachable)


def _event(chance: random.Random, number: int, at: datetime) -> Event:
    device = DeviceFacts(chance.randrange(1, 4), "rtr", chance.choice(["a", "b"]))
    severity, job = chance.choice(["", "", "", "critical"]), chance.choice(["config_backup", "deploy"])
    facts = Facts("job", "failed", severity, job, devices=(device,), pressing=chance.randrange(9) == 0)
    return Event(f"e{number}", "job", JOB_FAILURE.flag, 1, at, {}, facts=facts)


def _steps(chance: random.Random, running: list[int]) -> range:
    begin, end = sorted(chance.sample(running, 2))
    return range(begin, end)


def _snoozed(chance: random.Random, running: list[int], device: int) -> Snoozed:
    steps = _steps(chance, running)
    ended = steps.stop if chance.randrange(2) else None
    return Snoozed(steps.start, device, chance.randrange(1, 60), chance.randrange(2) == 0, ended)
