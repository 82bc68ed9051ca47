"""What was delivered to the channels, noted as it is posted, beside what happened in WebNet: once, twice, never, or wrongly."""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from lab.slack import Message, SlackLab, live_markup, plain
from lab.slack.inside import interactive_elements
from lab.webnet import WebNetLab
from tests.e2e.rig import OWN

JOB = re.compile(r"^(?:\*Job\*|•) #(\d+)\b")
COMPLIANCE = re.compile(r"^\S+ `([^`]+)` (violates|keeps) (soak-\d+-\d+)(?: again)?(?: · .*)?$")
REPEATED = re.compile(r"^\S+ (\d+) devices? still violates? (soak-\d+-\d+)(?: · .*)?$")
DRIFT = re.compile(r"^\S+ (?:Alert #(\d+) \([^)]*\): )?The config of `([^`]+)` changed: \+([\d,]+) −([\d,]+) ")
ALERT = re.compile(r"Drift alert #(\d+) \(")
CARD = re.compile(r"^\S+ (?:A )?(?:ping|backup) of ", re.IGNORECASE)
LOG = "Log of job #"
CARD_END = re.compile(r"^@U0\w+ \S+ (?:Ping|Backup) of ")
OPEN = re.compile(r"\[Open job #(\d+)\]")
INTERRUPTED = "was interrupted by a restart"
WORD = re.compile(r"[\w.-]+")

Key = tuple[str, ...]
"""The kind of event and what names it: ("job", "163"), ("drift", host, added, removed), ("alert", "7"), …"""

DONE, FAILED, COMPLIANCE_FLAG, DRIFT_FLAG = (
    "notify_job_completion",
    "notify_job_failure",
    "notify_compliance_violations",
    "notify_drift_detected",
)


def named_events(message: Message) -> Iterator[Key]:
    """The events that a notice or a page of a digest names. A change that is shown with its alert is the alert's."""
    lines = plain(message).splitlines()
    for number, line in enumerate(lines):
        if found := JOB.match(line):
            yield ("job", found[1])
        elif found := COMPLIANCE.match(line):
            yield ("compliance", *found.groups())
        elif found := REPEATED.match(line):
            yield ("compliance", f"{found[1]} devices", "repeated", found[2])
        elif found := DRIFT.match(line):
            change = found[2], found[3].replace(",", ""), found[4].replace(",", "")
            below = ALERT.search(lines[number + 1] if number + 1 < len(lines) else "")
            alert = found[1] or (below and below[1])
            yield ("alert", alert, *change) if alert else ("drift", *change)


@dataclass(frozen=True)
class Place:
    """A channel that asks for notices, by its flags."""

    team: str
    channel: str
    customer: int
    flags: frozenset[str]

    def may_get(self, customer: int, flag: str) -> bool:
        """Says whether such an event may come here: what ends a failure answers the notice of that, whoever asked for ends."""
        return customer == self.customer and (flag in self.flags or (flag == DONE and FAILED in self.flags))


@dataclass
class Count:
    """`again` are events beyond the first time."""

    expected: int = 0
    once: int = 0
    never: int = 0
    again: int = 0


