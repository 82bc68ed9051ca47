"""`logs <job>` shows what a job reported, errors first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.context import Context
from bot.core.arguments import JOB, Values
from bot.core.commands import Command, Role
from bot.core.message import Bold, Button, Buttons, Code, Detail, Line, Message, Note, Part, Text, text
from bot.core.text import and_more, count, cut
from bot.jobs.logs import JobLog, first_line
from bot.webnet.models import Job, LogLine
from handlers import _views

ERRORS, LAST = 5, 8  # in the message itself; the whole log is its detail
PAGE_LINES, PAGE_CHARACTERS = 60, 2_500
LONGEST_LINE = 500


@dataclass(frozen=True, slots=True)
class Logs:
    """Holds a job and its log; `page` is the address where WebNet shows the job."""

    job: Job
    log: JobLog
    page: str


def run(ctx: Context, values: Values) -> Logs:
    job = ctx.jobs.get(values["job"])
    ctx.audit.concerns(ctx.devices.only_one_of(job))
    return Logs(job, ctx.jobs.log(job), ctx.job_page(job.id))


def view(logs: Logs) -> Message:
    job, lines = logs.job, logs.log.lines
    errors = [line for line in lines if line.level == "ERROR"]
    title = f"Log of job #{job.id}"
    found = f"{count(len(errors), 'error')} in {_entries(logs.log)}"
    head = text(
        f"{_views.sign(job.status)} {_views.kind(job.type)}, {job.status}: ", Bold(found if lines else "nothing")
    )
    parts: list[Part] = [head]
    if errors:
        parts.append(Text(tuple(_error(line) for line in errors[:ERRORS])))
        if len(errors) > ERRORS:
            parts.append(Note((and_more(len(errors) - ERRORS, "error"),)))
    if lines:
        parts.append(Code("\n".join(cut(_short(line), 160) for line in lines[-LAST:])))
    if logs.log.full:
        parts.append(Note((f"Only the newest {len(lines):,} entries are read; WebNet shows the rest.",)))
    parts.append(Buttons(tuple(_buttons(logs))))
    summary = f"{title}: {found if lines else 'nothing was reported'}"
    return Message(summary, title, tuple(parts), detail=_detail(title, errors, lines))


def _entries(log: JobLog) -> str:
    entries = f"{len(log.lines):,} {'entry' if len(log.lines) == 1 else 'entries'}"
    return f"the newest {entries}" if log.full else entries


def _error(line: LogLine) -> Line:
    said = first_line(line.text) or "no reason was reported"
    return ("❌ ", Bold(line.host), f": {said}") if line.host else (f"❌ {said}",)


def _short(line: LogLine) -> str:
    return " ".join(word for word in (_time(line), line.host, first_line(line.text)) if word)


def _time(line: LogLine) -> str:
    return f"{line.at:%H:%M:%S}" if line.at else ""


def _buttons(logs: Logs) -> Iterator[Button]:
    if logs.log.lines:
        yield Button("Whole log", command=COMMAND.write({"job": logs.job.id}), modal=True)
    yield Button(f"Open job #{logs.job.id}", url=logs.page)


def _detail(title: str, errors: Sequence[LogLine], lines: Sequence[LogLine]) -> Detail | None:
    """Shows the errors in full, then all entries in their order; times are UTC."""
    pages = [*_pages("Errors", errors), *_pages("All entries, times in UTC", lines)]
    return Detail(title, tuple(pages)) if pages else None


def _pages(heading: str, lines: Sequence[LogLine]) -> Iterator[tuple[Part, ...]]:
    page: list[str] = []
    for line in (cut(each, LONGEST_LINE) for entry in lines for each in _full(entry)):
        if page and (len(page) == PAGE_LINES or sum(map(len, page)) + len(page) + len(line) > PAGE_CHARACTERS):
            yield text(Bold(heading)), Code("\n".join(page))
            page = []
        page.append(line)
    if page:
        yield text(Bold(heading)), Code("\n".join(page))


def _full(line: LogLine) -> Iterator[str]:
    first, *rest = line.text.strip("\n").split("\n")
    yield " ".join(word for word in (_time(line), line.level, line.host, first) if word)
    yield from (f"    {more}" for more in rest)


COMMAND = Command(
    name="logs",
    summary="Show what a job reported: errors first, then the last entries",
    arguments=(JOB,),
    example="logs 163",
    role=Role.viewer,
    run=run,
    view=view,
    details="Secrets are hidden. The whole log opens beside it, page by page; of a very long one the newest 2,000 entries are read.",
)
