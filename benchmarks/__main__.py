"""Times and memory of the whole bot, beside a bare Bolt app in the same run, as a table: `python -m benchmarks [--quick]`.

The bare app is Bolt with `process_before_response` on the SDK's built-in Socket Mode client, and only acknowledges. Both
are processes of their own, each before an emulated Slack of its own; rounds alternate between them, and medians are shown.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import redaction, slow_webnet
from lab.slack import SlackLab
from lab.webnet import WebNetLab
from store.database import migrate_store, open_store
from tests.conftest import STORE_KEY
from tests.e2e.process import bot_process
from tests.e2e.rig import add_people, settings_for, wait_until

PER_S = 100
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


@dataclass
class Candidate:
    """A process under test, and what was measured of it, round by round."""

    name: str
    slack: SlackLab
    pid: int
    connected_s: float
    ack_p50_ms: list[float] = field(default_factory=list)
    ack_p99_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    rss_mib: list[float] = field(default_factory=list)

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * TICK_S

    def rss(self) -> float:
        """MiB."""
        lines = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024

    def round(self, seconds: float) -> None:
        """Commands at PER_S, until the last is acknowledged (and, where it answers, answered)."""
        number = int(PER_S * seconds)
        cpu, started = self.cpu_s(), time.monotonic()
        asked = []
        for turn in range(number):
            time.sleep(max(0.0, started + turn / PER_S - time.monotonic()))
            asked.append(self.slack.say("U0VERA", "/webnet help", "C0NOC"))
        acks = sorted(interaction.wait_ack() for interaction in asked)
        if self.name == "the bot":
            wait_until(lambda: all(interaction.appeared for interaction in asked), "every answer", 30)
        self.ack_p50_ms.append(acks[number // 2])
        self.ack_p99_ms.append(acks[number * 99 // 100])
        self.cpu_ms.append((self.cpu_s() - cpu) * 1000 / number)
        self.answered.append(sum(bool(interaction.appeared) for interaction in asked))
        self.rss_mib.append(self.rss())
        self.slack.forget()


BARE = """
import sys, threading
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

authorized = AuthorizeResult(enterprise_id=None, team_id="T0ACME", bot_token="xoxb-lab-acme")
app = App(signing_secret="unused", authorize=lambda: authorized, process_before_response=True)
app.command("/webnet")(lambda ack: ack())
SocketModeHandler(app, "xapp-lab", web_client=WebClient(base_url=sys.argv[1])).connect()
threading.Event().wait()
"""


@contextmanager
def the_bare_app(slack: SlackLab) -> Iterator[Candidate]:
    started = time.monotonic()
    command = [sys.executable, "-c", BARE, slack.api_url]
    with subprocess.Popen(command) as process:  # noqa: S603  # our own words
        try:
            slack.wait_connected(1, timeout=20)
            yield Candidate("bare Bolt", slack, process.pid, time.monotonic() - started)
        finally:
            process.kill()


@contextmanager
def the_bot(slack: SlackLab, folder: Path) -> Iterator[Candidate]:
    url = f"sqlite:///{folder}/store.db"
    migrate_store(url)
    with WebNetLab() as webnet, open_store(url, keys=[STORE_KEY]) as store:
        add_people(store)
        started = time.monotonic()
        with bot_process(settings_for(slack, webnet, url), folder) as bot:
            slack.wait_connected(2, timeout=20)
            yield Candidate("the bot", slack, bot.process.pid, time.monotonic() - started)


def measure(rounds: int, seconds: float) -> list[Candidate]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="webnet-bot-")))
        slacks = [stack.enter_context(SlackLab()) for _ in range(2)]
        candidates = [
            stack.enter_context(the_bot(slacks[0], folder)),
            stack.enter_context(the_bare_app(slacks[1])),
        ]
        for candidate in candidates:
            candidate.round(1.0)  # warm
            for kept in (candidate.ack_p50_ms, candidate.ack_p99_ms, candidate.cpu_ms, candidate.answered):
                kept.clear()
        for _ in range(rounds):
            for candidate in candidates:
                candidate.round(seconds)
        return candidates


def shown(candidates: list[Candidate], rounds: int, seconds: float) -> Table:
    table = Table(title=f"{PER_S} commands a second for {seconds:g} s, medians of {rounds} rounds")
    table.add_column("")
    for candidate in candidates:
        table.add_column(candidate.name, justify="right")
    rows: list[tuple[str, Callable[[Candidate], str]]] = [
        ("start to connected, s", lambda c: f"{c.connected_s:.2f}"),
        ("ack p50, ms", lambda c: f"{statistics.median(c.ack_p50_ms):.2f}"),
        ("ack p99, ms", lambda c: f"{statistics.median(c.ack_p99_ms):.2f}"),
        ("answered, of each round", lambda c: f"{statistics.median(c.answered):g}"),
        ("CPU per command, ms", lambda c: f"{statistics.median(c.cpu_ms):.2f}"),
        ("RSS, MiB", lambda c: f"{c.rss_mib[-1]:.0f}"),
    ]
    for name, value in rows:
        table.add_row(name, *map(value, candidates))
    return table


def main(arguments: list[str]) -> None:
    rounds, seconds = (2, 3.0) if "--quick" in arguments else (5, 10.0)
    console = Console(width=100)
    console.print(shown(measure(rounds, seconds), rounds, seconds))
    console.print(redaction.shown())
    console.print(slow_webnet.measured())


if __name__ == "__main__":
    main(sys.argv[1:])
