"""Decides which channels an event is for. Pure: feeds route when they enqueue, and nothing is looked up here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.core.events import Event
from bot.core.notice_kinds import NoticeKind
from bot.core.quiet import QuietHours
from bot.core.rules import OF_DEVICES, Action, Facts, Rule, subject

# An index of rules is made by the first of these that a rule asks for, those that fit the fewest events first.
_RARE = (*OF_DEVICES, "requester", "type", "severity", "outcome")


class Destination(Protocol):
    """Stands for a channel that may ask for notices: the id of its row, the customer of its workspace, and whether that is
    enabled. Its rules decide what it gets, and where it has none, the flags that are switched on; `quiet` are its quiet hours.
    `zone` is the time zone of its rules, and `revision` the number of what it asks for now."""

    @property
    def id(self) -> int: ...

    @property
    def customer(self) -> int: ...

    @property
    def enabled(self) -> bool: ...

    @property
    def flags(self) -> frozenset[str]: ...

    @property
    def rules(self) -> tuple[Rule, ...]: ...

    @property
    def quiet(self) -> QuietHours | None: ...

    @property
    def zone(self) -> ZoneInfo: ...

    @property
    def revision(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Route:
    """What happens to an event in a channel. `mentions` are ids of the chat's, or `here`. What is `urgent` passes quiet hours
    and snoozes. `rule` is the number of the rule that decided, counted from 1; None where no rule fits, or there is none."""

    channel: int
    action: Action
    mentions: tuple[str, ...] = ()
    urgent: bool = False
    rule: int | None = None
    revision: int = 0


class Routing:
    """The rules and flags of many channels, indexed by the customer and the kind of event, so that routing one looks only at
    the channels that may get it. May be shared between threads."""

    def __init__(self, destinations: Iterable[Destination]) -> None:
        self._places: dict[int, list[Destination]] = defaultdict(list)
        for each in destinations:
            if each.enabled:
                self._places[each.customer].append(each)
        self._indexes: dict[tuple[int, str], _Index] = {}

    def route(self, event: Event) -> list[Route]:
        """Returns the routes of the channels to notify: those of the event's customer, in an enabled workspace."""
        places, key = self._places.get(event.customer, ()), (event.customer, subject(event))
        index = self._indexes.get(key) or self._indexes.setdefault(key, _Index(places, key[1]))
        facts = Facts.of(event)
        routes = (_decided(places[at], event, facts) for at in index.candidates(event.flag, facts))
        return [each for each in routes if each.action != "drop"]


def route(event: Event, destinations: Iterable[Destination]) -> list[Route]:
    return Routing(destinations).route(event)


def may_get(destination: Destination, kind: NoticeKind) -> bool:
    """Says whether a channel may ever get a notice of this kind."""
    name = kind.about or kind.key
    if not destination.rules:
        return kind.flag in destination.flags
    return any(name in each.when.get("kind", (name,)) and each.action != "drop" for each in destination.rules)


def explain(event: Event, destination: Destination) -> Route:
    """Returns what happens to the event in one channel, also where that is nothing. It is the same whenever this is asked."""
    if not destination.enabled or destination.customer != event.customer:
        return Route(destination.id, "drop", revision=destination.revision)
    return _decided(destination, event, Facts.of(event))


def _decided(place: Destination, event: Event, facts: Facts) -> Route:
    """Applies the rules in their order. The last of send, hold and drop counts; where rules only mention somebody, and none decides,
    they send."""
    if not place.rules:
        wanted = event.flag in place.flags
        return Route(place.id, "send" if wanted else "drop", urgent=event.facts.pressing, revision=place.revision)
    action: Action | None = None
    decided, mentions, urgent = None, list[str](), event.facts.pressing
    for number, rule in enumerate(place.rules, start=1):
        if not rule.fits(facts, event.happened_at, place.zone):
            continue
        if rule.action or action is None:
            action, decided = rule.action, number
        mentions += rule.mentions
        urgent = urgent or "urgent" in rule.then
        if "stop" in rule.then:
            break
    if action is None:
        action = "send" if mentions else "drop"
    if urgent and action == "hold":
        action = "send"
    return Route(place.id, action, tuple(dict.fromkeys(mentions)), urgent, decided, place.revision)


class _Index:
    """Finds the channels of a customer that may get events of one kind, each by its position."""

    def __init__(self, places: Sequence[Destination], kind: str) -> None:
        self._always: set[int] = set()
        self._by_value: dict[tuple[str, str], set[int]] = defaultdict(set)
        for at, place in enumerate(places):
            for flag in () if place.rules else place.flags:
                self._by_value["flag", flag].add(at)
            for rule in place.rules:
                if kind in rule.when.get("kind", (kind,)) and (rule.mentions or rule.action in {"send", "hold"}):
                    self._add(at, rule)
        self._lengths = sorted({len(value) for key, value in self._by_value if key == "device"})

    def candidates(self, flag: str, facts: Facts) -> list[int]:
        """Returns the channels that have the flag on, or a rule that may let the event through, in their order. The rules of
        all others ask for a value that it does not have."""
        pairs = (("flag", flag), *self._pairs(facts))
        return sorted(self._always.union(*(self._by_value.get(pair, ()) for pair in pairs)))

    def _add(self, at: int, rule: Rule) -> None:
        rare = next((key for key in _RARE if key in rule.when), None)
        if rare is None:
            self._always.add(at)
            return
        for value in rule.when[rare]:
            self._by_value[rare, value].add(at)

    def _pairs(self, facts: Facts) -> Iterator[tuple[str, str]]:
        """Yields each condition that the event may meet. What a device's name begins with is looked up by its lengths."""
        for values in (facts.values, *facts.devices):
            for key, found in values.items():
                for value in found:
                    if key == "device":
                        yield from ((key, value[:length]) for length in self._lengths if length <= len(value))
                    else:
                        yield key, value
