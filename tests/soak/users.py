"""Users type and click, all at once: every subcommand, every role, both workspaces, and what they may not do."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from lab.slack import Message, SlackLab
from lab.slack.inside import interactive_elements
from lab.slack.plain import text_of
from tests.soak.asked import Asked, Desk
from tests.soak.webnet_events import ACME, GLOBEX, Pace, WebNetEvents

READ_IN = {ACME: ("C0NOC", "D0VERA", "D0OSCAR"), GLOBEX: ("C0GXNOC",)}
CHANGE_IN = {ACME: ("C0OPS1", "C0OPS2", "C0OPS3", "C0OPS4"), GLOBEX: ("C0GXOPS1", "C0GXOPS2")}
TEAMS = {ACME: "T0ACME", GLOBEX: "T0GLOBEX"}
READERS = {  # those that may, and those that may not
    ACME: ("U0ALICE", "U0OSCAR", "U0VERA", "U0BOB", "U0OSCAR", "U0VERA", "U0GINA", "U0IVAN", "U0NICK", "U0MALLORY"),
    GLOBEX: ("U0GINA", "U0BOB"),
}
CHANGERS = {ACME: ("U0ALICE", "U0OSCAR", "U0BOB", "U0VERA", "U0GINA"), GLOBEX: ("U0GINA", "U0BOB")}
CHANGING = frozenset({"Retry", "Try again", "Ping", "Backup", "Acknowledge"})
READING = frozenset({"Logs", "Show diff", "Show config", "Older", "Newer", "Look further", "Look at the jobs"})
POSTED = CHANGING | {"Logs"}  # answered by a post, which does not say what it answers


@dataclass
class Users:
    slack: SlackLab
    desk: Desk
    events: WebNetEvents
    chance: random.Random
    per_s: float

    def __post_init__(self) -> None:
        for customer, channels in CHANGE_IN.items():
            for channel in channels:
                self.slack.add_channel(channel, channel[2:].lower(), TEAMS[customer])
        self._typing = Pace(self.per_s, self.chance)
        self._clicking = Pace(self.per_s / 4, self.chance)

    def tick(self) -> None:
        if self._typing.due():
            self._type(self.chance.choices((ACME, GLOBEX), (3, 1))[0])
        if self._clicking.due():
            self._click(self.chance.choices((ACME, GLOBEX), (3, 1))[0])

    # --- typing

    def _type(self, customer: int) -> None:
        changes = self.chance.random() < 0.3
        channels = [place for place in CHANGE_IN[customer] if self.desk.free(place)] if changes else READ_IN[customer]
        if not channels:
            return
        channel = self.chance.choice(channels)
        user = self.chance.choice((CHANGERS if changes else READERS)[customer])
        if channel.startswith("D0"):
            user = f"U0{channel[2:]}"
        line = self.chance.choice(list(self._changing(customer) if changes else self._reading(customer)))()
        asked = self.slack.say(user, f"/webnet {line}".strip(), channel, TEAMS[customer])
        posted = self.events.delivered.posted[channel] if changes else ()
        names = self._names(line) if changes else ""
        self.desk.take(Asked(asked, line, changes, posted, names))

    def _names(self, line: str) -> str:
        """The host that a ping or backup names by its number; empty for several."""
        numbers = {int(number) for number in line.split("#")[1:]}
        return self.events.hostnames[numbers.pop()] if len(numbers) == 1 else ""

    def _reading(self, customer: int) -> Iterator[Callable[[], str]]:
        def host(of: int = customer) -> str:
            return self.events.hostnames[self.chance.choice(self.events.devices[of])]

        def drifting() -> str:
            return self.events.hostnames[self.chance.choice(self.events.drifting[customer])]

        yield lambda: self.chance.choice(("help", "help jobs", "", "HELP"))
        yield lambda: f"status {host()}"
        yield lambda: f"status {host()[:7]}"
        yield lambda: f"status {host(GLOBEX if customer == ACME else ACME)}"  # another customer's
        yield lambda: self.chance.choice(("jobs", "jobs failed", "jobs mine", "jobs success ping", "jobs nonsense"))
        yield lambda: f"search {self.chance.choice(('ip route', 'site:fra1 interface', 'regex:^ip route 10', 'zzz'))}"
        yield lambda: f"config {drifting()}"
        yield lambda: f"diff {drifting()}"
        yield lambda: f"logs {self._job(customer)}"
        yield lambda: self.chance.choice(("statsu x", "<!channel>", "ping", "jobs before:x", 'status "'))

    def _changing(self, customer: int) -> Iterator[Callable[[], str]]:
        def device() -> str:
            return f"#{self.chance.choice(self.events.devices[customer])}"

        yield lambda: f"ping {device()}"
        yield lambda: f"ping {device()} {device()} {device()}"
        yield lambda: f"backup {device()}"
        yield lambda: f"retry {self._job(customer)}"
        yield lambda: f"cancel {self._job(customer)}"
        yield lambda: f"ack {self.chance.choice(self.events.recent_alerts or (1,))}"

    def _job(self, customer: int) -> int:
        return self.chance.choice(self.events.recent_jobs[customer] or (1,))

    # --- clicking

    def _click(self, customer: int) -> None:
        """A button of a notice, a card, a list or a word about an interruption."""
        with self.slack.world.changed:
            shown = list(self.events.delivered.recent[TEAMS[customer]])
        if not shown:
            return
        message = self.chance.choice(shown)
        labels = [label for label in _labels(message) if label in CHANGING | READING]
        if not labels:
            return
        label = self.chance.choice(labels)
        typed_in = message.channel in READ_IN[customer]
        if (label in POSTED) if typed_in else not self.desk.free(message.channel):
            return
        users = [user for user in CHANGERS[customer] if message.ephemeral_to in (None, user)]
        if message.channel.startswith("D0"):
            users = [f"U0{message.channel[2:]}"]
        if not users:
            return
        try:
            asked = self.slack.click(self.chance.choice(users), message, label)
        except ValueError:  # the message is gone, or changed meanwhile
            return
        posted = self.events.delivered.posted[message.channel] if label in POSTED else ()
        self.desk.take(Asked(asked, "", label in CHANGING, posted))


def _labels(message: Message) -> Iterator[str]:
    elements: list[dict[str, Any]] = [one for block in message.blocks for one in interactive_elements(block)]
    return (text_of(one.get("text")) for one in elements if one["type"] == "button" and "url" not in one)
