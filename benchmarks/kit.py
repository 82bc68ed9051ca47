"""Tools of every benchmark: how much to do, processes that are watched from outside, and tables.

A candidate and its yardstick are measured in the same run by the same client, one after the other, and shown as the median of the
rounds with the smallest and the largest beside it.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.table import Table

TICK_S = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured. `rounds` of each candidate; `scaled(n)` is n, or the part of it that a quick run does."""

    quick: bool = False

    @property
    def rounds(self) -> int:
        return 2 if self.quick else 5

    def scaled(self, number: int, quick: int) -> int:
        return quick if self.quick else number


Benchmark = Callable[[Effort], Iterable[Table]]


@dataclass(frozen=True, slots=True)
class Watched:
    """A process, seen from outside."""

    pid: int

    def cpu_s(self) -> float:
        """Returns the user and system time of all its threads so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * TICK_S

    def thread_cpu_s(self, *names: str) -> float:
        """Returns the processor time of the threads with these names in the kernel (without names: of all that live), to the nanosecond."""
        mine = (
            each
            for each in Path(f"/proc/{self.pid}/task").iterdir()
            if not names or (each / "comm").read_text().strip() in names
        )
        return sum(int((each / "schedstat").read_text().split()[0]) for each in mine) / 1e9

    def rss_mib(self) -> float:
        lines = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


@contextmanager
def process(module: str, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Runs `python -m module words…` and kills it at the end; its output and input are text."""
    command = [sys.executable, "-m", module, *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as started:  # noqa: S603  # our own words
        try:
            yield started
        finally:
            started.kill()


def line(of: subprocess.Popen[str]) -> str:
    """Returns the next line that the process prints."""
    assert of.stdout is not None
    return of.stdout.readline().strip()


def send_line(process: subprocess.Popen[str], words: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{words}\n")
    process.stdin.flush()


def paced(number: int, per_s: float) -> Iterator[int]:
    """Yields 0, 1, 2 … at the pace, as long as the consumer keeps up with it."""
    started = time.monotonic()
    for index in range(number):
        time.sleep(max(0.0, started + index / per_s - time.monotonic()))
        yield index


def percentile(values: Iterable[float], percent: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def spread(values: Sequence[float], form: str = ",.2f") -> str:
    """Formats the median of the rounds, with the smallest and the largest."""
    middle = format(statistics.median(values), form)
    if len(values) < 2:
        return middle
    return f"{middle} ({format(min(values), form)} to {format(max(values), form)})"


def table(title: str, *headings: str, rows: Iterable[Sequence[str]] = ()) -> Table:
    """Makes a table in Markdown, so that what is printed can be kept in RESULTS.md. All but the first column are figures."""
    made = Table(title=title, title_justify="left", title_style="bold", box=box.MARKDOWN)
    for number, heading in enumerate(headings):
        made.add_column(heading, justify="right" if number else "left", overflow="fold")
    for row in rows:
        made.add_row(*row)
    return made
