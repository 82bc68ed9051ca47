"""Reads a job's log without its secrets. A log is redacted as a whole before anything is cut out of it, because a block of
key lines may begin in one entry and end in another."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.core.text import clean, cut
from bot.redaction.redactor import MARK
from bot.webnet.client import LOG_LINES, WebNet
from bot.webnet.models import LogLine

RECENT, BEFORE = 500, 100  # entries that are read of a log that is followed, and of these such as were shown before


@dataclass(frozen=True, slots=True)
class JobLog:
    """Holds the entries of a log, oldest first. A `full` one has as many as are ever read, so older ones may be missing."""

    lines: tuple[LogLine, ...]
    full: bool


class JobLogs:
    """Reads and redacts logs. Safe to share between threads."""

    def __init__(self, webnet: WebNet, redact: Callable[[str], str]) -> None:
        """`redact` takes a whole text, of any number of lines, and hides its secrets."""
        self._webnet = webnet
        self._redact = redact

    def read(self, job_id: int, most: int = LOG_LINES) -> JobLog:
        """Reads the newest entries of the log, so many at most. Raises WebNetMissing for an unknown job, and WebNetError."""
        lines = self._webnet.job_log(job_id, most)
        return JobLog(redacted(lines, self._redact), full=len(lines) >= most)

    def newest(self, job_id: int) -> int:
        """Returns the id of the newest entry, 0 if there is none. Raises what `read` raises."""
        return max((line.id for line in self._webnet.job_log(job_id, 1)), default=0)

    def after(self, job_id: int, entry: int) -> JobLog:
        """Reads the entries after the one with this id, and some before it, in which a secret may begin; of a log that has grown by
        very many, LOG_LINES at most. They are ordered by their ids. Raises what `read` raises."""
        log = self.read(job_id, RECENT)
        if log.full and log.lines[BEFORE].id > entry:
            log = self.read(job_id)
        return JobLog(tuple(sorted(log.lines, key=lambda line: line.id)), log.full)

    def first_line(self, text: str, limit: int = 200) -> str:
        """Returns what is wrong from the text of an exception, which goes on with hints and settings; its secrets are hidden."""
        return first_line(self._redact(text), limit)


def first_line(text: str, limit: int = 200) -> str:
    """Returns the first line that is not blank, at most `limit` characters. The text must be redacted already."""
    return cut(next((line for each in text.split("\n") if (line := clean(each).strip())), ""), limit)


def redacted(lines: Sequence[LogLine], redact: Callable[[str], str]) -> tuple[LogLine, ...]:
    """Redacts what each host said as one text, made of its entries in the order of the log."""
    hosts: dict[str, list[int]] = {}
    for place, line in enumerate(lines):
        hosts.setdefault(line.host, []).append(place)
    texts = [line.text for line in lines]
    for places in hosts.values():
        for place, text in zip(places, _together([texts[place] for place in places], redact), strict=True):
            texts[place] = text
    return tuple(replace(line, text=text) for line, text in zip(lines, texts, strict=True))


def _together(texts: Sequence[str], redact: Callable[[str], str]) -> list[str]:
    """Redacts the texts as one. A seam that disappears lay within a secret, so nothing is left of the text that followed."""
    if len(texts) == 1:
        return [redact(texts[0])]
    seam = secrets.token_hex(4)  # nobody can write one into a log
    whole = redact("\n".join(f"<{seam} {number}>\n{text}" for number, text in enumerate(texts)))
    found = re.split(rf"^<{seam} (\d+)>(?:\n|\Z)", whole, flags=re.MULTILINE)
    pieces = {int(number): text.removesuffix("\n") for number, text in zip(found[1::2], found[2::2], strict=True)}
    return [pieces.get(number, MARK) for number in range(len(texts))]
