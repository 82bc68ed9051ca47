"""Commands while Slack asks the bot again and again to move its connections."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from benchmarks.bots import running_bot
from benchmarks.kit import Effort, percentile, spread, table

PER_S, COMMANDS, HAND_OVERS = 200, 4_000, 100
PARTS = 5


def measured(effort: Effort) -> Iterator[Table]:
    parts = effort.scaled(PARTS, 1)
    with running_bot() as bot:
        bot.wait_quiet()
        bot.slack.offer(PER_S, PER_S)  # to warm up
        number, moves = COMMANDS // PARTS, HAND_OVERS // PARTS
        rounds = [bot.slack.offer(number, PER_S, hand_overs=moves) for _ in range(parts)]
    yield table(
        f"{parts * number:,} commands at {PER_S} a second over {parts * moves} hand-overs of both connections",
        "",
        "measured",
        "goal",
        rows=[
            ("lost", str(sum(each.lost for each in rounds)), "0"),
            ("acknowledged twice", str(sum(each.again for each in rounds)), "0"),
            ('answered "busy"', str(sum(each.busy for each in rounds)), ""),
            ("ack p50, ms", spread([percentile(each.acks_ms, 50) for each in rounds]), ""),
            ("ack p99, ms", spread([percentile(each.acks_ms, 99) for each in rounds]), ""),
            ("worst ack, ms", f"{max(max(each.acks_ms) for each in rounds):.1f}", "≤ 100"),
        ],
    )
