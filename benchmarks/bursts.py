"""5,000 commands at once, with the bot in a process of its own: each is answered, or refused as "busy" in its ack, and audited."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from benchmarks.bots import running_bot
from benchmarks.kit import Effort, percentile, spread, table
from benchmarks.offering import Offered

BURST = 5_000


def measured(effort: Effort) -> Iterator[Table]:
    with running_bot() as bot:
        bot.wait_quiet()
        rounds: list[Offered] = []
        cpu_ms: list[float] = []
        for _ in range(effort.rounds):
            rows, cpu = bot.rows(), bot.watched.thread_cpu_s("sockets")
            rounds.append(bot.slack.offer(BURST))
            cpu_ms.append((bot.watched.thread_cpu_s("sockets") - cpu) * 1000 / BURST)
            bot.wait_rows(rows + BURST)
    yield table(
        f"{BURST:,} commands at once, {len(rounds)} times",
        "",
        "measured",
        "goal",
        rows=[
            ("lost", str(sum(each.lost + each.unanswered for each in rounds)), "0"),
            ("acknowledged twice, or without an audit row", str(sum(each.again for each in rounds)), "0"),
            ("taken and answered", spread([BURST - each.busy for each in rounds], ",.0f"), ""),
            ('answered "busy"', spread([each.busy for each in rounds], ",.0f"), ""),
            ("ack p50, s", spread([percentile(each.acks_ms, 50) / 1000 for each in rounds]), ""),
            ('the last answered or answered "busy" after, s', spread([each.took_s for each in rounds]), "≤ 3"),
            ("CPU of the ack, ms", spread(cpu_ms), ""),
        ],
    )
