"""Defines the rules of a channel: what an event must be for one of them to fit, and what is then done. Pure.

`core.rule_text` reads and writes rules, and `core.routing` applies them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, tzinfo
from functools import lru_cache
from typing import Literal

from bot.core.events import DeviceFacts, Event
from bot.core.notice_kinds import SUBJECTS
from bot.core.text import did_you_mean, either

MOST_RULES = 50  # of one channel
MOST_VALUES = 50  # of one condition
LONGEST_VALUE = 200

OUTCOMES = (
    "success", "partial", "failed", "violated", "cancelled", "unknown",  # of jobs
    "kept", "changed", "resolved", "started",  # a policy is kept again, a config differs, its alert is over, a commit was begun
)  # fmt: skip
OF_DEVICES = ("device", "group", "site", "role", "vendor")  # the conditions that one and the same device has to meet
EXAMPLES = {
    "kind": "job", "outcome": "failed", "severity": "critical", "type": "config_backup", "requester": "alice",
    "site": "fra1", "vendor": "cisco", "role": "core", "device": "rtr-fra", "group": "edge", "during": "22:00-06:00",
}  # fmt: skip
KEYS = tuple(EXAMPLES)
CLOSED = {"kind": SUBJECTS, "outcome": OUTCOMES}  # severities, types, sites and so on are WebNet's to name
Action = Literal["send", "hold", "drop"]
ACTIONS: tuple[Action, ...] = ("send", "hold", "drop")
MENTION = "mention:"
DONE = (*ACTIONS, "stop", "urgent", f"{MENTION}here")  # beside mentions of users and of groups of users
_ID = re.compile(
    "(?=.*[0-9A-Z])[0-9A-Za-z][0-9A-Za-z-]{2,49}"
)  # as chats name users and groups of them: never a plain word
_CLOCK = r"((?:[01]\d|2[0-3]):[0-5]\d)"
_WINDOW = re.compile(f"{_CLOCK}-{_CLOCK}")


Conditions = tuple[tuple[str, tuple[str, ...]], ...]


class BadRule(ValueError):
    """Says in a sentence what is wrong with a rule and what to write instead. `unnamed` is that sentence without the `value` that
    was written, which stands in `words` as {}."""

    def __init__(self, words: str, value: str = "") -> None:
        super().__init__(words.replace("{}", f"`{value}`"))
        self.words, self.value = words, value
        self.unnamed = words.replace("{}", "what stands there")


@dataclass(frozen=True, slots=True)
class Facts:
    """An event as conditions see it: each value folded, and those of each device by themselves."""

    values: Mapping[str, frozenset[str]]
    devices: tuple[Mapping[str, frozenset[str]], ...]

    @classmethod
    def of(cls, event: Event) -> Facts:
        facts = event.facts
        values = {
            "kind": _folded(subject(event)),
            "outcome": _folded(facts.outcome),
            "severity": _folded(facts.severity),
            "type": _folded(facts.job_type),
            "requester": _folded(facts.requester_name, f"#{facts.requester}"),
        }
        return cls(values, tuple(map(_of_device, facts.devices)))


@dataclass(frozen=True, slots=True)
class Rule:
    """`when` holds the folded values of each condition, one of which has to fit; a rule without conditions fits every event.
    `then` is what is done; `action` is None for a rule that only mentions or stops. The function `rule` makes and checks it."""

    when: Mapping[str, tuple[str, ...]]
    then: tuple[str, ...]
    action: Action | None = field(init=False, repr=False, compare=False)
    mentions: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _of_event: Conditions = field(init=False, repr=False, compare=False)
    _of_devices: Conditions = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Reads it once: an event is compared with thousands of rules."""
        action = "send" if "urgent" in self.then else next((each for each in ACTIONS if each in self.then), None)
        object.__setattr__(self, "action", action)
        mentions = (word.removeprefix(MENTION) for word in self.then if word.startswith(MENTION))
        object.__setattr__(self, "mentions", tuple(mentions))
        of_devices = tuple(each for each in self.when.items() if each[0] in OF_DEVICES)
        object.__setattr__(self, "_of_devices", of_devices)
        object.__setattr__(self, "_of_event", tuple(each for each in self.when.items() if each not in of_devices))

    def fits(self, facts: Facts, at: datetime, zone: tzinfo) -> bool:
        """Says whether every condition fits, those about devices on one device, and `during` at the time `at` in `zone`, which is
        when the event happened."""
        for key, values in self._of_event:
            if not _is_during(values, at, zone) if key == "during" else facts.values[key].isdisjoint(values):
                return False
        if not self._of_devices:
            return True
        for device in facts.devices:  # noqa: SIM110  # a generator for each of thousands of comparisons costs more than they do
            if _is(device, self._of_devices):
                return True
        return False


