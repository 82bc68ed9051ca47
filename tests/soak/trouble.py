"""What goes wrong: Slack's connections, its limits and faults, WebNet away or slow, and a replica that is killed."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from lab.faults import Fault
from lab.slack import SlackLab
from lab.slack.sockets import Connection
from lab.webnet import WebNetLab
from tests.soak.asked import Desk
from tests.soak.replicas import Replica
from tests.soak.webnet_events import Pace


@dataclass
class Troubles:
    """`longest_s` is how long WebNet may be away; `notices` are the channels in which Slack's answers get lost."""

    slack: SlackLab
    webnet: WebNetLab
    desk: Desk
    victim: Replica
    chance: random.Random
    notices: list[str]
    every_s: float
    kill_every_s: float
    longest_s: float
    counts: Counter[str] = field(default_factory=Counter)
    lost_answers: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._pace = Pace(1 / self.every_s, self.chance)
        self._next_kill = time.monotonic() + self._until_kill_s() / 3
        self._back_at = 0.0
        self._kinds: list[tuple[int, Callable[[], object]]] = [
            (4, self._hand_over),
            (2, self._kill_sockets),
            (1, self._half_open),
            (1, self._refuse_connections),
            (3, self._rate_limit),
            (2, self._slack_fails),
            (2, self._slack_is_slow),
            (2, self._answer_is_lost),
            (2, self._webnet_is_slow),
            (2, self._webnet_fails),
            (2, self._webnet_is_away),
        ]

    def tick(self) -> None:
        self.victim.note_connections()
        if time.monotonic() >= self._next_kill and self.victim.running:
            self._next_kill = time.monotonic() + self._until_kill_s()
            self.victim.kill_and_start()
            self.counts["kill -9 of a replica"] += 1
        if self._pace.due():
            weights, kinds = zip(*self._kinds, strict=True)
            self.chance.choices(kinds, weights)[0]()

    def end(self) -> None:
        """Everything works again."""
        for trouble in self.slack._web_api.faults.ordered:
            trouble.times = 0
        with self.webnet.lock:
            self.webnet.faults.clear()

    @property
    def ambiguous(self) -> Counter[str]:
        """Posts that were made and whose answer the bot never got, by channel."""
        found: Counter[str] = Counter()
        for trouble in self.lost_answers:
            found[trouble.channel or ""] += trouble.used
        return found

    def _until_kill_s(self) -> float:
        return self.kill_every_s * self.chance.uniform(0.6, 1.4)

    def _note(self, what: str) -> None:
        self.counts[what] += 1

    def _sockets(self) -> list[Connection]:
        """One, or all of one moment."""
        found = [connection for connection in self.slack.connections() if not connection.half_open]
        self.chance.shuffle(found)
        return found if self.chance.random() < 0.2 else found[:1]

    # --- Slack

    def _hand_over(self) -> None:
        self.slack.disconnect(self._sockets(), self.chance.choice(("warning", "refresh_requested")))
        self._note("hand-overs of connections")

    def _kill_sockets(self) -> None:
        chosen = self._sockets()
        self.desk.dead.update(connection.id for connection in chosen)
        self.slack.kill(chosen)
        self._note("killed connections")

    def _half_open(self) -> None:
        chosen = self._sockets()[:1]
        self.desk.dead.update(connection.id for connection in chosen)
        self.slack.half_open(chosen)
        self._note("half-open connections")

    def _refuse_connections(self) -> None:
        self.slack.refuse_open(2)
        self.slack.refuse_upgrade(1)
        self._kill_sockets()
        self._note("refused tickets and upgrades")

    def _rate_limit(self) -> None:
        if self.chance.random() < 0.5:
            self.slack.rate_limit("response_url", seconds=1, times=2)
        else:
            self.slack.rate_limit(
                "chat.postMessage", self.chance.choice(self.notices), seconds=self.chance.randrange(1, 8), times=None
            )
        self._note("429 of Slack")

    def _slack_fails(self) -> None:
        error = self.chance.choice(({"status": 500}, {"status": 503}, {"error": "internal_error"}))
        method = self.chance.choice(("chat.postMessage", "chat.update"))
        self.slack.fault(method, times=self.chance.randrange(1, 4), **error)
        self._note("5xx of Slack")

    def _slack_is_slow(self) -> None:
        self.slack.fault(None, times=5, delay_s=self.chance.uniform(0.5, 2.5))
        self._note("slowness of Slack")

    def _answer_is_lost(self) -> None:
        place = self.chance.choice(self.notices)
        self.lost_answers.append(self.slack.fault("chat.postMessage", place, times=1, silent=True))
        self._note("posts whose answer is lost")

    # --- WebNet

    def _for_a_while(self, least_s: float = 1.0) -> float:
        """Mostly seconds, at times up to the longest; never two outages at once."""
        length_s = min(self.longest_s, self.chance.expovariate(1 / (self.longest_s / 4)) + least_s)
        self._back_at = max(self._back_at, time.monotonic() + length_s)
        return length_s

    def _webnet_is_slow(self) -> None:
        self.webnet.fault("delay", delay_s=self.chance.uniform(0.2, 2.0), for_s=self._for_a_while())
        self._note("slowness of WebNet")

    def _webnet_fails(self) -> None:
        kind = self.chance.choice(("error", "throttle", "garbage", "truncated", "lose_answer"))
        self.webnet.fault(kind, for_s=min(5.0, self.longest_s), times=self.chance.randrange(1, 20))
        self._note("faults of WebNet")

    def _webnet_is_away(self) -> None:
        if time.monotonic() < self._back_at:
            return
        self.webnet.fault("away", for_s=self._for_a_while(2.0))
        self._note("outages of WebNet")
