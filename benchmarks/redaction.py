"""How long a whole config takes to redact, and what netconan takes for the same lines: CPU time, the best of some rounds."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from functools import partial

from rich.table import Table

from benchmarks.kit import Effort, table
from bot.redaction.redactor import Redactor
from tools import corpus

LINES = 300
HARMLESS = (
    "interface GigabitEthernet0/0/{0}\n description uplink {0}\n ip address 10.1.{0}.1 255.255.255.0\n no shutdown\n!\n"
)
LARGE, QUICK_LARGE = 20, 5  # MB


def best_ms(work: Callable[[], object], rounds: int = 20) -> float:
    taken = []
    for _ in range(rounds):
        started = time.thread_time()
        work()
        taken.append(time.thread_time() - started)
    return min(taken) * 1000


def measured(effort: Effort) -> Iterator[Table]:
    hide = Redactor([f"a secret that is known, number {number}" for number in range(40)])
    dense = "\n".join(corpus.plain(corpus.marked("ios")).split("\n")[:LINES])
    usual = "\n".join([*dense.split("\n")[:30], *"".join(map(HARMLESS.format, range(54))).split("\n")])
    rows = []
    for name, text in (("one line in ten about passwords", usual), ("nearly every line", dense)):
        secrets = hide.config(text).count("<redacted>")
        works = partial(hide.config, text), partial(hide.pair, text, text), partial(hide, text)
        rows.append((name, str(secrets), *(f"{best_ms(work):.1f}" for work in works)))
    title = f"Redacting {LINES} lines of IOS"
    yield table(title, "", "secrets", "config, ms", "pair, ms", "as any text, ms", rows=rows)
    yield _beside_netconan(hide, effort)
    yield _large(hide, usual, effort.scaled(LARGE, QUICK_LARGE))


def _beside_netconan(hide: Redactor, effort: Effort) -> Table:
    logging.disable(logging.WARNING)  # netconan warns of every line that it takes out
    texts = {name: corpus.marked(name) for name in corpus.TITLES}
    lines = sum(text.count("\n") for text in texts.values())
    rows = []
    for name, work, count in (
        ("the bot", hide.config, corpus.with_marks),
        ("netconan", corpus.netconan(), corpus.line_by_line),
    ):
        found = [count(work, text) for text in texts.values()]
        took = best_ms(lambda work=work: [work(corpus.plain(text)) for text in texts.values()], effort.rounds)  # type: ignore[misc]
        survived, touched = sum(each.survived for each in found), sum(each.touched for each in found)
        secrets, alike = sum(each.secrets for each in found), sum(each.alike for each in found)
        rows.append((name, f"{survived} of {secrets}", f"{touched} of {alike}", f"{took * 1000 / lines:.0f}"))
    logging.disable(logging.NOTSET)
    title = f"The corpus, {lines:,} lines of {len(texts) - 1} platforms and of logs"
    return table(title, "", "secrets that survived", "look-alikes touched", "ms for 1,000 lines", rows=rows)


def _large(hide: Redactor, text: str, large: int) -> Table:
    rows = []
    for size in (1, large):
        whole = text * (size * 1_000_000 // len(text))
        took_s = best_ms(partial(hide.config, whole), 2) / 1000
        rows.append((f"{size} MB", f"{took_s:.1f}", f"{len(whole) / 1e6 / took_s:.1f}"))
    return table("A large text, one line in ten about passwords", "", "s", "MB a second", rows=rows)
