"""A plain model of what becomes of a channel's events, in no more than what is promised: each is sent once, at its time and in its form,
or dropped by a rule that can be named."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.core.events import Event
from tests.delivery.histories import EVERY_DAY, QUARTER, Asked, History

UNREACHABLE_FOR = timedelta(hours=24)


class Outcome(NamedTuple):
    """`at` is the step in which an event was sent, None where the rule with the number `rule` dropped it, or none fitted."""

    at: int | None = None
    form: str = ""  # alone, urgent or held
    rule: int | None = None


Outcomes = dict[str, Outcome]  # by the event's key; what is held at the end has none


@cache
def walls(zone: str, begins: datetime) -> dict[datetime, list[datetime]]:
    """When the clocks of a zone show what, at each quarter from days before to weeks after."""
    found = defaultdict(list)
    for number in range(-6 * 96, 24 * 96):
        at = begins + QUARTER * number
        found[at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)].append(at)
    return dict(found)


def shown(wall: datetime, zone: str, begins: datetime) -> list[datetime]:
    while wall not in (known := walls(zone, begins)):  # the clocks skip it
        wall += QUARTER
    return known[wall]


Hours = tuple[tuple[str, str], tuple[int, ...], tuple[date, ...], str]  # from and to, days, holidays, zone


@lru_cache(maxsize=100_000)
def is_during(asked: Hours, begins: datetime, at: datetime) -> bool:
    hours, days, holidays, zone = asked
    today, midnight = at.astimezone(ZoneInfo(zone)).date(), time()
    begin, end = map(time.fromisoformat, hours)
    for day in (today - timedelta(days=1), today):
        next_day = day + timedelta(days=1)
        spans = [(begin, day if end > begin else next_day, end)] if day.weekday() in days else []
        spans += [(midnight, next_day, midnight)] if day in holidays else []
        for from_, last, to in spans:
            first = shown(datetime.combine(day, from_), zone, begins)[0]
            if first <= at < shown(datetime.combine(last, to), zone, begins)[-1]:
                return True
    return False


def on_wall(window: str, zone: str, at: datetime) -> bool:
    begin, end = window.split("-")
    wall = f"{at.astimezone(ZoneInfo(zone)):%H:%M}"
    return begin <= wall < end if begin < end else not end <= wall < begin


def decided(asked: Asked, event: Event) -> tuple[str, bool, int | None]:
    done, urgent, number = "", event.facts.pressing, None
    zone = asked.zone if asked.hours else "UTC"
    for position, (sites, during, then) in enumerate(asked.rules, start=1):
        if (sites and event.facts.devices[0].site not in sites) or (
            during and not on_wall(during, zone, event.happened_at)
        ):
            continue
        word = "send" if then.startswith("urgent") else then.split(",")[0]
        if word in ("send", "hold", "drop") or not done:
            done, number = word, position
        urgent = urgent or then.startswith("urgent")
        if then.endswith("stop"):
            break
    done = done if asked.rules else "send"
    done = "drop" if done in ("", "stop") else done
    return ("send" if urgent and done == "hold" else done), urgent, number


def end_of(hours: Hours, begins: datetime, at: datetime) -> datetime:
    while is_during(hours, begins, at):
        at += QUARTER
    return at


def hours_of(asked: Asked) -> Hours | None:
    return (asked.hours, asked.days, asked.holidays, asked.zone) if asked.hours else None


def kept_by_rule(asked: Asked, event: Event, begins: datetime) -> datetime | None:
    done, _, number = decided(asked, event)
    if done != "hold" or number is None:
        return None
    zone = asked.zone if asked.hours else "UTC"
    if during := asked.rules[number - 1][1]:
        return end_of(((during[:5], during[6:]), EVERY_DAY, (), zone), begins, event.happened_at)
    hours, then = hours_of(asked) or (("07:00", "08:00"), EVERY_DAY, (), "UTC"), event.happened_at + QUARTER
    while is_during(hours, begins, then) or not is_during(hours, begins, then - QUARTER):
        then += QUARTER
    return then


class Model:
    """Knows, by the bot's clock, how long each snooze of a history lasts and since when which devices do not answer."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.snoozed: dict[int, tuple[datetime, datetime]] = {}  # by the number of the snooze: since, until
        self.away: dict[int, datetime] = {}  # by the device: since

    def outcomes(self) -> Outcomes:
        """An event is sent at the first look at which nothing holds it."""
        found: Outcomes = {}
        held: list[Event] = []
        last = -1
        for step, now in self.history.days.looks():
            asked, before, last = self.history.asked_at(step), last, step
            self.changed(step, now)
            for event in (event for at, event in self.history.events if before < at <= step):
                self.severe(event)
                done, urgent, rule = decided(asked, event)
                if done == "drop":
                    found[event.key] = Outcome(rule=rule)
                elif urgent or not self.holds(asked, event, now):
                    found[event.key] = Outcome(step, "urgent" if urgent else "alone")
                else:
                    held.append(event)
            free = [event.key for event in held if not self.holds(asked, event, now)]
            found |= dict.fromkeys(free, Outcome(step, "held"))
            held = [event for event in held if event.key not in free]
        return found

    def changed(self, step: int, now: datetime) -> None:
        """Begins and ends snoozes and the absence of devices. Where the clock was set, what began later than now began now."""
        self.snoozed = {
            n: (min(since, now), until - max(since - now, timedelta()))
            for n, (since, until) in self.snoozed.items()
            if until > now and self.history.snoozes[n].ended != step
        }
        self.away = {device: min(since, now) for device, since in self.away.items()}
        for n, each in enumerate(self.history.snoozes):
            if each.since == step:
                self.snoozed[n] = now, now + QUARTER * each.quarters
        for device, steps in self.history.unreachable:
            if step == steps.start:
                self.away[device] = now
            elif step == steps.stop:
                self.away.pop(device, None)

    def severe(self, event: Event) -> None:
        """Ends the snoozes of what has become worse."""
        device = event.facts.devices[0].id
        over = {n for n in self.snoozed if event.facts.severity and self.history.snoozes[n].device == device}
        self.snoozed = {n: each for n, each in self.snoozed.items() if n not in over}

    def holds(self, asked: Asked, event: Event, now: datetime) -> bool:
        begins, device, hours = self.history.days.begins, event.facts.devices[0].id, hours_of(asked)
        by_rule, since = kept_by_rule(asked, event, begins), self.away.get(device)
        return (
            bool(by_rule and by_rule > now)
            or bool(hours and is_during(hours, begins, now))
            or bool(event.facts.job_type == "config_backup" and since and since + UNREACHABLE_FOR > now)
            or any(self.history.snoozes[n].device == device for n in self.snoozed)
        )
