"""Says when a snooze ends, which events it holds, and what about an event ends it early. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal, Protocol, TypeVar
from zoneinfo import ZoneInfo

from bot.core import zones
from bot.core.errors import UsageError
from bot.core.events import Event
from bot.core.values import RESOLVED, UNTIL, age

LONGEST = timedelta(days=7)
MOST_FAULTS = 200  # open at once that one snooze keeps in mind; with more it ends by its time alone

Kind = Literal["device", "policy", "alert"]
Why = Literal["", "severity", "resolved"]

_RANKS = (("info", "low", "minor"), ("warning", "medium", "moderate"), ("high", "major", "error"), ("critical",))
_REPEATED = re.compile(r"compliance:repeated:(\d+):")


class About(Protocol):
    """Stands for what is about one thing: `subject` is WebNet's id of it."""

    @property
    def kind(self) -> str: ...

    @property
    def subject(self) -> int: ...


class Snoozed(About, Protocol):
    """Stands for a snooze: until when, and what it has seen: the rank of the severest event, 0 while none had a severity that is
    known, and the keys of the faults that are open."""

    @property
    def until(self) -> datetime: ...

    @property
    def until_resolved(self) -> bool: ...

    @property
    def rank(self) -> int: ...

    @property
    def faults(self) -> frozenset[str]: ...


S = TypeVar("S", bound=Snoozed)


@dataclass(frozen=True, slots=True)
class Subject:
    """What somebody snoozes; `name` is how callers know it, and `device` the device that it is about, if it is about one."""

    kind: Kind
    subject: int
    name: str
    device: int | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What a snooze has seen after one more event, and why that ends it, if it does."""

    rank: int
    faults: frozenset[str]
    why: Why = ""


def ending(span: str, now: datetime, zone: ZoneInfo) -> tuple[datetime, bool]:
    """Returns when a snooze ends at the latest, in UTC, and whether it ends before that once all is resolved. `span` is the value
    of a `Kind.span`, whose moments are in `zone` if they name none. Raises UsageError."""
    until, _, end = span.partition(" ")
    if until.lower() != UNTIL:
        at = now + min(age(span) or timedelta(), LONGEST * 2)
    elif end.lower() == RESOLVED:
        return now + LONGEST, True
    elif ":" in end[:3]:
        moments = zones.at_clock(time.fromisoformat(end.zfill(5)), (0, 1), now, zone)
        at = min(moment for moment in moments if moment > now)
    else:
        at = now
        with suppress(ValueError):
            at = zones.moment(end, zone)
    if not now < at <= now + LONGEST:
        raise UsageError(f"`{span}` cannot be: a snooze ends later than now, and lasts 7 days at most.")
    return at, False


def holding(event: Event, snoozes: Iterable[S]) -> S | None:
    """Returns the snooze by which an event is held: the last to end of those that are about it. An event about several devices
    is held only while all of them are snoozed, and so by the snooze that is the first to end."""
    about = [snooze for snooze in snoozes if concerns(snooze, event)]
    devices = {snooze.subject: snooze for snooze in sorted(about, key=_until) if snooze.kind == "device"}
    found = [snooze for snooze in about if snooze.kind != "device"]
    if devices and devices.keys() == devices_of(event):
        found.append(min(devices.values(), key=_until))
    return max(found, key=_until, default=None)


def _until(snooze: Snoozed) -> datetime:
    return snooze.until


def concerns(about: About, event: Event) -> bool:
    match about.kind:
        case "device":
            return about.subject in devices_of(event)
        case "policy":
            return policy_of(event) == about.subject
        case _:
            return alert_of(event) == about.subject


def open_faults(about: About, events: Iterable[Event]) -> dict[str, list[Event]]:
    """Returns the faults of a subject that these events, the oldest first, have left open, each with the events that say so."""
    found: dict[str, list[Event]] = {}
    for event in events:
        for fault in _faults(about, event, event.facts.ends):
            found.pop(fault, None)
        for fault in _faults(about, event, event.facts.opens):
            found.setdefault(fault, []).append(event)
    return found


def look(snooze: Snoozed, event: Event) -> Seen:
    """Returns what a snooze has seen after an event, which need not be about its subject."""
    rank = rank_of(event.facts.severity) if concerns(snooze, event) else 0
    ended = snooze.faults & _faults(snooze, event, event.facts.ends)
    faults = (snooze.faults - ended) | _faults(snooze, event, event.facts.opens)
    if snooze.rank and rank > snooze.rank and not event.facts.only_ends:
        return Seen(rank, faults, "severity")
    resolved = snooze.until_resolved and ended and not faults
    return Seen(max(rank, snooze.rank), frozenset(sorted(faults)[:MOST_FAULTS]), "resolved" if resolved else "")


def _faults(about: About, event: Event, keys: Iterable[str]) -> frozenset[str]:
    """Returns those of the keys that are of this subject. A job on several devices has one for each of them, which ends in its id."""
    if about.kind == "device" and event.kind == "job":
        return frozenset(key for key in keys if key.rpartition(":")[2] == str(about.subject))
    return frozenset(keys) if concerns(about, event) else frozenset()


def word_of(kind: str, subject: int) -> str:
    """Returns the word that names this in a line of `snooze`."""
    return f"#{subject}" if kind == "device" else f"{kind}:{subject}"


def word_for(event: Event) -> str:
    """Returns the word that names what the notice of an event is about; empty where that is not one thing."""
    devices = devices_of(event)
    if alert := alert_of(event):
        return word_of("alert", alert)
    if policy := policy_of(event):
        return word_of("policy", policy)
    return word_of("device", min(devices)) if len(devices) == 1 else ""


def rank_of(severity: str) -> int:
    """Orders severities, of which WebNet takes any; 0 for one that is not known."""
    word = severity.casefold().strip()
    return next((rank for rank, words in enumerate(_RANKS, 1) if word in words), 0)


def devices_of(event: Event) -> frozenset[int]:
    """Returns the devices that an event is about: of a job that failed on some of its devices those, if all are known by name.
    Empty where not all are known."""
    facts = event.facts
    named: Mapping[str, int] = {device.name: device.id for device in facts.devices}
    if event.kind == "job" and facts.outcome in ("failed", "partial"):
        hosts: Sequence[str] = [host for host, _ in event.data.get("errors", ()) if host]
        if hosts:
            whole = len(hosts) == event.data.get("failed") and not event.data.get("at_least")
            return frozenset(named[host] for host in hosts) if whole and named.keys() >= {*hosts} else frozenset()
    total = event.data.get("total") or len(named)
    return frozenset(named.values()) if total == len(named) else frozenset()


def policy_of(event: Event) -> int | None:
    """Returns the policy that an event is about, by WebNet's id."""
    if found := _REPEATED.match(event.key):
        return int(found[1])
    kind, _, rest = _first_fault(event).partition(":")
    return int(rest.partition(":")[0]) if kind == "compliance" else None


def alert_of(event: Event) -> int | None:
    """Returns the drift alert that an event is about, by WebNet's id."""
    alert = event.data.get("alert")
    found = str(alert.get("id") if isinstance(alert, dict) else _first_fault(event).removeprefix("drift:alert:"))
    return int(found) if found.isdecimal() else None


def _first_fault(event: Event) -> str:
    return next(iter((*event.facts.opens, *event.facts.ends)), "")
