"""Says which faults of devices the end of a job opens, and which it ends. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bot.jobs.judge import PER_HOST
from bot.jobs.outcome import Outcome
from bot.jobs.reachability import JUDGED, is_certain
from bot.webnet.job_kinds import BACKUP, REACHABILITY
from bot.webnet.models import Job

REACH = "reach"
WORDS = {BACKUP.type: "backup", REACHABILITY.type: REACH}  # what the keys begin with, by the type of the job
MOST_OPENED = 1_000  # by one job


def opened(job: Job, outcome: Outcome, names: Mapping[str, int], every: Collection[int]) -> tuple[str, ...]:
    """Returns the keys of the faults that a job opens on the devices that failed, whose `names` are known; on `every` device on which
    it worked where it names none and failed wholly, or there is only one."""
    word = WORDS.get(job.type)
    if word is None or outcome.result not in ("failed", "partial"):
        return ()
    failed = _failed(outcome, names)
    if not failed and (outcome.result == "failed" or len(every) == 1):
        failed = {*every}
    return tuple(f"{word}:{device}" for device in sorted(failed)[:MOST_OPENED])


def ended(job: Job, outcome: Outcome, names: Mapping[str, int], every: Collection[int]) -> tuple[str, ...]:
    """Returns the keys of the faults that a job ends, if they are open: its own on the devices where it went well for certain, and that
    these do not answer."""
    if job.type not in PER_HOST or outcome.result not in JUDGED:
        return ()
    failed = _failed(outcome, names)
    if not is_certain(job, outcome, failed):
        return ()
    words = dict.fromkeys((WORDS.get(job.type, REACH), REACH))
    return tuple(f"{word}:{device}" for word in words for device in sorted({*every} - failed))


def _failed(outcome: Outcome, names: Mapping[str, int]) -> set[int]:
    return {names[error.host] for error in outcome.failed if error.host in names}
