"""What a process knows of its own health, from memory alone: each part sets what it knows, and nobody is asked for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.core.text import duration
from bot.heartbeats import Heartbeats

WRITE_S = 30.0  # a store that took no write for so long takes none: the claim of this process is renewed every 10 s
POLLED, FAILED = "polled:", "failed:"  # cursors by feed: when it was last read to its end, and when a look last failed
SELDOM_S = 30.0  # a feed may be left alone for so long, however short the interval is
STALE_S = 600.0  # what was not read to its end for so long may be in trouble, however short the interval is


def untried_after_s(poll_interval_s: float) -> float:
    """Returns for how many seconds a feed may be left alone: three intervals."""
    return max(3 * poll_interval_s, SELDOM_S)


def stale_after_s(poll_interval_s: float, polls: int = 1) -> float:
    """Returns after how many seconds something is in trouble that should be read to its end once in so many polls."""
    return max(STALE_S, polls * untried_after_s(poll_interval_s))


@dataclass(frozen=True, slots=True)
class Load:
    """`waiting` commands have no worker yet; the oldest that has one has been running for `oldest_s`, and none runs longer than
    `longest_s` that does not hang."""

    waiting: int = 0
    oldest_s: float = 0.0
    longest_s: float = float("inf")


@dataclass(frozen=True, slots=True)
class ChatHealth:
    """How a chat is reached, as what follows its `name` in a sentence; `more` is for administrators, and names nobody. Its users get no
    answer while it is `failing`, and what they write does not even arrive here while it is `shut`."""

    name: str
    words: str
    state: Literal["well", "late", "failing", "shut"] = "well"
    more: str = ""


@dataclass(slots=True)
class Vitals:
    """`chats` say how each chat is reached: for a customer of WebNet, or for all with None. They return None where it has no workspace."""

    heartbeats: Heartbeats = field(default_factory=Heartbeats)
    monotonic: Callable[[], float] = time.monotonic
    chats: list[Callable[[int | None], ChatHealth | None]] = field(default_factory=list)
    load: Callable[[], Load] = Load
    poll_interval_s: float = SELDOM_S
    _written_at: float = float("-inf")
    _refused: str = ""
    _tried_at: dict[str, float] = field(default_factory=dict)

    # -- what parts say

    def written(self) -> None:
        """The store took a write."""
        self._written_at, self._refused = self.monotonic(), ""

    def refused(self, state: str) -> None:
        """The store refused a write; `state` is that of its error."""
        self._refused = state

    def tried(self, feed: str) -> None:
        """A feed was begun to be read, or read to an end, by this process, or is read by another one."""
        self._tried_at[feed] = self.monotonic()

    # -- what is asked

    def of_chats(self, customer: int | None = None) -> tuple[ChatHealth, ...]:
        """How the chats are reached in which there are workspaces, of this customer or of all."""
        return tuple(found for each in self.chats if (found := each(customer)))

    def wrong(self) -> Mapping[str, str]:
        """A sentence for each thing that only a new start of the process mends, by its name."""
        found, load = self.heartbeats.trouble(), self.load()
        if load.oldest_s > load.longest_s:
            found["commands"] = f"A command has been running for {duration(load.oldest_s)}."
        return found

    def store_trouble(self) -> str:
        """A sentence about a store that takes no write, which names neither host nor file; empty if it does."""
        age_s = self.monotonic() - self._written_at
        if not self._refused and age_s <= WRITE_S:
            return ""
        last = f"its last write was {duration(age_s)} ago" if age_s < float("inf") else "it took no write yet"
        return f"The store {self._refused or 'does not answer'}: {last}."

    def written_s(self) -> float:
        """How many seconds ago the store last took a write of this process."""
        return self.monotonic() - self._written_at

    def untried(self) -> Mapping[str, str]:
        """A sentence for each feed that was not tried for three intervals, by its name."""
        now, most_s = self.monotonic(), untried_after_s(self.poll_interval_s)
        return {
            feed: f"The feed of {feed} was not tried for {duration(now - at)}."
            for feed, at in list(self._tried_at.items())
            if now - at > most_s
        }
