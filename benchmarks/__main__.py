"""Times and memory of the bot beside yardsticks of the same run, as tables: `python -m benchmarks [--quick] [NAME …]`.

NAME is a module of this package, such as `acks`; none means all of them, which is `make bench`.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from rich.console import Console

from benchmarks.kit import Benchmark, Effort

ALL = (
    "acks",
    "commands",
    "http",
    "bursts",
    "slow",
    "handovers",
    "redaction",
    "delivery",
    "polls",
    "audit",
    "search",
    "configs",
    "starting",
    "workspaces",
    "page",
    "grouping",
    "suggestions",
    "forms",
    "routing",
    "reports",
    "teams",
)
QUICK = ("acks", "commands", "slow", "redaction", "delivery", "starting")
WIDTH = 160


def main(arguments: list[str]) -> None:
    if {"-h", "--help"} & {*arguments}:
        sys.stdout.write(__doc__ or "")
        return
    quick = "--quick" in arguments
    names = [argument for argument in arguments if not argument.startswith("--")]
    unknown = [name for name in names if name not in ALL]
    if unknown:
        sys.exit(f"There is no benchmark {', '.join(unknown)}: name some of {', '.join(ALL)}.")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a process starts as it does where the bot is installed
    console = Console(width=WIDTH)
    console.print(f"{datetime.now(UTC):%Y-%m-%d}, {machine()}\n")
    began = time.monotonic()
    for name in names or (QUICK if quick else ALL):
        measured: Benchmark = import_module(f"benchmarks.{name}").measured
        started = time.monotonic()
        for table in measured(Effort(quick)):
            console.print(table)
        console.print(f"{name} took {time.monotonic() - started:.0f} s\n")
    console.print(f"all took {time.monotonic() - began:.0f} s")


def machine() -> str:
    """Describes the machine that the figures belong to, on Linux."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return f"{os.cpu_count()} × {model}, {memory:.0f} GiB, {platform.system()} {platform.release()}, Python {platform.python_version()}"


if __name__ == "__main__":
    main(sys.argv[1:])
