"""`logs <job>` shows what a job reported, errors first; `logs <job> follow` what it reports from now on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.context import Context
from bot.core.arguments import JOB, Values
from bot.core.commands import Command, Role
from bot.core.message import Bold, Button, Buttons, Code, Detail, Line, Message, Note, Part, Text, sentence, text
from bot.core.text import and_more, count, cut, ended, phrase
from bot.jobs.live_access import Followed, Where
from bot.jobs.logs import JobLog, first_line
from bot.jobs.outcome import Outcome
from bot.webnet.models import Job, LogLine
from handlers import _many, _views

ERRORS, LAST = 5, 8  # in the message itself; the whole log is its detail
PAGE_LINES, PAGE_CHARACTERS = 60, 2_500
LONGEST_LINE = 500


@dataclass(frozen=True, slots=True)
class Logs:
    """Holds a job, its log, and how it ended: None for one that has not, or if that cannot be found out. `page` is the address
    where WebNet shows the job. With `members` the detail is a list of its devices instead of the whole log."""

    job: Job
    log: JobLog
    outcome: Outcome | None
    page: str
    members: _many.Members | None = None


@dataclass(frozen=True, slots=True)
class Stopped:
    """Says how many live logs of the job were stopped."""

    job: int
    number: int


def run(ctx: Context, values: Values) -> Logs | Followed | Stopped:
    job, follow = ctx.jobs.get(values["job"]), values.get(_views.FOLLOW.name)
    ctx.audit.concerns(ctx.devices.only_one_of(job))
    if follow == "stop":
        return Stopped(job.id, ctx.live_logs.stop(job))
    if follow and not job.ended:
        return ctx.live_logs.follow(job)
    log = ctx.jobs.log(job)
    members = _members(ctx, job) if _many.BY.name in values else None
    return Logs(job, log, ctx.jobs.outcome(job, log), ctx.job_page(job.id), members)


def _members(ctx: Context, job: Job) -> _many.Members:
    names = ctx.devices.names(job.device_ids)
    return _many.Members(tuple(sorted(names, key=str.casefold)), tuple(ctx.jobs.left_out(job)))


def view(result: Logs | Followed | Stopped) -> Message:
    match result:
        case Logs():
            return _view(result)
        case Followed(job, where, card):
            words = f"The log of job #{job.id} is followed {WHERE[where]}, until the job ends or for an hour."
            elsewhere = (
                [Note(("Where the bot may not write here, it comes to you as direct messages.",))] if card else []
            )
            return replace(sentence(words, *elsewhere), card=card)
        case Stopped(number, 0):
            return sentence(f"No log of job #{number} is followed here.")
        case Stopped(number):
            return sentence(f"The log of job #{number} is not followed any longer.")


WHERE: Mapping[Where, str] = {
    "card": "in the thread of its card",
    "answer": "in this thread",
    "person": "in your direct messages with the bot",
}


def _view(logs: Logs) -> Message:
    job, lines = logs.job, logs.log.lines
    errors = [line for line in lines if line.level == "ERROR"]
    title = f"Log of job #{job.id}"
    found = f"{count(len(errors), 'error')} in {_entries(logs.log)}"
    sign, words = (logs.outcome.result, logs.outcome.words) if logs.outcome else (job.status, job.status)
    head = f"{_views.sign(sign)} {_views.kind(job.type)}: {ended(words)} "
    parts: list[Part] = [text(head, Bold(found if lines else "Nothing was reported"), ".")]
    if errors:
        parts.append(Text(tuple(_error(line) for line in errors[:ERRORS])))
        if len(errors) > ERRORS:
            parts.append(Note((and_more(len(errors) - ERRORS, "error"),)))
    if lines:
        parts.append(Code("\n".join(_last(lines))))
    if logs.log.full:
        parts.append(Note((f"Only the newest {len(lines):,} entries are read; WebNet shows the rest.",)))
    parts.append(Buttons(tuple(_buttons(logs))))
    summary = f"{title}: {phrase(words)}; {found if lines else 'nothing was reported'}"
    detail = _many.detail(job, logs.log, logs.members) if logs.members else _detail(title, errors, lines)
    return Message(summary, title, tuple(parts), detail=detail)


def _entries(log: JobLog) -> str:
    entries = f"{len(log.lines):,} {'entry' if len(log.lines) == 1 else 'entries'}"
    return f"the newest {entries}" if log.full else entries


def _error(line: LogLine) -> Line:
    said = first_line(line.text) or "no reason was reported"
    return ("❌ ", Bold(line.host), f": {said}") if line.host else (f"❌ {said}",)


def _last(lines: Sequence[LogLine]) -> Iterator[str]:
    """Yields the last entries, a line each, below the day of the first one and of each that is of another day."""
    day = ""
    for line in lines[-LAST:]:
        if line.at and day != _day(line):
            yield _day(line) if day else f"{_day(line)}, times in UTC"
            day = _day(line)
        yield cut(_short(line), 160)


def _short(line: LogLine) -> str:
    return " ".join(word for word in (_time(line), line.host, first_line(line.text)) if word)


def _time(line: LogLine) -> str:
    return f"{line.at:%H:%M:%S}" if line.at else ""


def _day(line: LogLine) -> str:
    return f"{line.at:%Y-%m-%d}" if line.at else ""


def _buttons(logs: Logs) -> Iterator[Button]:
    if logs.log.lines:
        yield Button("Whole log", command=COMMAND.write({"job": logs.job.id}), modal=True)
    yield Button(f"Open job #{logs.job.id}", url=logs.page)


def _detail(title: str, errors: Sequence[LogLine], lines: Sequence[LogLine]) -> Detail | None:
    """Shows the errors in full, then all entries in their order."""
    pages = [*_pages("Errors, times in UTC", errors), *_pages("All entries, times in UTC", lines)]
    return Detail(title, tuple(pages)) if pages else None


def _pages(heading: str, lines: Sequence[LogLine]) -> Iterator[tuple[Part, ...]]:
    """Yields pages that begin with the day of their first entry, and name each other day where it begins."""
    page: list[str] = []
    day = ""
    for entry, line in ((one, cut(each, LONGEST_LINE)) for one in lines for each in _full(one)):
        if page and (len(page) >= PAGE_LINES or sum(map(len, page)) + len(page) + len(line) > PAGE_CHARACTERS):
            yield text(Bold(heading)), Code("\n".join(page))
            page, day = [], ""
        if entry.at and day != _day(entry):
            day = _day(entry)
            page.append(day)
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
    arguments=(JOB, _views.FOLLOW, _many.BY),
    example="logs 163",
    role=Role.viewer,
    run=run,
    view=view,
    details="Secrets are hidden. The whole log opens beside it, page by page; of a very long one the newest 2,000 entries are read. "
    "`follow` shows what a job reports while it runs, by a reply that changes every few seconds, in the thread of the job's card or of the "
    "answer, and goes on in another reply once that is full. It ends with the job, with `stop`, or after an hour. Where only you may see the "
    "answer, it comes to you as direct messages.",
)
