"""Commands fully answered: `status` from the envelope to the posted answer and the audit row, beside a bare Bolt app that makes
the same calls. The bot, WebNet and the emulated Slack with the client are a process each."""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from rich.table import Table

from benchmarks.kit import Effort, Watched, paced, percentile, process, spread, table
from benchmarks.labs import WebNetProcess, webnet_process
from lab.slack import Interaction, SlackLab
from store.audit import AuditFilter
from store.database import Store, migrate_store, open_store
from tests.conftest import STORE_KEY
from tests.e2e.process import bot_process
from tests.e2e.rig import add_people, settings_for, wait_until
from tests.postgres import postgres_server

IN_FLIGHT = 64
WEBNET_S = 0.005
PER_S = 100
USERS = ("U0ALICE", "U0OSCAR", "U0VERA", "U0BOB")
DEVICES = 130  # of the customer Acme, from 1
MOST = 1_000_000
ANSWERED_S = 60.0


@dataclass
class Candidate:
    """A process under test, and what was measured of it, round by round. `store` is the bot's, read by the client."""

    name: str
    slack: SlackLab
    webnet: WebNetProcess
    watched: Watched
    store: Store | None = None
    per_s: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    calls: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    labs: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    def say(self, number: int) -> Interaction:
        return self.slack.say(USERS[number % len(USERS)], f"/webnet status #{number % DEVICES + 1}", "C0NOC")

    def written(self) -> int:
        """Counts the audit rows of commands that succeeded and whose reply Slack accepted."""
        if self.store is None:
            return 0
        return self.store.audit.count(AuditFilter(status="success"), MOST)

    def wait_answered(self, asked: list[Interaction], written: int) -> None:
        wait_until(lambda: all(map(answered, asked)), "every answer", ANSWERED_S)
        if self.store is not None:
            wait_until(lambda: self.written() - written >= len(asked), "every audit row", ANSWERED_S)

    def flood(self, number: int) -> None:
        """Sends commands as fast as they are answered, with IN_FLIGHT of them under way."""
        written, requests = self.written(), self.webnet.requests()
        cpu, labs, started = self.watched.cpu_s(), self._labs_cpu_s(), time.monotonic()
        asked, took_ms = self._asked_in_flight(number)
        self.wait_answered(asked, written)
        seconds = time.monotonic() - started
        self.per_s.append(number / seconds)
        self.p99_ms.append(percentile(took_ms, 99))
        self.busy.append((self.watched.cpu_s() - cpu) / seconds * 100)
        self.labs.append((self._labs_cpu_s() - labs) / seconds * 100)
        self.calls.append((self.webnet.requests() - requests) / number)
        self.slack.forget()

    def walk(self, number: int) -> None:
        """Sends commands at a pace that the candidate can follow, to measure what one costs."""
        written, cpu = self.written(), self.watched.cpu_s()
        asked = [self.say(index) for index in paced(number, PER_S)]
        self.wait_answered(asked, written)
        self.cpu_ms.append((self.watched.cpu_s() - cpu) * 1000 / number)
        self.slack.forget()

    def forget(self) -> None:
        for values in (self.per_s, self.p99_ms, self.calls, self.busy, self.labs, self.cpu_ms):
            values.clear()

    def _labs_cpu_s(self) -> float:
        return time.process_time() + self.webnet.watched.cpu_s()

    def _asked_in_flight(self, number: int) -> tuple[list[Interaction], list[float]]:
        free, took_ms = threading.Semaphore(IN_FLIGHT), list[float]()

        def heard(kind: str, thing: Any) -> None:
            if kind == "message" and thing.cause is not None and thing.ephemeral_to is None:
                took_ms.append((time.monotonic() - thing.cause.sent_at) * 1000)
                free.release()

        self.slack.world.listeners.append(heard)
        try:
            asked = []
            for index in range(number):
                if not free.acquire(timeout=ANSWERED_S):
                    raise TimeoutError(f"nothing was answered for {ANSWERED_S} s")
                asked.append(self.say(index))
            wait_until(lambda: len(took_ms) >= number, "every answer", ANSWERED_S)
            return asked, took_ms
        finally:
            self.slack.world.listeners.remove(heard)


