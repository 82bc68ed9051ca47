"""Decides what really happened in a job that has ended, from its log. WebNet's `success` means that the job ran, and can hide
that every host failed, which stands only in the log, as ERROR entries with a host. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.text import count, phrase
from bot.jobs import failures
from bot.jobs.logs import JobLog, first_line
from bot.jobs.outcome import HostError, Outcome, Result
from bot.webnet.job_kinds import BACKUP, COMMANDS, COMMIT, DISCOVERY, PREVIEW, REACHABILITY
from bot.webnet.models import Job

# Jobs that leave at least one entry for every host that they worked on, and end as `success` whatever the hosts did
# (seen with a real worker). In other jobs hosts are named only where something went wrong.
PER_HOST = (*(kind.type for kind in (REACHABILITY, COMMANDS, BACKUP, PREVIEW, COMMIT)), DISCOVERY)
MOST_KEPT = 100  # errors of one job; all of them are counted
NO_LOG = JobLog((), full=False)

Found = tuple[Result, str]


@dataclass(frozen=True, slots=True)
class _Seen:
    """Holds what the log says about hosts. `errors` are of the job itself, `failed` of hosts, each host once; `answered` counts
    the other hosts of the log. `skipped` counts the devices that the job names and its log, if it is whole, does not."""

    errors: tuple[HostError, ...]
    failed: tuple[HostError, ...]
    answered: int
    total: int | None
    skipped: int
    at_least: bool
    everywhere: bool

    @property
    def everyone_failed(self) -> bool:
        known = len(self.failed) + self.skipped >= self.total if self.total else not self.at_least
        return bool(self.failed) and not self.answered and known

    @property
    def least(self) -> str:
        return "at least " if self.at_least else ""

    @property
    def share(self) -> str:
        """A share such as `3 of 12 devices` or `at least 3 devices`."""
        number = len(self.failed)
        if self.total is None:
            return f"{self.least}{count(number, 'device')}"
        return f"{self.least}{number:,} of {count(self.total, 'device')}"


def judge(job: Job, log: JobLog, reason: str, skipped_name: str = "", customer: str = "the customer") -> Outcome:
    """Decides without any look-up. `reason` is the first line of WebNet's own error, `skipped_name` the name of the one device
    that was skipped, if just one was, and `customer` that of the job's customer; the first two may be empty."""
    seen = _look(job, log)
    result, words = _decided(job, seen, reason, skipped_name)
    if seen.everywhere:
        words = _on_all(job, seen, words, customer)
    return Outcome(
        result,
        words,
        (*seen.errors, *seen.failed)[:MOST_KEPT],
        seen.total,
        seen.at_least,
        seen.answered,
        len(seen.failed),
        seen.skipped,
        seen.everywhere,
    )


def works_on(job: Job, device: int) -> bool:
    """Returns whether the job names this device, or works on every enabled device of its customer."""
    return device in job.device_ids or (job.everywhere and job.type in PER_HOST)


def hosts_of(log: JobLog) -> set[str]:
    """Returns the hosts that the log names."""
    return {line.host for line in log.lines if line.host}


def _look(job: Job, log: JobLog) -> _Seen:
    first: dict[str, str] = {}
    for line in log.lines:
        if line.level == "ERROR":
            first.setdefault(line.host, first_line(line.text))
    errors = tuple(HostError(host, text) for host, text in first.items())
    hosts, per_host = hosts_of(log), job.type in PER_HOST
    left_out = max(0, len(job.device_ids) - len(hosts))
    ended_well = job.status == "success" and per_host and not log.full and bool(hosts)
    return _Seen(
        errors=tuple(error for error in errors if not error.host),
        failed=tuple(error for error in errors if error.host),
        answered=len(hosts - first.keys()),
        total=len(job.device_ids) or None,
        skipped=left_out if ended_well else 0,
        at_least=log.full,
        everywhere=job.everywhere and per_host,
    )


def _decided(job: Job, seen: _Seen, reason: str, skipped_name: str) -> Found:
    match job.status:
        case "failed":
            return "failed", _failure(job, reason, seen)
        case "partial":
            return (
                "partial",
                f"partly done: {seen.share} reported errors{_kinds(seen)}" if seen.failed else "partly done",
            )
        case "success":
            return _with_skipped(_behind_success(job, seen), seen, skipped_name)
        case "cancelled":
            return "cancelled", "cancelled in WebNet; a worker may still run it"
        case _:
            return "unknown", f"ended with the status {job.status!r}" if job.status else "ended without a status"


