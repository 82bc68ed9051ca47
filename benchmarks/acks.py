"""How soon `/webnet help` is acknowledged by Socket Mode, and what that costs, beside bare Bolt apps.

The bot is whole: every command is also answered and audited meanwhile. "CPU of the ack" is the processor time of the threads
that take part in it, from the frame's arrival to the ack frame sent: of the bot's its thread "sockets" (reading, Bolt, the
door, the hand-over to the pool); of a bare app all of its threads, since it has no others. "CPU of all" is the whole process,
the answers and their audit rows included. It is the kernel's count, so time that a thread waits for the interpreter's lock is
none.

What something stands beside is the best round of that: from a moment in which two envelopes meet, the SDK's client may acknowledge each only
when the next one comes, and its p50 is then the time between two.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from rich.table import Table

from benchmarks import bare
from benchmarks.bots import running_bot
from benchmarks.kit import Effort, Watched, percentile, spread, table
from benchmarks.offering import OfferingProcess, offering

RATES = (10, 100, 300)
BOT, FAST, DOCUMENTED = "the bot", "bare fast", "bare documented"
BARE = {FAST: "fast", DOCUMENTED: "documented"}


@dataclass(frozen=True, slots=True)
class Round:
    """The measurements of one candidate at one rate."""

    p50_ms: float
    p99_ms: float
    ack_cpu_ms: float
    cpu_ms: float
    busy: int


@dataclass
class Candidate:
    """A process under test; `ack_threads` are named as in `Watched.thread_cpu_s`."""

    name: str
    slack: OfferingProcess
    watched: Watched
    ack_threads: Sequence[str] = ()
    answers: bool = False
    rounds: dict[int, list[Round]] = field(default_factory=lambda: defaultdict(list))

    def round(self, per_s: int, seconds: float) -> Round:
        """Waits until the last command is acknowledged and, if the candidate answers, answered."""
        number = int(per_s * seconds)
        before = self._cpu_ms()
        offered = self.slack.offer(number, per_s, answered=self.answers)
        assert not offered.lost, offered
        ack_cpu, cpu = ((after - began) / number for began, after in zip(before, self._cpu_ms(), strict=True))
        p50, p99 = (percentile(offered.acks_ms, percent) for percent in (50, 99))
        return Round(p50, p99, ack_cpu, cpu, offered.busy)

    def _cpu_ms(self) -> tuple[float, float]:
        return self.watched.thread_cpu_s(*self.ack_threads) * 1000, self.watched.thread_cpu_s() * 1000

    def values(self, per_s: int, of: str) -> list[float]:
        return [getattr(each, of) for each in self.rounds[per_s]]

    def median(self, per_s: int, of: str) -> float:
        return statistics.median(self.values(per_s, of))


def measured(effort: Effort) -> Iterator[Table]:
    seconds = effort.scaled(2, 1)
    with ExitStack() as stack:
        bot = stack.enter_context(running_bot())
        bot.wait_quiet()
        candidates = {BOT: Candidate(BOT, bot.slack, bot.watched, ("sockets",), answers=True)}
        for name, kind in BARE.items():
            slack = stack.enter_context(offering())
            candidates[name] = Candidate(name, slack, stack.enter_context(bare.connected(kind, slack)))
        for candidate in candidates.values():
            candidate.round(max(RATES), 0.5)  # to warm up
        for _ in range(effort.rounds):
            for per_s in RATES:
                for candidate in candidates.values():
                    candidate.rounds[per_s].append(candidate.round(per_s, seconds))
    yield _times(candidates.values(), seconds)
    yield _beside(candidates)


def _times(candidates: Iterable[Candidate], seconds: int) -> Table:
    rows = [
        (
            candidate.name,
            str(per_s),
            *(spread(candidate.values(per_s, of)) for of in ("p50_ms", "p99_ms", "ack_cpu_ms", "cpu_ms")),
            str(sum(each.busy for each in candidate.rounds[per_s])),
        )
        for per_s in RATES
        for candidate in candidates
    ]
    headings = ("", "per s", "ack p50", "ack p99", "CPU of the ack", "CPU of all", 'answered "busy"')
    return table(f"/webnet help by Socket Mode for {seconds} s, ms", *headings, rows=rows)


def _beside(candidates: dict[str, Candidate]) -> Table:
    bot, fast, documented = (candidates[name] for name in (BOT, FAST, DOCUMENTED))

    def times(one: Candidate, other: Candidate, per_s: int, of: str) -> str:
        best = min(other.values(per_s, of))
        return spread([value / best for value in one.values(per_s, of)]) + " ×"

    rows = [
        ("ack p50 at 100 per s, beside bare fast's best round", times(bot, fast, 100, "p50_ms"), "≤ 2 ×"),
        ("bare documented's beside the bot's best round", times(documented, bot, 100, "p50_ms"), "≥ 5 ×"),
        ("ack p99 at 300 per s", f"{bot.median(300, 'p99_ms'):.1f} ms", "≤ 20 ms"),
        ("CPU of the ack at 100 per s, beside bare fast's best round", times(bot, fast, 100, "ack_cpu_ms"), "≤ 1.5 ×"),
        ("the same at 300 per s", times(bot, fast, 300, "ack_cpu_ms"), "≤ 1.5 ×"),
    ]
    return table("The goals of the ack", "", "measured", "goal", rows=rows)
