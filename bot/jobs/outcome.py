"""What really happened in a job that has ended. WebNet's `success` means that the job ran, and can hide that every host
failed: that stands only in its log, as ERROR entries with a host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.core.errors import WebNetMissing
from bot.core.text import count
from bot.jobs.logs import JobLog, JobLogs, first_line
from bot.webnet.client import REACHABILITY
from bot.webnet.models import Job

Verdict = Literal["success", "partial", "failed", "cancelled", "unknown"]

# Jobs that leave an entry for every host.
LOGGED = ("check_reachability", "run_commands", "config_backup")


@dataclass(frozen=True, slots=True)
class HostError:
    """`line` is the first line of the host's first error. `host` is empty for an error of the job itself."""

    host: str
    line: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """`total` is None where the job does not name its devices; `at_least`: the log was longer than what is read of it, so
    more may have failed. `words` go on after a colon, such as "success, but 3 of 12 devices reported errors". No text
    of it holds a secret."""

    verdict: Verdict
    failed: tuple[HostError, ...]
    total: int | None
    at_least: bool
    words: str


class Outcomes:
    def __init__(self, logs: JobLogs) -> None:
        self._logs = logs

    def of(self, job: Job) -> Outcome:
        """Of a job that has ended. Raises WebNetError if its log cannot be read now; without a log nothing is claimed."""
        log = self._log(job) if job.type in LOGGED and job.status in ("success", "partial", "failed") else None
        reason = self._logs.first_line(job.error)
        return judge(job, log, reason)

    def without_log(self, job: Job) -> Outcome:
        """The same where its log can never be read."""
        return judge(job, JobLog((), full=False) if job.type in LOGGED else None, self._logs.first_line(job.error))

    def _log(self, job: Job) -> JobLog:
        try:
            return self._logs.read(job.id)
        except WebNetMissing:
            return JobLog((), full=False)


def judge(job: Job, log: JobLog | None, reason: str) -> Outcome:
    """`log` is None for jobs whose log says nothing about hosts, `reason` the first line of WebNet's own error."""
    failed = _failed(log) if log else ()
    total, at_least = len(job.device_ids) or None, bool(log and log.full)

    def outcome(verdict: Verdict, words: str) -> Outcome:
        return Outcome(verdict, failed, total, at_least, words)

    match job.status:
        case "failed":
            return outcome("failed", _failure(job, reason, failed))
        case "partial":
            hosts = [error for error in failed if error.host]
            share = _share(len(hosts), total, at_least=at_least)
            return outcome("partial", f"partly done: {share} reported errors" if hosts else "partly done")
        case "success":
            return outcome(*_behind_success(job, log, failed, total) if log else ("success", "success"))
        case "cancelled":
            return outcome("cancelled", "cancelled")
        case _:
            return outcome(
                "unknown", f"ended with the status {job.status!r}" if job.status else "ended without a status"
            )


def _failed(log: JobLog) -> tuple[HostError, ...]:
    """Each host once, with its first error; what concerns no host comes first."""
    first: dict[str, str] = {}
    for line in log.lines:
        if line.level == "ERROR":
            first.setdefault(line.host, first_line(line.text))
    return tuple(HostError(host, text) for host, text in sorted(first.items(), key=lambda item: item[0] != ""))


def _behind_success(job: Job, log: JobLog, failed: tuple[HostError, ...], total: int | None) -> tuple[Verdict, str]:
    at_least = log.full
    hosts = [error for error in failed if error.host]
    answered = {line.host for line in log.lines if line.host and line.level != "ERROR"} - {e.host for e in hosts}
    if not hosts and not answered:
        return (
            ("failed", f"nothing was done: {failed[0].line}") if failed else ("unknown", "finished, no result reported")
        )
    everyone = not answered and (len(hosts) >= total if total else not at_least)
    if job.type == REACHABILITY.type:
        return _reached(hosts, total or len(hosts) + len(answered), everyone=everyone, at_least=at_least)
    if hosts and everyone:
        return "failed", f"failed: {hosts[0].line}" if len(
            hosts
        ) == 1 else f"all {count(len(hosts), 'device')} reported errors"
    if hosts:
        return "partial", f"success, but {_share(len(hosts), total, at_least=at_least)} reported errors"
    if failed:
        return "partial", f"success, but an error was reported: {failed[0].line}"
    return "success", "success"


def _reached(hosts: list[HostError], total: int, *, everyone: bool, at_least: bool) -> tuple[Verdict, str]:
    if not hosts:
        return "success", "reachable" if total == 1 else f"all {total:,} devices are reachable"
    if not everyone:
        return (
            "partial",
            f"{_share(len(hosts), total, at_least=at_least)} {'is' if len(hosts) == 1 else 'are'} not reachable",
        )
    if len(hosts) == 1:
        return "failed", f"not reachable: {hosts[0].line}"
    return "failed", f"none of {count(len(hosts), 'device')} is reachable"


def _failure(job: Job, reason: str, failed: tuple[HostError, ...]) -> str:
    hosts = [error for error in failed if error.host]
    if job.type == REACHABILITY.type and len(hosts) == 1 == len(job.device_ids):
        return f"not reachable: {hosts[0].line}"
    reason = reason or (failed[0].line if failed else "")
    return f"failed: {reason}" if reason else "failed, and no reason was reported"


def _share(number: int, total: int | None, *, at_least: bool) -> str:
    """`3 of 12 devices`, `at least 3 devices`."""
    least = "at least " if at_least else ""
    return f"{least}{count(number, 'device')}" if total is None else f"{least}{number:,} of {count(total, 'device')}"
