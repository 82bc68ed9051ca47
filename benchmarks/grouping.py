"""How long it takes to find which of 200 outputs of 200 lines are the same, and to compare the others with them: CPU time, the best of some
rounds. And what a whole `show` on 200 devices takes, from the job's log to the blocks that Slack would get, with the most memory that Python
holds for it beside the log itself."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from rich.table import Table

from benchmarks.kit import Effort, table
from benchmarks.redaction import best_ms
from bot.configs.diff import diff
from bot.jobs.card_state import Brought
from bot.jobs.logs import JobLog, redacted
from bot.redaction.redactor import Redactor
from bot.show.grouping import Comparison, grouped
from bot.slack.render import payload
from bot.webnet.models import Job, LogLine
from handlers import show

DEVICES, LINES = 200, 200
GOAL, MEMORY_GOAL = "≤ 50", "≤ 20"  # ms, MB
_STAYS = "Gi1/0/{line}   10.{line}.0.1   YES NVRAM  up   up"
_CHANGES = "  {n} packets input, {n}{line} bytes, 5 minute input rate {n} bits/sec, last input 00:{line:02}:{n:02}"


def _outputs(changing: int, different: int) -> dict[str, str]:
    """Returns outputs in which every `changing`-th line is volatile and every `different`-th device has one port that is down."""
    found = {}
    for n in range(DEVICES):
        lines = [
            (_STAYS if line % changing else _CHANGES).format(line=line % 100, n=10 + n % 90) for line in range(LINES)
        ]
        if n % different == 1:
            lines[n] = f"Gi1/0/{n} is down"
        found[f"rtr-{n:03}"] = "\n".join([f"rtr-{n:03}#show interfaces", *lines])
    return found


def measured(effort: Effort) -> Iterator[Table]:
    rows = []
    for name, changing, different in (
        ("one volatile line in ten, one device in fifty differs", 10, 50),
        ("every line volatile", 1, DEVICES + 2),
        ("every second device differs", 10, 2),
    ):
        outputs = _outputs(changing, different)
        groups = grouped(outputs)
        took = best_ms(partial(grouped, outputs), effort.scaled(20, 5))
        one, *others = ([*group.text.split("\n")] for group in groups)
        compared = best_ms(lambda one=one, others=others: [diff(one, other, Comparison()) for other in others[:10]], 2)  # type: ignore[misc]
        rows.append((name, str(len(groups)), f"{took:.0f}", GOAL, f"{compared:.0f}"))
    title = f"{DEVICES} outputs of {LINES} lines"
    yield table(
        title, "", "groups", "put into groups, ms", "goal", "the first ten compared with the majority, ms", rows=rows
    )
    yield _whole_show(_outputs(10, 50), effort)


def _whole_show(outputs: dict[str, str], effort: Effort) -> Table:
    now = datetime.now(UTC)
    lines = [LogLine(number, now, "INFO", host, text) for number, (host, text) in enumerate(outputs.items())]
    hide = Redactor().config
    job = Job.of({"id": 1, "payload_json": {"commands": ["show interfaces"]}})

    def shown() -> None:
        log = JobLog(redacted(lines, hide), full=False)
        payload(show.view((Brought(job, log),)))

    shown()
    tracemalloc.start()
    shown()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    took = best_ms(shown, effort.scaled(5, 2))
    row = ("a device in fifty differs", f"{took:.0f}", f"{peak / 1e6:.1f}", MEMORY_GOAL)
    return table(f"A show on {DEVICES} devices", "", "ms", "memory, MB", "goal", rows=[row])
