"""How the job of a card stands, for the views that show it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.message import Card
from bot.jobs.outcome import Outcome
from bot.webnet.models import Job


@dataclass(frozen=True, slots=True)
class Standing:
    """`job` is None where WebNet does not know it any more. `over`: the card does not change again, and `outcome` says how
    the job ended; without one the bot never learnt it. `page` is where WebNet shows the job."""

    card: Card
    page: str
    job: Job | None
    outcome: Outcome | None = None
    over: bool = False