def answered(interaction: Interaction) -> bool:
    """Says whether a real reply came, and not only the note of a slow command, which its sender alone sees."""
    return any(message.ephemeral_to is None for message in interaction.appeared)


def copied(store: Store) -> bool:
    """Says whether every config has been read, so that the work of the start is over."""
    progress = store.configs.progress()
    return 0 < progress.of <= progress.have


@contextmanager
def the_bot(name: str, url: str, folder: Path, webnet: WebNetProcess) -> Iterator[Candidate]:
    migrate_store(url)
    folder.mkdir()
    with SlackLab() as slack, open_store(url, keys=[STORE_KEY]) as store:
        add_people(store)
        settings = settings_for(slack, webnet, url)  # as many a minute as may be set, for each of the users
        with bot_process(settings, folder) as bot:
            slack.wait_connected(2, timeout=20)
            wait_until(store.directory.swept_at, "the first sweep", 20)
            yield Candidate(name, slack, webnet, Watched(bot.process.pid), store)


@contextmanager
def bare_work(folder: Path, webnet: WebNetProcess) -> Iterator[Candidate]:
    words = (webnet.url, str(folder / "bare.db"))
    with SlackLab() as slack, process("benchmarks.bare_work", slack.api_url, *words) as started:
        slack.wait_connected(1, timeout=20)
        yield Candidate("bare work, SQLite", slack, webnet, Watched(started.pid))


def measured(effort: Effort) -> Iterator[Table]:
    number, walked = effort.scaled(600, 150), effort.scaled(300, 60)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="webnet-bot-")))
        webnet = stack.enter_context(webnet_process())
        postgres = stack.enter_context(postgres_server(durable=True))
        sqlite = stack.enter_context(the_bot("the bot, SQLite", f"sqlite:///{folder}/store.db", folder / "1", webnet))
        server = postgres.url(postgres.create())
        postgresql = stack.enter_context(the_bot("the bot, PostgreSQL", server, folder / "2", webnet))
        bare_ = stack.enter_context(bare_work(folder, webnet))
        candidates = (sqlite, postgresql, bare_)
        for store in filter(None, (sqlite.store, postgresql.store)):
            wait_until(partial(copied, store), "the first copy of the configs", 60)
        webnet.delay(WEBNET_S)
        for index in range(effort.rounds + 1):
            for candidate in candidates:
                candidate.flood(number if index else IN_FLIGHT)
                candidate.walk(walked if index else PER_S // 2)
                if not index:  # to warm up
                    candidate.forget()
    title = f"/webnet status fully answered, {IN_FLIGHT} in flight, WebNet at {WEBNET_S * 1000:g} ms"
    goals = {sqlite.name: "≥ 400/s", postgresql.name: "≥ 300/s"}
    rows = [
        (
            each.name,
            spread(each.per_s, ",.0f"),
            goals.get(each.name, ""),
            spread(each.p99_ms, ",.0f"),
            spread(each.calls),
            "≤ 1" if each.store else "",
            spread(each.busy, ",.0f"),
            spread(each.labs, ",.0f"),
        )
        for each in candidates
    ]
    cost = statistics.median(bare_.cpu_ms)
    costs = [
        (
            each.name,
            spread(each.cpu_ms),
            f"{statistics.median(each.cpu_ms) / cost:.2f}",
            "≤ 1.5" if each is sqlite else "",
        )
        for each in candidates
    ]
    headings = (
        "answered/s",
        "goal",
        "p99, ms",
        "WebNet's calls each",
        "goal",
        "its CPU, %",
        "labs' and client's CPU, %",
    )
    yield table(title, "", *headings, rows=rows)
    title = f"CPU of a whole status, {PER_S} a second"
    yield table(title, "", "CPU a command, ms", "times bare work", "goal", rows=costs)