@dataclass
class Delivered:
    """Hears every message as it is posted. Everything is read and written under the world's lock."""

    slack: SlackLab
    webnet: WebNetLab
    places: list[Place]
    foreign: dict[str, frozenset[str]]  # team -> the names that only other customers' devices have
    happened: dict[Key, tuple[int, str, int]] = field(default_factory=dict)  # customer, flag, how often
    times: dict[str, Counter[Key]] = field(default_factory=lambda: defaultdict(Counter))
    changes: dict[str, set[Key]] = field(
        default_factory=lambda: defaultdict(set)
    )  # drift delivered, alone or with its alert
    named: dict[tuple[str, str], Counter[Key]] = field(default_factory=lambda: defaultdict(Counter))  # by message
    again: list[tuple[float, str, int]] = field(default_factory=list)  # when, channel, how many events
    cards: Counter[tuple[str, str]] = field(default_factory=Counter)  # (channel, job)
    card_ends: Counter[tuple[str, str]] = field(default_factory=Counter)
    interruptions: int = 0
    markup: list[str] = field(default_factory=list)
    crossed: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    messages: int = 0
    posted: dict[str, deque[tuple[float, str]]] = field(default_factory=lambda: defaultdict(lambda: deque(maxlen=20)))
    recent: dict[str, deque[Message]] = field(default_factory=lambda: defaultdict(lambda: deque(maxlen=100)))

    def listen(self) -> None:
        with self.slack.world.changed:
            self.slack.world.watchers.append(self._heard)
            self.slack.world.listeners.append(self._news)

    def happen(self, key: Key, customer: int, flag: str) -> None:
        with self.slack.world.changed:
            before = self.happened.get(key, (customer, flag, 0))[2]
            self.happened[key] = (customer, flag, before + 1)

    def _news(self, kind: str, thing: object) -> None:
        if kind == "refused":
            self.refused.append(str(thing)[:500])

    def _heard(self, message: Message) -> None:
        if message.via == "typed" or message.deleted:
            return
        own = f"{self.webnet.url}/"
        self.markup += [mark for mark in live_markup(message) if own not in mark and not mark.startswith(OWN)]
        self._look_for_foreign(message)
        shown = plain(message)
        if message.edited:  # a burst grows in its message
            if (message.channel, message.ts) in self.named and not CARD.match(shown):
                self._note(message)
            return
        self.messages += 1
        if any(element.get("type") == "button" for block in message.blocks for element in interactive_elements(block)):
            self.recent[message.team].append(message)
        self._note_card(message, shown)
        if CARD.match(shown) or shown.startswith(LOG) or message.via == "chat.postEphemeral":
            self.posted[message.channel].append((time.monotonic(), shown))
        if INTERRUPTED in shown and message.channel.startswith("D0"):
            self.interruptions += 1
        if message.via == "chat.postMessage":
            self._note(message)

    def _note(self, message: Message) -> None:
        named, before = Counter(named_events(message)), self.named[message.channel, message.ts]
        keys = list((named - before).elements())
        self.named[message.channel, message.ts] = named | before
        times = self.times[message.channel]
        if repeated := sum(times[key] >= self.happened.get(key, (0, "", 1))[2] for key in keys):
            self.again.append((time.monotonic(), message.channel, repeated))
        times.update(keys)
        self.changes[message.channel].update(("drift", *key[-3:]) for key in keys if key[0] in ("drift", "alert"))

    def _note_card(self, message: Message, shown: str) -> None:
        job = OPEN.search(shown)
        if job is None:
            return
        if CARD_END.match(shown):
            self.card_ends[message.channel, job[1]] += 1
        elif CARD.match(shown) and not message.thread_ts:
            self.cards[message.channel, job[1]] += 1

    def _look_for_foreign(self, message: Message) -> None:
        """A name of another customer's device, unless the asker typed it."""
        words = set(WORD.findall(plain(message))) & self.foreign[message.team]
        if words and message.cause is not None:
            words -= set(WORD.findall(str(message.cause.payload.get("text", ""))))
        if words:
            self.crossed.append(f"{message.channel}: {sorted(words)}")

    # --- counts

    def counts(self) -> dict[tuple[str, str], Count]:
        """By channel and kind of event."""
        with self.slack.world.changed:
            found: dict[tuple[str, str], Count] = defaultdict(Count)
            for place in self.places:
                for key, (customer, flag, expected) in self.happened.items():
                    if customer == place.customer and flag in place.flags:
                        self._add(place.channel, key, expected, found[place.channel, key[0]])
            return dict(found)

    def _add(self, channel: str, key: Key, expected: int, count: Count) -> None:
        delivered = self.times[channel][key]
        count.expected += expected
        if key[0] == "drift" and not delivered and key in self.changes[channel]:
            delivered = 1
        if key[0] == "job" and not delivered and self.card_ends[channel, key[1]]:
            delivered = 1  # by the card in this channel
        count.once += min(delivered, expected)
        count.never += max(0, expected - delivered)
        count.again += max(0, delivered - expected)

    def uninvited(self) -> list[str]:
        """What was delivered to channels that had not asked for it, or never happened."""
        with self.slack.world.changed:
            flags = {place.channel: place for place in self.places}
            found = []
            for channel, times in self.times.items():
                for key in times:
                    customer, flag, _ = self.happened.get(key, (0, "", 0))
                    place = flags.get(channel)
                    if place is None or not place.may_get(customer, flag):
                        found.append(f"{channel}: {key}")
            return found

    def missing(self) -> int:
        return sum(count.never for count in self.counts().values())

    def missing_keys(self) -> list[str]:
        with self.slack.world.changed:
            found = []
            for place in self.places:
                for key, (customer, flag, expected) in self.happened.items():
                    if customer == place.customer and flag in place.flags:
                        count = Count()
                        self._add(place.channel, key, expected, count)
                        if count.never:
                            found.append(f"{place.channel}: {key}")
            return found
