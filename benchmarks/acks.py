"""How soon `/webnet help` is acknowledged by Socket Mode, beside bare Bolt apps."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.table import Table

from benchmarks import bare
from benchmarks.kit import Effort, Watched, paced, percentile, spread, table
from lab.slack import SlackLab
from lab.webnet import WebNetLab
from store.database import migrate_store, open_store
from tests.conftest import STORE_KEY
from tests.e2e.process import bot_process
from tests.e2e.rig import add_people, settings_for, wait_until

PER_S = 100
BOT = "the bot"


@dataclass
class Candidate:
    """A process under test, and what was measured of it, round by round."""

    name: str
    slack: SlackLab
    watched: Watched
    ack_p50_ms: list[float] = field(default_factory=list)
    ack_p99_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    def round(self, seconds: float) -> None:
        """Until the last command is acknowledged (and, where it answers, answered)."""
        number = int(PER_S * seconds)
        cpu = self.watched.cpu_s()
        asked = [self.slack.say("U0VERA", "/webnet help", "C0NOC") for _ in paced(number, PER_S)]
        acks = [interaction.wait_ack() for interaction in asked]
        if self.name == BOT:
            wait_until(lambda: all(interaction.appeared for interaction in asked), "every answer", 30)
        self.ack_p50_ms.append(percentile(acks, 50))
        self.ack_p99_ms.append(percentile(acks, 99))
        self.cpu_ms.append((self.watched.cpu_s() - cpu) * 1000 / number)
        self.slack.forget()


@contextmanager
def the_bot(slack: SlackLab, folder: Path) -> Iterator[Watched]:
    url = f"sqlite:///{folder}/store.db"
    migrate_store(url)
    with WebNetLab() as webnet, open_store(url, keys=[STORE_KEY]) as store:
        add_people(store)
        with bot_process(settings_for(slack, webnet, url), folder) as bot:
            slack.wait_connected(2, timeout=20)
            yield Watched(bot.process.pid)


def measured(effort: Effort) -> Iterator[Table]:
    seconds = effort.scaled(10, 3)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="webnet-bot-")))
        slacks = [stack.enter_context(SlackLab()) for _ in range(2)]
        candidates = [
            Candidate(BOT, slacks[0], stack.enter_context(the_bot(slacks[0], folder))),
            Candidate("bare fast", slacks[1], stack.enter_context(bare.connected("fast", slacks[1]))),
        ]
        for turn in range(effort.rounds + 1):
            for candidate in candidates:
                candidate.round(seconds if turn else 1)
                if not turn:  # to warm up
                    candidate.ack_p50_ms.clear(), candidate.ack_p99_ms.clear(), candidate.cpu_ms.clear()
        rows = [(c.name, spread(c.ack_p50_ms), spread(c.ack_p99_ms), spread(c.cpu_ms)) for c in candidates]
    title = f"/webnet help, {PER_S} a second for {seconds} s, ms"
    yield table(title, "", "ack p50", "ack p99", "CPU a command", rows=rows)
