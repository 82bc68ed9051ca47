"""Says which devices a job that has ended found to answer, and which not. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bot.jobs import failures
from bot.jobs.judge import PER_HOST
from bot.jobs.outcome import Outcome
from bot.webnet.job_kinds import REACHABILITY
from bot.webnet.models import Job

JUDGED = ("success", "partial", "failed")


def found_by(job: Job, outcome: Outcome, names: Mapping[str, int], missed: Collection[int]) -> dict[int, bool]:
    """Returns by device whether it answers; what is not certain is left out. `names` are the devices that failed, by host name.
    Only a ping says that a device does not answer; any other job says it of those in `missed` alone that they do."""
    if job.type not in PER_HOST or outcome.result not in JUDGED:
        return {}
    ping, found, failed = job.type == REACHABILITY.type, dict[int, bool](), set[int]()
    for error in outcome.failed:
        if (device := names.get(error.host)) is not None:
            failed.add(device)
            said = failures.of_ping(error.line)
            if said in failures.REACHED.values() or (ping and said == failures.NOT_REACHED):
                found[device] = said != failures.NOT_REACHED
    if is_certain(job, outcome, failed):
        found |= dict.fromkeys({*(job.device_ids or missed)} - failed, True)
    return found if ping else {device: answers for device, answers in found.items() if device in missed}


def is_certain(job: Job, outcome: Outcome, failed: Collection[int]) -> bool:
    """Whether every other device of the job did what was asked for."""
    if outcome.at_least or outcome.skipped or len(failed) != outcome.failures:
        return False
    return outcome.answered > 0 and (outcome.everywhere or outcome.answered == len(job.device_ids) - len(failed))
