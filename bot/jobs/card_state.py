"""Holds the state of a card, for the views that show it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.message import Card
from bot.jobs.logs import JobLog
from bot.jobs.outcome import Outcome
from bot.jobs.stuck import Stuck
from bot.webnet.models import CANCELLED, Job


@dataclass(frozen=True, slots=True)
class Brought:
    """Holds a job that has ended and its log, which is what devices answered."""

    job: Job
    log: JobLog


@dataclass(frozen=True, slots=True)
class CardState:
    """Holds what a card shows now. `job` is None if WebNet no longer knows it, and `page` is its address in WebNet. A card that
    is `over` does not change again; without an `outcome` the bot could not find out how its job ended. `cancelled_by` names who
    cancelled the job, even if it ran all the same: None if nobody did, "" if it is not known who; `by_requester` says that it was
    the card's own requester. `stuck` says that the job may never end. `brought` is what jobs brought whose output is their
    purpose, once all of them have ended. `in_place` says that the card itself shows this."""

    card: Card
    page: str
    job: Job | None
    outcome: Outcome | None = None
    over: bool = False
    cancelled_by: str | None = None
    by_requester: bool = False
    stuck: Stuck | None = None
    brought: tuple[Brought, ...] = ()
    in_place: bool = True

    @property
    def waits_cancelled(self) -> bool:
        """Says whether the job was cancelled and did not run, as far as it is known. A worker of WebNet may still run it."""
        return self.job is not None and self.job.status == CANCELLED
