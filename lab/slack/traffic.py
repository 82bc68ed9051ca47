"""Records every call to the lab, and applies the rate limits that it answers with 429."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from lab.slack.limits import Refusal, refusal
from lab.slack.world import KEEP, Json, Team, keep_newest

POSTS_PER_S = 1.0
POST_BURST = 4
TIER_PER_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}
METHOD_TIER = {
    "apps.connections.open": 1,
    "chat.update": 3,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "views.open": 4,
    "views.push": 4,
    "views.update": 4,
    "views.publish": 4,
}


@dataclass(frozen=True)
class Call:
    """`method` is a Web API method or `response_url`; a token in `args` stands there by its name."""

    method: str
    team: str | None
    args: Json
    status: int
    answer: Json | str
    at: float


@dataclass(frozen=True)
class Refused:
    """A message that Slack would refuse: by which call, for which code, and what is wrong with it in words.

    Where it would have appeared, as far as that is known; `reader` alone would have seen it.
    """

    via: str
    code: str
    problems: list[str]
    message: Json
    team: str | None = None
    channel: str | None = None
    reader: str | None = None


@dataclass(frozen=True)
class Ack:
    """`ms` counts from sending. `known` is false for an envelope never sent; `again` marks a second ack of one."""

    envelope_id: str
    kind: str
    ms: float
    late: bool
    known: bool
    again: bool
    payload: Json | None
    connection: int | None


@dataclass
class Ledger:
    """About the newest `keep` of each kind; `news` hears of every one."""

    keep: int = KEEP
    calls: list[Call] = field(default_factory=list)
    acks: list[Ack] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    news: Callable[[str, object], None] = field(default=lambda _kind, _thing: None, repr=False)

    def note(self, call: Call) -> None:
        self.calls.append(call)
        keep_newest(self.calls, self.keep)
        self.news("call", call)

    def acked(self, ack: Ack) -> None:
        self.acks.append(ack)
        keep_newest(self.acks, self.keep)

    def refuse(self, refused: Refused) -> None:
        self.refused.append(refused)
        keep_newest(self.refused, self.keep)
        self.news("refused", refused)

    def check(self, via: str, message: Json, team: Team, channel: str, reader: str | None = None) -> Refusal | None:
        """Records and returns why Slack refuses this message, or None."""
        found = refusal(message, team.unknown_blocks)
        if found:
            self.refuse(Refused(via, found.code, found.problems, message, team.id, channel, reader))
        return found


@dataclass
class Bucket:
    per_s: float
    burst: float
    tokens: float
    at: float

    def acquire(self, now: float) -> float:
        """Uses one token of the bucket. Returns 0, or the seconds until there is one."""
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.per_s)
        self.at = now
        if self.tokens >= 1:
            self.tokens -= 1
            return 0.0
        return (1 - self.tokens) / self.per_s


@dataclass
class Ordered429:
    """A 429 on demand; `None` matches every method or channel. `times` None: until `until` has passed."""

    method: str | None
    channel: str | None
    seconds: int
    times: int | None
    until: float


@dataclass
class RateLimits:
    """`retry_after` answers for one call. `enforced` turns on Slack's own limits beside those on demand."""

    clock: Callable[[], float]
    enforced: bool = False
    ordered: list[Ordered429] = field(default_factory=list)
    buckets: dict[tuple[str, str], Bucket] = field(default_factory=dict)

    def order(self, method: str | None, channel: str | None, seconds: int, times: int | None) -> None:
        self.ordered = [one for one in self.ordered if one.times != 0 and (one.times or self.clock() < one.until)]
        self.ordered.append(Ordered429(method, channel, seconds, times, self.clock() + seconds))

    def retry_after(self, method: str, owner: str, channel: str) -> int | None:
        """Returns the seconds of the Retry-After header, or None if the call may pass."""
        now = self.clock()
        for order in self.ordered:
            if order.method in (None, method) and order.channel in (None, channel):
                if order.times is None:
                    if now < order.until:
                        return max(1, math.ceil(order.until - now))
                elif order.times > 0:
                    order.times -= 1
                    return order.seconds
        if not self.enforced:
            return None
        wait = self._bucket(method, owner, channel, now)
        return max(1, math.ceil(wait)) if wait else None

    def _bucket(self, method: str, owner: str, channel: str, now: float) -> float:
        if method == "chat.postMessage":
            key, per_s, burst = (method, f"{owner}/{channel}"), POSTS_PER_S, float(POST_BURST)
        elif method in METHOD_TIER:
            per_minute = TIER_PER_MINUTE[METHOD_TIER[method]]
            key, per_s, burst = (method, owner), per_minute / 60, float(max(per_minute, 10))
        else:
            return 0.0
        bucket = self.buckets.setdefault(key, Bucket(per_s, burst, burst, now))
        return bucket.acquire(now)
