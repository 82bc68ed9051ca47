"""Says of each device how a job of a deploy ended there. WebNet's `success` hides devices that failed, and skips some without a
line, so only a line of its own says that a device did what was asked. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.jobs.logs import JobLog, first_line
from bot.jobs.outcome import Outcome
from bot.webnet.models import Job
from bot.webnet.target import Target

SKIPPED = "no line in the log: WebNet may have skipped it"
NO_REASON = "failed, and no reason was reported"


def results(job: Job, log: JobLog, targets: Sequence[Target], outcome: Outcome) -> dict[int, str]:
    """Returns what went wrong by the device, empty where nothing did. `log` has no secrets, and `outcome` is that of the job."""
    errors: dict[str, str] = {}
    for line in log.lines:
        if line.level == "ERROR":
            errors.setdefault(line.host, first_line(line.text) or NO_REASON)
    hosts = {line.host for line in log.lines}
    missing = outcome.words if job.status == "failed" else SKIPPED
    return {target.id: errors.get(target.hostname, "" if target.hostname in hosts else missing) for target in targets}
