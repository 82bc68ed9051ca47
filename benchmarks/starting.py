"""How soon the bot is there and what it holds when nothing happens, beside bare Bolt: each a process of its own, with the
interpreter's own defaults, before a store that has users in it and was never started before."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from rich.table import Table

from benchmarks import bare
from benchmarks.kit import Effort, Watched, process, spread, table
from lab.slack import SlackLab
from lab.webnet import WebNetLab
from store.database import migrate_store, open_store
from tests.conftest import STORE_KEY
from tests.e2e.process import ROOT, bot_process, free_port
from tests.e2e.rig import add_people, settings_for

SETTLED_S = 6.0  # the first look at every feed and the first sweep of the directory are over


@dataclass
class Candidate:
    """A bot and what was measured of it, round by round. `goals`: of the start, in s, and of the memory, in MiB."""

    name: str
    begin: Callable[[ExitStack, WebNetLab], tuple[Watched, float]]
    goals: tuple[str, str] = ("", "")
    start_s: list[float] = field(default_factory=list)
    rss_mib: list[float] = field(default_factory=list)


def measured(effort: Effort) -> Iterator[Table]:
    candidates = (
        Candidate("the bot, Socket Mode", _bot, ("≤ 1.0", "≤ 75")),
        Candidate("bare fast, Socket Mode", _bare),
        Candidate("the bot, Socket Mode and HTTP", _bot_with_http, ("", "≤ 100")),
        Candidate("FastAPI and bare fast", _bare_http),
    )
    with WebNetLab() as webnet:
        for index in range(effort.rounds + 1):
            round_of(candidates, webnet, settled_s=SETTLED_S if index else 0)
            if not index:  # all is compiled now, and has been read from the disk
                for candidate in candidates:
                    candidate.start_s.clear(), candidate.rss_mib.clear()
    rows = [(c.name, spread(c.start_s), c.goals[0], spread(c.rss_mib, ".1f"), c.goals[1]) for c in candidates]
    title = f"From start to connected, and memory {SETTLED_S:g} s later"
    yield table(title, "", "connected after, s", "goal", "RSS, MiB", "goal", rows=rows)
    yield _help(effort)


def round_of(candidates: tuple[Candidate, ...], webnet: WebNetLab, *, settled_s: float) -> None:
    """Starts each candidate alone; then all are idle together."""
    with ExitStack() as stack:
        running = []
        for candidate in candidates:
            watched, start_s = candidate.begin(stack, webnet)
            candidate.start_s.append(start_s)
            running.append((candidate, watched))
            time.sleep(0.5)  # the next one has the processors for itself
        time.sleep(settled_s)
        for candidate, watched in running:
            candidate.rss_mib.append(watched.rss_mib())


def _bot(stack: ExitStack, webnet: WebNetLab, port: int = 0) -> tuple[Watched, float]:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="webnet-bot-")))
    slack = stack.enter_context(SlackLab())
    url = f"sqlite:///{folder}/store.db"
    migrate_store(url)
    with open_store(url, keys=[STORE_KEY]) as store:
        add_people(store)
    changes = {"HTTP__ENABLED": "true", "HTTP__PORT": str(port)} if port else {}
    started = time.monotonic()
    bot = stack.enter_context(bot_process(settings_for(slack, webnet, url), folder, **changes))
    slack.wait_connected(2, timeout=20)
    wait_listening(port)
    return Watched(bot.process.pid), time.monotonic() - started


def _bot_with_http(stack: ExitStack, webnet: WebNetLab) -> tuple[Watched, float]:
    return _bot(stack, webnet, free_port())


def _bare(stack: ExitStack, _: WebNetLab) -> tuple[Watched, float]:
    slack = stack.enter_context(SlackLab())
    started = time.monotonic()
    return stack.enter_context(bare.connected("fast", slack)), time.monotonic() - started


def _bare_http(stack: ExitStack, _: WebNetLab) -> tuple[Watched, float]:
    port = free_port()
    started = time.monotonic()
    watched = Watched(stack.enter_context(process("benchmarks.bare_http", str(port))).pid)
    wait_listening(port)
    return watched, time.monotonic() - started


def wait_listening(port: int, timeout_s: float = 20.0) -> None:
    deadline = time.monotonic() + timeout_s
    while port and time.monotonic() < deadline:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), timeout_s):
            return
        time.sleep(0.005)


def _help(effort: Effort) -> Table:
    words = {"main.py --help": ("main.py", "--help"), "an interpreter that does nothing": ("-c", "")}
    found: dict[str, list[float]] = {name: [] for name in words}
    for _ in range(effort.rounds):
        for name, arguments in words.items():
            started = time.monotonic()
            subprocess.run([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)  # noqa: S603  # our own words
            found[name].append(time.monotonic() - started)
    goals = {"main.py --help": "≤ 0.4"}
    return table(
        "The command line, s", "", "took", "goal", rows=[(n, spread(t), goals.get(n, "")) for n, t in found.items()]
    )
