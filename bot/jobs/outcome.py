"""Finds out what really happened in a job that has ended. WebNet's `success` means that the job ran, and can hide that
every host failed, which stands only in the job's log, as ERROR entries with a host."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.core.errors import WebNetMissing
from bot.core.text import count
from bot.jobs.logs import JobLog, JobLogs, first_line
from bot.webnet.client import REACHABILITY
from bot.webnet.models import Job

Result = Literal["success", "partial", "failed", "cancelled", "unknown"]

FailureKind = Literal[
    "name not resolved", "no route", "refused", "timed out", "log-in refused", "host key", "privilege", "prompt"
]

# Words of the first line of an error, in lower case, as the SSH and automation libraries below WebNet write them. The
# first row that fits decides, so that "timed out reading the prompt" is about the prompt.
FAILURE_WORDS: tuple[tuple[FailureKind, tuple[str, ...]], ...] = (
    ("host key", ("host key", "known_hosts", "hostkey")),
    (
        "name not resolved",
        ("dns failure", "name or service not known", "name resolution", "getaddrinfo", "nodename nor"),
    ),
    (
        "no route",
        ("no route to host", "network is unreachable", "host is unreachable", "host unreachable", "errno 113"),
    ),
    (
        "privilege",
        ("enable mode", "enable secret", "privilege", "not authorized", "authorization failed"),
    ),
    ("log-in refused", ("authentication", "login failed", "log-in failed", "permission denied", "bad password")),
    ("prompt", ("prompt", "pattern not detected", "search pattern never detected", "readtimeout")),
    ("refused", ("connection refused", "errno 111", "connection reset")),
    ("timed out", ("timed out", "timed-out", "timeout")),
)

# A ping that failed for one of these had reached the device.
REACHED: Mapping[FailureKind, str] = {
    "log-in refused": "reached, but the log-in was refused",
    "host key": "reached, but its host key was not accepted",
    "privilege": "reached, but the privilege was refused",
    "prompt": "reached, but its prompt was not seen",
    "refused": "reached, but the connection was refused",
}

# Jobs that leave at least one entry for every host that they worked on, and end as `success` whatever the hosts did
# (seen with a real worker). In other jobs hosts are named only where something went wrong.
PER_HOST = (
    "check_reachability",
    "run_commands",
    "config_backup",
    "config_deploy_preview",
    "config_deploy_commit",
    "topology_discovery",
)
MOST_LOOKED_UP = 200  # devices of one job whose names are looked up to find the one that was skipped
ENDED_IN_LOG = ("success", "partial", "failed")  # the statuses whose log says more than they do


@dataclass(frozen=True, slots=True)
class HostError:
    """Holds the first line of a host's first error. `host` is empty for an error of the job itself."""

    host: str
    line: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Says how a job ended, in texts without secrets.

    `total` is None where the job does not name its devices. With `at_least` the log was longer than what is read of it, so
    more hosts may have failed. `words` follow a colon, such as "success, but 3 of 12 devices reported errors".
    """

    result: Result
    failed: tuple[HostError, ...]
    total: int | None
    at_least: bool
    words: str


class Outcomes:
    """Decides about jobs by their logs. Safe to share between threads."""

    def __init__(
        self, logs: JobLogs, name_of: Callable[[int, int], str | None] = lambda _customer, _device: None
    ) -> None:
        """`name_of(customer, device)` returns the host name of a device, None if it is not known."""
        self._logs = logs
        self._name_of = name_of

    def of(self, job: Job) -> Outcome:
        """Decides about a job that has ended. Raises WebNetError if its log cannot be read now."""
        log = self._log(job) if job.status in ENDED_IN_LOG else JobLog((), full=False)
        return judge(job, log, self._logs.first_line(job.error), self._skipped_name(job, log))

    def without_log(self, job: Job) -> Outcome:
        """Decides about a job whose log can never be read, and claims nothing about its hosts."""
        return judge(job, JobLog((), full=False), self._logs.first_line(job.error))

    def _skipped_name(self, job: Job, log: JobLog) -> str:
        """Returns the name of the one device that the job names and its log does not; empty if it is not certain which."""
        if _skipped(job, log) != 1 or len(job.device_ids) > MOST_LOOKED_UP:
            return ""
        hosts = _hosts(log)
        names = [self._name_of(job.customer or 0, device) for device in job.device_ids]
        missing = [name for name in names if name is None or name not in hosts]
        return missing[0] or "" if len(missing) == 1 else ""

    def _log(self, job: Job) -> JobLog:
        try:
            return self._logs.read(job.id)
        except WebNetMissing:
            return JobLog((), full=False)


def judge(job: Job, log: JobLog, reason: str, skipped_name: str = "") -> Outcome:
    """Decides without any look-up. `reason` is the first line of WebNet's own error, and `skipped_name` the name of the one
    device that was skipped; both may be empty."""
    failed = _failed(log)
    total, at_least = len(job.device_ids) or None, log.full

    def outcome(result: Result, words: str) -> Outcome:
        return Outcome(result, failed, total, at_least, words)

    match job.status:
        case "failed":
            return outcome("failed", _failure(job, reason, failed))
        case "partial":
            erring = [error for error in failed if error.host]
            share = _share(len(erring), total, at_least=at_least)
            return outcome("partial", f"partly done: {share} reported errors" if erring else "partly done")
        case "success":
            return outcome(
                *_with_skipped(_behind_success(job, log, failed, total), job, _skipped(job, log), skipped_name)
            )
        case "cancelled":
            return outcome("cancelled", "cancelled")
        case _:
            return outcome(
                "unknown", f"ended with the status {job.status!r}" if job.status else "ended without a status"
            )


def _hosts(log: JobLog) -> set[str]:
    return {line.host for line in log.lines if line.host}


def _skipped(job: Job, log: JobLog) -> int:
    """Counts the devices that the job names and its log does not; 0 for a log that is not whole or names no host."""
    hosts = _hosts(log)
    return max(0, len(job.device_ids) - len(hosts)) if hosts and job.type in PER_HOST and not log.full else 0


def _with_skipped(found: tuple[Result, str], job: Job, skipped: int, name: str) -> tuple[Result, str]:
    """Adds the devices that WebNet left out without a line, as it does with those that are disabled or were deleted."""
    result, words = found
    if not skipped:
        return found
    total = len(job.device_ids)
    left_out = f"{name or 'one device'} was skipped" if skipped == 1 else f"{count(skipped, 'device')} were skipped"
    if result == "success":
        return "partial", f"success on {total - skipped:,} of {count(total, 'device')}; {left_out}"
    return result, f"{words}; {left_out}"


def _failed(log: JobLog) -> tuple[HostError, ...]:
    """Returns each host once, with its first error; errors of the job itself come first."""
    first: dict[str, str] = {}
    for line in log.lines:
        if line.level == "ERROR":
            first.setdefault(line.host, first_line(line.text))
    return tuple(HostError(host, text) for host, text in sorted(first.items(), key=lambda item: item[0] != ""))


def _behind_success(job: Job, log: JobLog, failed: tuple[HostError, ...], total: int | None) -> tuple[Result, str]:
    at_least = log.full
    hosts = [error for error in failed if error.host]
    answered = {line.host for line in log.lines if line.host and line.level != "ERROR"} - {e.host for e in hosts}
    if not hosts and not answered:
        return _without_hosts(job, failed)
    everyone = not answered and job.type in PER_HOST and (len(hosts) >= total if total else not at_least)
    if job.type == REACHABILITY.type:
        return _reached(hosts, total or len(hosts) + len(answered), everyone=everyone, at_least=at_least)
    if hosts and everyone:
        all_failed = f"all {count(len(hosts), 'device')} reported errors"
        return "failed", f"failed: {hosts[0].line}" if len(hosts) == 1 else all_failed
    if hosts:
        return "partial", f"success, but {_share(len(hosts), total, at_least=at_least)} reported errors"
    return ("partial", f"success, but an error was reported: {failed[0].line}") if failed else ("success", "success")


def _without_hosts(job: Job, failed: tuple[HostError, ...]) -> tuple[Result, str]:
    if failed:
        return "failed", f"nothing was done: {failed[0].line}"
    return ("unknown", "finished, no result reported") if job.type in PER_HOST else ("success", "success")


def _reached(hosts: list[HostError], total: int, *, everyone: bool, at_least: bool) -> tuple[Result, str]:
    if not hosts:
        return "success", "reachable" if total == 1 else f"all {total:,} devices are reachable"
    if not everyone:
        return (
            "partial",
            f"{_share(len(hosts), total, at_least=at_least)} {'is' if len(hosts) == 1 else 'are'} not reachable",
        )
    if len(hosts) == 1:
        return "failed", f"{_not_reached(hosts[0].line)}: {hosts[0].line}"
    return "failed", f"none of {count(len(hosts), 'device')} is reachable"


def _failure(job: Job, reason: str, failed: tuple[HostError, ...]) -> str:
    hosts = [error for error in failed if error.host]
    if job.type == REACHABILITY.type and len(hosts) == 1 == len(job.device_ids):
        return f"{_not_reached(hosts[0].line)}: {hosts[0].line}"
    reason = reason or (failed[0].line if failed else "")
    return f"failed: {reason}" if reason else "failed, and no reason was reported"


def _not_reached(line: str) -> str:
    """Returns the words for a ping that failed; a device that refused the log-in was reached."""
    kind = failure_kind(line)
    return REACHED.get(kind, "not reachable") if kind else "not reachable"


def failure_kind(line: str) -> FailureKind | None:
    """Returns what kept a host from being worked on, by the first line of its error; None if no known words stand in it."""
    folded = line.casefold()
    return next((kind for kind, words in FAILURE_WORDS if any(word in folded for word in words)), None)


def _share(number: int, total: int | None, *, at_least: bool) -> str:
    """Returns a share such as `3 of 12 devices` or `at least 3 devices`."""
    least = "at least " if at_least else ""
    return f"{least}{count(number, 'device')}" if total is None else f"{least}{number:,} of {count(total, 'device')}"
