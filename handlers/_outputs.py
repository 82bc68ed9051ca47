"""Shows what devices answered to a command: equal answers once, the others by what differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.configs.diff import diff
from bot.core.arguments import Argument, Kind, write
from bot.core.message import Bold, Button, Buttons, Code, Detail, Fold, Mono, Note, Part, Text, text
from bot.core.text import and_more, count, cut
from bot.jobs.card_state import Brought
from bot.jobs.logs import JobLog, first_line
from bot.show.grouping import Comparison, Group, grouped
from handlers import _folds, _hunks

JOBS = Argument("jobs", Kind.text, named=True, hidden=True)
MOST_LINES, MOST_CHARACTERS = 30, 2_400  # of one answer in a message; the pages hold all of it
MOST_ANSWERS = 4  # in a message
MOST_NAMED = 5  # devices of a group
WIDTH = 200  # characters of a line
PAGE_LINES, PAGE_CHARACTERS, LONGEST_LINE = 60, 2_500, 500


def answers(log: JobLog) -> dict[str, str]:
    """Returns what each host answered, which is all of its entries in their order, but for errors."""
    found: dict[str, list[str]] = {}
    for line in log.lines:
        if line.host and line.level != "ERROR":
            found.setdefault(line.host, []).append(line.text.strip("\n"))
    return {host: "\n".join(texts) for host, texts in sorted(found.items(), key=lambda item: item[0].casefold())}


def parts(brought: Sequence[Brought]) -> Iterator[Part]:
    """Shows the answers as far as a message holds them, with a button for the rest."""
    most, whole = max(1, MOST_ANSWERS // max(1, len(brought))), True
    for each in brought:
        groups = grouped(answers(each.log))
        yield from _answers(each, groups, most)
        whole = whole and len(groups) <= most and all(_fits(group.text) for group in groups)
    if not whole:
        jobs = " ".join(str(each.job.id) for each in brought)
        yield Buttons((Button("Whole output", command=write("show", (JOBS,), {JOBS.name: jobs}), modal=True),))


def _answers(brought: Brought, groups: Sequence[Group], most: int) -> Iterator[Part]:
    """Shows at most so many of the answers that one job brought."""
    if not groups:
        return
    yield from (text(Mono(command)) for command in brought.job.commands)
    number, (first, *others) = sum(len(group.hosts) for group in groups), groups
    if number > 1:
        yield text(Bold(_headline(number, groups)))
    yield from _below(_names(first.hosts), [_code(first.text)], heading=number > 1)
    alike = len(first.hosts) > 1
    for group in others[: most - 1]:
        if alike:
            yield from _below(f"{_names(group.hosts)}, compared with the others", _difference(first, group))
        else:
            yield from _below(_names(group.hosts), [_code(group.text)])
    if len(groups) > most:
        yield Note((and_more(len(groups) - most, "other answer"),))
    yield from _failed(brought.log)
    if brought.log.full:
        read = len(brought.log.lines)
        yield Note((f"Only the newest {read:,} entries of the log are read, so there may be more devices.",))


def _below(title: str, parts: Iterable[Text | Code], *, heading: bool = True) -> Iterator[Part]:
    """Yields an answer, folded if it is long, else below its title."""
    first, *more = _folds.folded(title, parts)
    if heading and not isinstance(first, Fold):
        yield text(Bold(title), ":")
    yield from (first, *more)


def _failed(log: JobLog) -> Iterator[Part]:
    """Names devices that did not answer."""
    errors: dict[str, str] = {}
    for line in log.lines:
        if line.host and line.level == "ERROR":
            errors.setdefault(line.host, first_line(line.text))
    if errors:
        yield Text(tuple(("❌ ", Bold(host), f": {error}") for host, error in [*errors.items()][:MOST_NAMED]))
    if len(errors) > MOST_NAMED:
        yield Note((and_more(len(errors) - MOST_NAMED, "device"),))


def _headline(number: int, groups: Sequence[Group]) -> str:
    """Returns how many devices answer the same."""
    most = len(groups[0].hosts)
    if most == number:
        return f"All {number:,} devices answer the same" if number > 2 else "Both devices answer the same"
    if most == 1:
        return f"No two of {number:,} devices answer the same" if number > 2 else "The two devices differ"
    left = number - most
    return f"{count(most, 'device')} answer the same; {left:,} {'differs' if left == 1 else 'differ'}"


def _names(hosts: Sequence[str]) -> str:
    more = f" {and_more(len(hosts) - MOST_NAMED)}" if len(hosts) > MOST_NAMED else ""
    return ", ".join(hosts[:MOST_NAMED]) + more


def _difference(first: Group, other: Group) -> Iterator[Text | Code]:
    sides = first.text.split("\n"), other.text.split("\n")
    found = diff(*sides, Comparison((first.hosts[0], other.hosts[0])))
    yield from next(_hunks.pages(found, MOST_LINES), ())


def _fits(answer: str) -> bool:
    return len(answer) <= MOST_CHARACTERS and answer.count("\n") < MOST_LINES


def _code(answer: str) -> Text | Code:
    """Shows the beginning of an answer."""
    kept, room = list[str](), MOST_CHARACTERS
    for line in (cut(each, WIDTH) for each in answer.split("\n")[:MOST_LINES]):
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return Code("\n".join(kept)) if answer.strip() else text("It answered nothing.")


def detail(brought: Sequence[Brought]) -> Detail:
    """Shows every answer whole, equal ones once, page by page."""
    pages = [
        page
        for each in brought
        for group in grouped(answers(each.log))
        for page in _pages(_names(group.hosts), group.text.split("\n"))
    ]
    return Detail(title(brought), tuple(pages))


def title(brought: Sequence[Brought]) -> str:
    """Names the jobs."""
    jobs = ", ".join(f"#{each.job.id}" for each in brought)
    return f"Output of job{'' if len(brought) == 1 else 's'} {jobs}"


def _pages(heading: str, lines: Iterable[str]) -> Iterator[tuple[Part, ...]]:
    """Yields pages of these lines, each below the heading."""
    page: list[str] = []
    for line in (cut(each, LONGEST_LINE) for each in lines):
        if page and (len(page) == PAGE_LINES or sum(map(len, page)) + len(page) + len(line) > PAGE_CHARACTERS):
            yield text(Bold(heading)), Code("\n".join(page))
            page = []
        page.append(line)
    if page:
        yield text(Bold(heading)), Code("\n".join(page))
