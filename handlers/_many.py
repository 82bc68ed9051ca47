"""Shows a job on many devices: which were left out, and how it stands on each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.core.arguments import JOB, Argument, Kind, write
from bot.core.message import Bold, Button, Detail, Line, Note, Part, Text
from bot.core.text import and_more, count, phrases
from bot.jobs import failures
from bot.jobs.logs import JobLog, first_line
from bot.webnet.job_kinds import REACHABILITY
from bot.webnet.models import Job

MOST_NAMED = 5  # devices that a message names; the list of its devices has all of them
PAGE = 30  # devices
BY = Argument("by", Kind.choice, named=True, hidden=True, choices=("device",))
ONLY = Argument("only", Kind.choice, named=True, hidden=True, choices=("failed",))

HELP = (
    "A device must be named in full: by host name, address or the first label of its name. `@name` means the devices of a group, "
    "`site:`, `vendor:` and `role:` those that fit. Devices that are disabled, or where one runs already, are left out and named. "
    "Many devices are shown before anything is started."
)


@dataclass(frozen=True, slots=True)
class Members:
    """Holds the names of a job's devices, and sentences about those that were meant as well."""

    names: tuple[str, ...]
    left_out: tuple[str, ...]


def left_out(sentences: Sequence[str]) -> Iterator[Part]:
    """Says which devices a job was meant for as well."""
    if sentences:
        number = len(sentences)
        named = phrases(sentences[:MOST_NAMED])
        more = f"; {and_more(number - MOST_NAMED)}" if number > MOST_NAMED else ""
        yield Note((f"{count(number, 'device')} {'was' if number == 1 else 'were'} left out: {named}{more}.",))


def each_device(job: int) -> Button:
    """Makes the button that shows how a job stands on each of its devices."""
    return Button("Devices", command=write("logs", (JOB, BY), {"job": job, "by": "device"}), modal=True)


def only_failed(job: int, what: str, number: int) -> Button:
    """Makes the button that starts a job again on the devices where it failed."""
    which = "the one that failed" if number == 1 else f"the {number:,} that failed"
    line = write("retry", (JOB, ONLY), {"job": job, "only": "failed"})
    return Button(f"Retry {which}", command=line, confirm=f"Start the {what} again on {which}?")


def failure(job_type: str, line: str) -> str:
    """Returns what kept a device from being worked on, before the error itself."""
    kind = failures.of_ping(line) if job_type == REACHABILITY.type else failures.failure_kind(line)
    return f"{kind}: {line}" if kind else line


def detail(job: Job, log: JobLog, members: Members) -> Detail:
    """Lists the devices of a job: those that failed, those of which nothing is known, the others, and those left out."""
    errors: dict[str, str] = {}
    for line in log.lines:
        if line.level == "ERROR":
            errors.setdefault(line.host, first_line(line.text))
    hosts = {line.host for line in log.lines}
    nothing = "no line in the log: WebNet may have skipped it" if job.ended else job.status
    failed = [("❌ ", Bold(name), f": {failure(job.type, errors[name])}") for name in members.names if name in errors]
    silent = [("• ", Bold(name), f": {nothing}") for name in members.names if name not in hosts]
    done = [("✅ ", Bold(name)) for name in members.names if name in hosts - errors.keys()]
    rest = [(f"➖ {sentence}",) for sentence in members.left_out]
    return Detail(f"Devices of job #{job.id}", tuple(_pages([*failed, *silent, *done, *rest])))


def _pages(lines: Sequence[Line]) -> Iterable[tuple[Part, ...]]:
    return ((Text(tuple(lines[start : start + PAGE])),) for start in range(0, len(lines), PAGE))
