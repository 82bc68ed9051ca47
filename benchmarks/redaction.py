"""How long a whole config takes to redact: CPU time, the best of some rounds, beside how many secrets it holds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from rich.table import Table

from benchmarks.kit import Effort, table
from bot.redaction.redactor import Redactor

CORPUS = Path(__file__).parents[1] / "tests" / "fixtures" / "redaction"
LINES = 300
HARMLESS = (
    "interface GigabitEthernet0/0/{0}\n description uplink {0}\n ip address 10.1.{0}.1 255.255.255.0\n no shutdown\n!\n"
)


def best_ms(work: Callable[[], object], rounds: int = 20) -> float:
    taken = []
    for _ in range(rounds):
        started = time.thread_time()
        work()
        taken.append(time.thread_time() - started)
    return min(taken) * 1000


def measured(_: Effort) -> Iterator[Table]:
    hide = Redactor([f"a secret that is known, number {number}" for number in range(40)])
    marked = (CORPUS / "ios.txt").read_text(encoding="utf-8")
    dense = "\n".join(marked.replace("⟦", "").replace("⟧", "").split("\n")[:LINES])
    usual = "\n".join([*dense.split("\n")[:30], *"".join(map(HARMLESS.format, range(54))).split("\n")])
    rows = []
    for name, text in (("one line in ten about passwords", usual), ("nearly every line", dense)):
        secrets = hide.config(text).count("<redacted>")
        works = partial(hide.config, text), partial(hide.pair, text, text), partial(hide, text)
        rows.append((name, str(secrets), *(f"{best_ms(work):.1f}" for work in works)))
    title = f"Redacting {LINES} lines of IOS"
    yield table(title, "", "secrets", "config, ms", "pair, ms", "as any text, ms", rows=rows)
