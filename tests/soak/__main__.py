"""The whole bot for a long time: `python -m tests.soak --minutes 30 --seed 7`, or `make soak MINUTES=30 SEED=7`.

Two replicas on PostgreSQL, all the feeds, users who type and click, and everything that goes wrong, all at once. Prints a
table and ends with 1 if anything in it is wrong.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from tests.soak.findings import counted, grown
from tests.soak.run import Plan, Soak, soaked


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    asked = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    print(f"A soak of {asked.minutes:g} minutes, seed {asked.seed}", flush=True)
    with soaked(Plan.of(asked.minutes, asked.seed)) as soak:
        return report(soak)


def report(soak: Soak) -> int:
    table = Table(title=f"A soak of {soak.plan.seconds / 60:g} minutes (seed {soak.plan.seed})")
    for heading in ("what", "measured", ""):
        table.add_column(heading)
    wrong = 0
    for finding in (*counted(soak), *grown(soak)):
        table.add_row(finding.what, finding.measured, "ok" if finding.right else "WRONG")
        wrong += not finding.right
    table.add_section()
    for what, number in sorted(soak.troubles.counts.items()):
        table.add_row(what, str(number), "")
    Console(width=160).print(table)
    for line in (*soak.desk.lost[:10], *soak.delivered.missing_keys()[:10], *soak.delivered.uninvited()[:10]):
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