def rule(when: Mapping[str, Iterable[str]], then: Iterable[str]) -> Rule:
    """Raises BadRule."""
    for key in when:
        if key not in KEYS:
            raise BadRule(f"{{}} is no condition.{did_you_mean(key, KEYS)} There are {_listed(KEYS)}.", key)
    return Rule({key: _checked(key, when[key]) for key in KEYS if key in when}, _done(tuple(dict.fromkeys(then))))


def subject(event: Event) -> str:
    """Returns the kind of an event, as rules name it."""
    return event.facts.kind or event.kind


def fold(value: str) -> str:
    return " ".join(value.split()).casefold()


def _folded(*values: str) -> frozenset[str]:
    return frozenset(map(fold, values))


def _of_device(device: DeviceFacts) -> dict[str, frozenset[str]]:
    return {
        "device": _folded(device.name),
        "site": _folded(device.site),
        "vendor": _folded(device.vendor),
        "role": _folded(device.role),
        "group": _folded(*device.groups),
    }


def _is(device: Mapping[str, frozenset[str]], asked: Conditions) -> bool:
    for key, values in asked:
        found = device[key]
        if not any(name.startswith(values) for name in found) if key == "device" else found.isdisjoint(values):
            return False
    return True


def _is_during(windows: tuple[str, ...], happened_at: datetime, zone: tzinfo) -> bool:
    """An hour that the clocks skip is in no window, one that comes twice is in its window twice."""
    at = happened_at.astimezone(zone).time()
    return any(first <= at < last if first < last else not last <= at < first for first, last in map(_window, windows))


@lru_cache(1_000)
def _window(value: str) -> tuple[time, time]:
    found = _WINDOW.fullmatch(value)
    if found is None or found[1] == found[2]:
        raise BadRule("{} is no part of a day. Write `during:22:00-06:00`, from and to, on 24 hours.", value)
    return time.fromisoformat(found[1]), time.fromisoformat(found[2])


def _checked(key: str, values: Iterable[str]) -> tuple[str, ...]:
    folded = tuple(dict.fromkeys(map(fold, values)))
    if not folded or "" in folded:
        raise BadRule(f"`{key}` needs a value, such as `{key}:{EXAMPLES[key]}`.")
    if len(folded) > MOST_VALUES or max(map(len, folded)) > LONGEST_VALUE:
        raise BadRule(f"`{key}` takes {MOST_VALUES} values of {LONGEST_VALUE} characters at most.")
    known = CLOSED.get(key, folded)
    for value in folded:
        if value not in known:
            raise BadRule(f"{{}} is no {key}.{did_you_mean(value, known)} There are {_listed(known)}.", value)
        if key == "during":
            _window(value)
    return folded


def _done(then: tuple[str, ...]) -> tuple[str, ...]:
    if not then:
        raise BadRule("A rule needs something to do, such as `then:send`.")
    for word in then:
        if word not in DONE and not (word.startswith(MENTION) and _ID.fullmatch(word.removeprefix(MENTION))):
            also = f"{_listed(DONE)}, or `mention:` with the id of a user or of a user group"
            raise BadRule(f"A rule cannot do {{}}.{did_you_mean(word, DONE)} Write {also}.", word)
    if len({"send" if word == "urgent" else word for word in then if word in {*ACTIONS, "urgent"}}) > 1:
        raise BadRule(f"A rule does only one of {either(ACTIONS)}, and what is urgent is sent.")
    return then


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)
