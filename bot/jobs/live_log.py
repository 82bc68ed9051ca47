"""Decides what a live log shows: which entries stand in its newest reply, when that is full and another begins, and how often it
changes. Pure.

Nothing of a log is kept between two looks, nor stored: a position names entries of WebNet's by their ids, so that any process shows
the same from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Literal

from bot.core.text import cut
from bot.jobs.logs import JobLog
from bot.jobs.outcome import Outcome
from bot.webnet.models import Job, LogLine

COMMAND = "logs"  # whoever may not run it may not follow a log either

FOLLOWED_FOR = timedelta(hours=1)
PAGE = 9_500  # characters of one reply; a chat takes about 12,000 over all of a message
BEGINNING = (
    PAGE // 2
)  # of a reply that begins with the newest entries alone, so that there is room for those that follow
MOST_REPLIES = 20  # of one live log; from then on the last one drops its oldest entries
LONGEST_ENTRY, MOST_LINES, LONGEST_LINE = 2_000, 40, 300  # of what is shown of one entry
SETTLED_AFTER = timedelta(seconds=5)
FULL_PACE = 2  # live logs of one workspace that change as often as one alone: 2 of 3.2 s make 38 of 50 updates a minute
TIME_AFTER = 3  # looks without news, after which the reply changes to show the time

Over = Literal["", "job", "stopped", "late", "refused", "gone"]


@dataclass(frozen=True, slots=True)
class Position:
    """Says how far a live log came. Its newest reply shows the entries whose ids lie above `after`, up to `shown`; `read` is the
    newest id that was seen. There are so many `replies`. `gap`: entries before those of the newest one are shown nowhere. `closed`:
    the newest one is full and does not change again. `looks` counts those since it last changed, and `status` is the job's that it
    shows."""

    after: int = 0
    shown: int = 0
    read: int = 0
    replies: int = 0
    gap: bool = False
    closed: bool = False
    looks: int = 0
    status: str = ""

    @property
    def text(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, text: str) -> Position:
        """Reads what `text` wrote; what is empty is that of a live log which has shown nothing yet."""
        return cls(**json.loads(text or "{}"))


@dataclass(frozen=True, slots=True)
class Step:
    """What is shown next: `text` by the newest reply, or by a new one if it `begins` one, and the `position` after that. `more`
    entries wait for yet another one."""

    text: str
    position: Position
    begins: bool = False
    more: bool = False


@dataclass(frozen=True, slots=True)
class LiveLogState:
    """Holds what one reply of a live log shows. `job` is None if WebNet does not know it any more, and `page` is its address there.
    `over` says why it is not followed any longer, `by` who stopped it, and `outcome` how the job ended, as far as that is known.
    `at_end`: the job writes its log only when it ends. `now` is the time by WebNet's clock."""

    number: int
    job: Job | None
    page: str
    text: str
    now: datetime
    over: Over = ""
    by: str = ""
    outcome: Outcome | None = None
    at_end: bool = False
    gap: bool = False
    closed: bool = False


def pace_s(alone_s: float, live_logs: int) -> float:
    """Returns the seconds between two changes of a live log, where one alone changes every `alone_s`."""
    return alone_s * max(1.0, live_logs / FULL_PACE)


def is_news(before: Position, step: Step, status: str) -> bool:
    """Says whether what is shown is to change now: for other entries, another status, and now and then for the time."""
    same = replace(step.position, looks=before.looks) == before and status == before.status
    if step.begins:
        return bool(step.text) or not before.replies
    return not same or before.looks >= TIME_AFTER


def settled(log: JobLog, position: Position, now: datetime) -> JobLog:
    """Leaves the newest entries out until the next look: a secret may begin in them, which is only known by what follows."""

    def is_settled(line: LogLine) -> bool:
        return line.id <= position.read or (line.at is not None and now - line.at >= SETTLED_AFTER)

    return JobLog(tuple(takewhile(is_settled, log.lines)), log.full)


def step(position: Position, log: JobLog) -> Step:
    """Decides what comes next, of entries without secrets that follow one another by their ids, some before `after` among them."""
    lines = [line for line in log.lines if line.id > position.after]
    cut_off = bool(log.full and log.lines and log.lines[0].id > position.after)
    if not position.replies or position.closed:
        return _begun(position, [line for line in lines if line.id > position.shown], cut_off=cut_off)
    position = replace(position, gap=position.gap or cut_off)
    if len(shown := _filled(lines)) == len(lines):
        return Step("\n".join(shown), replace(position, shown=_last(lines, position.shown)))
    if position.replies < MOST_REPLIES:
        closed = replace(position, shown=lines[len(shown) - 1].id, closed=True)
        return Step("\n".join(shown), closed, more=True)
    kept = _newest(lines)
    moved = replace(position, after=kept[0].id - 1, shown=_last(kept, position.shown), gap=True)
    return Step("\n".join(_filled(kept)), moved)


def _begun(position: Position, lines: Sequence[LogLine], *, cut_off: bool) -> Step:
    kept = lines if len(shown := _filled(lines)) == len(lines) else _newest(lines)
    left_out = len(kept) < len(lines)
    begun = replace(
        position,
        after=kept[0].id - 1 if kept else position.shown,
        shown=_last(kept, position.shown),
        replies=position.replies + 1,
        gap=left_out or cut_off,
        closed=False,
    )
    return Step("\n".join(_filled(kept) if left_out else shown), begun, begins=True)


def _last(lines: Sequence[LogLine], otherwise: int) -> int:
    return lines[-1].id if lines else otherwise


def _filled(lines: Sequence[LogLine]) -> list[str]:
    """Returns as many of the first entries as one reply has room for, as they are shown."""
    shown: list[str] = []
    size, host = 0, ""
    for line in lines:
        entry, host = _entry(line, named=line.host != host), line.host
        size += len(entry) + 1
        if size > PAGE:
            break
        shown.append(entry)
    return shown


def _newest(lines: Sequence[LogLine]) -> Sequence[LogLine]:
    """Returns as many of the last entries as a reply may begin with."""
    size = 0
    for number, line in enumerate(reversed(lines)):
        size += len(_entry(line, named=True)) + 1
        if size > BEGINNING:
            return lines[len(lines) - number :]
    return lines


def _entry(line: LogLine, *, named: bool) -> str:
    """Shows an entry, below the name of its host where that is another than before."""
    shown = [*_lines(line)]
    more = len(shown) - MOST_LINES
    shown = shown[:MOST_LINES] + ([f"    … and {more:,} more"] if more > 0 else [])
    name = [line.host or "the job itself"] if named else []
    return cut("\n".join(cut(each, LONGEST_LINE) for each in (*name, *shown)), LONGEST_ENTRY)


def _lines(line: LogLine) -> Iterator[str]:
    first, *rest = line.text.strip("\n").split("\n")
    words = f"{line.at:%H:%M:%S}" if line.at else "", "" if line.level == "INFO" else line.level, first
    yield "  " + " ".join(word for word in words if word)
    yield from (f"    {each}" for each in rest)
