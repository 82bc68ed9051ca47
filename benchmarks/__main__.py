"""Times and memory of the bot beside yardsticks of the same run, as tables: `python -m benchmarks [--quick] [NAME …]`.

NAME is a module of this package, such as `acks`; none means all of them, which is `make bench`.
"""

from __future__ import annotations

import os
import sys
import time
from importlib import import_module

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
)
QUICK = ("acks", "commands", "slow", "redaction", "delivery", "starting")
WIDTH = 160


def main(arguments: list[str]) -> None:
    quick = "--quick" in arguments
    names = [argument for argument in arguments if not argument.startswith("--")]
    unknown = [name for name in names if name not in ALL]
    if unknown:
        sys.exit(f"There is no benchmark {', '.join(unknown)}: name some of {', '.join(ALL)}.")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a process starts as it does where the bot is installed
    console = Console(width=WIDTH)
    for name in names or (QUICK if quick else ALL):
        measured: Benchmark = import_module(f"benchmarks.{name}").measured
        started = time.monotonic()
        for table in measured(Effort(quick)):
            console.print(table)
        console.print(f"{name} took {time.monotonic() - started:.0f} s\n")


if __name__ == "__main__":
    main(sys.argv[1:])
