"""The findings of `check`, and what they are made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from bot.settings.table import Settings
from bot.slack.web_api import WebApi
from bot.webnet.client import WebNet
from store.database import Store

Outcome = Literal["pass", "warn", "fail", "skip"]

STEADY_S = 30.0  # a clock that is further off gets a warning
SIGNED_S = 300.0  # beyond it Slack's signed requests are refused
BASICS = "Basics"
COMMANDS = "Commands not responding"
PERMISSIONS = "Permission denied errors"
NOTIFICATIONS = "Notifications not sending"
WEBHOOKS = "Webhook verification failures"


@dataclass(frozen=True, slots=True)
class Finding:
    """Says how one precondition stands. `remedy` says what to do, and is empty where nothing is to be done."""

    heading: str
    what: str
    outcome: Outcome
    words: str
    remedy: str = ""


@dataclass(slots=True)
class Surroundings:
    """Holds what the findings are made from; the store is missing where it cannot be opened."""

    settings: Settings
    given_store: Store | None
    webnet: WebNet
    slack: WebApi
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    slack_date: tuple[datetime, datetime] | None = None  # Slack's clock, and when it was read here

    @property
    def store(self) -> Store:
        assert self.given_store is not None
        return self.given_store


def clock(heading: str, whose: str, date: datetime | None, read_at: datetime) -> Finding:
    what = f"clock beside {whose}'s"
    if date is None:
        return Finding(heading, what, "skip", f"{whose} sent no time.")
    off_s = (read_at - date).total_seconds()
    words = f"{abs(off_s):.0f} s {'ahead' if off_s > 0 else 'behind'}."
    if abs(off_s) <= STEADY_S:
        return Finding(heading, what, "pass", words)
    outcome: Outcome = "fail" if abs(off_s) > SIGNED_S else "warn"
    return Finding(heading, what, outcome, words, "Let a time service (NTP) set this machine's clock.")
