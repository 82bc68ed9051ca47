"""Says what really happened in a job that has ended, as it is kept in the store and shown everywhere."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from bot.core.text import phrases
from bot.jobs import failures
from bot.webnet.models import Job

# `violated`: a compliance check ran, and devices violate a policy.
Result = Literal["success", "partial", "failed", "violated", "cancelled", "unknown"]


@dataclass(frozen=True, slots=True)
class HostError:
    """Holds the first line of a host's first error. `host` is empty for an error of the job itself."""

    host: str
    line: str

    @property
    def kind(self) -> failures.FailureKind | None:
        """What kept the host from being worked on; None if the line has no known words."""
        return failures.failure_kind(self.line)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Says how a job ended, in texts without secrets.

    `total` counts the devices that the job names, and is None where it names none; `everywhere` says that it then meant every
    enabled device of its customer. `answered` hosts did what was asked, `failures` did not, and `skipped` devices left no line
    in the log. `failed` holds the first errors, those of the job itself before those of hosts. With `at_least` the log was
    longer than what is read of it, so there may be more of all these. `words` follow a colon, such as "success, but 3 of 12
    devices reported errors".
    """

    result: Result
    words: str
    failed: tuple[HostError, ...] = ()
    total: int | None = None
    at_least: bool = False
    answered: int = 0
    failures: int = 0
    skipped: int = 0
    everywhere: bool = False

    def of_host(self, host: str) -> tuple[Result, str]:
        """Returns what a ping found out about one of its devices, and the words for it; that of all of them if it is not
        certain."""
        errors = [error for error in self.failed if error.host]
        if self.result in ("partial", "failed"):
            if error := next((one for one in errors if one.host == host), None):
                return "failed", f"{failures.of_ping(error.line)}: {error.line}"
            uncertain = self.at_least or self.skipped or self.everywhere or len(errors) < self.failures
            if self.answered and not uncertain:
                return "success", "reachable"
        return self.result, self.words


def together(outcomes: Sequence[Outcome]) -> Outcome:
    """Joins how jobs ended that were started for one command."""
    first, *others = outcomes
    if not others:
        return first
    totals = [outcome.total for outcome in outcomes]
    return Outcome(
        first.result if len({outcome.result for outcome in outcomes}) == 1 else "partial",
        phrases(dict.fromkeys(outcome.words for outcome in outcomes)),
        tuple(error for outcome in outcomes for error in outcome.failed),
        None if None in totals else sum(filter(None, totals)),
        any(outcome.at_least for outcome in outcomes),
        sum(outcome.answered for outcome in outcomes),
        sum(outcome.failures for outcome in outcomes),
        sum(outcome.skipped for outcome in outcomes),
    )


def dumped(outcome: Outcome, job: Job) -> str:
    """Writes the outcome as a text for the store, together with the end of the job that it is about."""
    return json.dumps({"of": _end(job), **asdict(outcome)})


def loaded(text: str, job: Job) -> Outcome | None:
    """Reads the outcome from the store's text; None if it is about another end: a job that was cancelled may run after all."""
    return stored(text) if json.loads(text)["of"] == _end(job) else None


def stored(text: str) -> Outcome:
    """Reads the outcome from the store's text, whichever end it is about."""
    values = json.loads(text)
    del values["of"]
    return Outcome(**values | {"failed": tuple(HostError(**one) for one in values["failed"])})


def _end(job: Job) -> list[str | None]:
    return [job.status, job.finished_at.isoformat() if job.finished_at else None]
