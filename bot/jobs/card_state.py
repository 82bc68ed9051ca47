"""Holds the state of a card, for the views that show it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.message import Card
from bot.jobs.outcome import Outcome
from bot.webnet.models import Job


@dataclass(frozen=True, slots=True)
class CardState:
    """Holds what a card shows now. `job` is None if WebNet no longer knows it, and `page` is its address in WebNet. A card that
    is `over` does not change again; without an `outcome` the bot could not find out how its job ended."""

    card: Card
    page: str
    job: Job | None
    outcome: Outcome | None = None
    over: bool = False