def _on_all(job: Job, seen: _Seen, words: str, customer: str) -> str:
    """Says that the job named no device, and so was for all of them; loudly where it changed their configs."""
    everyone = f"every enabled device of {customer}"
    if job.status == "cancelled" or not (seen.failed or seen.answered):
        found = f"{phrase(words)}; it was for {everyone}"
    else:
        hosts = f"{seen.least}{len(seen.failed) + seen.answered:,} in the log"
        found = f"{everyone}: {hosts}, {len(seen.failed):,} failed{_kinds(seen)}"
        if job.status == "failed":
            found = f"{phrase(words)}; it was for {found}"
    return f"🚨 COMMIT WITHOUT DEVICES: {found}" if job.type == COMMIT.type else found


def _with_skipped(found: Found, seen: _Seen, name: str) -> Found:
    """Adds the devices that WebNet left out without a line, as it does with those that are disabled or were deleted."""
    if not seen.skipped or not seen.total:
        return found
    result, words = found
    several = f"{count(seen.skipped, 'device')} were skipped"
    left_out = several if seen.skipped > 1 else f"{name or 'one device'} was skipped"
    if result == "success":
        return "partial", f"success on {seen.total - seen.skipped:,} of {count(seen.total, 'device')}; {left_out}"
    return result, f"{phrase(words)}; {left_out}"


def _behind_success(job: Job, seen: _Seen) -> Found:
    if not seen.failed and not seen.answered:
        return _without_hosts(job, seen.errors)
    everyone = seen.everyone_failed and job.type in PER_HOST
    if job.type == REACHABILITY.type:
        return _reached(seen, everyone=everyone)
    if everyone:
        all_failed = f"all {count(len(seen.failed), 'device')} reported errors{_kinds(seen)}"
        return "failed", f"failed: {seen.failed[0].line}" if len(seen.failed) == 1 else all_failed
    if seen.failed:
        return "partial", f"success, but {seen.share} reported errors{_kinds(seen)}"
    if seen.errors:
        return "partial", f"success, but an error was reported: {seen.errors[0].line}"
    return "success", "success"


def _without_hosts(job: Job, errors: tuple[HostError, ...]) -> Found:
    if errors:
        return "failed", f"nothing was done: {errors[0].line}"
    return ("unknown", "finished, no result reported") if job.type in PER_HOST else ("success", "success")


def _reached(seen: _Seen, *, everyone: bool) -> Found:
    failed, total = seen.failed, seen.total or len(seen.failed) + seen.answered
    if not failed:
        return "success", _reachable(total)
    result: Result = "failed" if everyone else "partial"
    if everyone and len(failed) == 1:
        return result, _one_ping(failed[0])
    said = [failures.of_ping(error.line) for error in failed]
    if set(said) != {failures.NOT_REACHED}:
        who = f"all {count(len(failed), 'device')}" if everyone else seen.share
        return result, f"{who} failed: {failures.counted(said)}"
    if everyone:
        return result, f"none of {count(len(failed), 'device')} is reachable"
    return result, f"{seen.share} {'is' if len(failed) == 1 else 'are'} not reachable"


def _reachable(devices: int) -> str:
    if devices == 1:
        return "reachable"
    return f"{'both' if devices == 2 else f'all {devices:,}'} devices are reachable"


def _failure(job: Job, reason: str, seen: _Seen) -> str:
    if job.type == REACHABILITY.type and len(seen.failed) == 1 == seen.total:
        return _one_ping(seen.failed[0])
    errors = (*seen.errors, *seen.failed)
    reason = reason or (errors[0].line if errors else "")
    return f"failed: {reason}" if reason else "failed, and no reason was reported"


def _one_ping(error: HostError) -> str:
    return f"{failures.of_ping(error.line)}: {error.line}"


def _kinds(seen: _Seen) -> str:
    """Returns what kept the hosts from being worked on, in brackets, as far as it is known; empty for nothing known."""
    known = failures.counted(error.kind for error in seen.failed)
    return f" ({known})" if known else ""
