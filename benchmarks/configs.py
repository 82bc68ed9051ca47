"""The copy of the configs: how long its first fill takes, from a simulated WebNet that answers after 50 ms, and how many
requests a poll costs afterwards; on both databases. WebNet is a process of its own. `search` measures how it is searched.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import closing

from rich.table import Table

from benchmarks.kit import Effort, Watched, line, process, spread, table
from benchmarks.labs import WebNetProcess
from bot.configs.follower import Follower
from bot.configs.keeper import Keeper
from bot.configs.search_copy import Copying
from bot.devices.directory import Directory
from bot.redaction.redactor import Redactor
from bot.webnet.client import WebNet
from bot.webnet.transport import Transport
from lab.life import until_stopped
from lab.webnet import BOT_KEY, WebNetLab
from store.database import Store, migrate_store, open_store
from tests.conftest import STORE_KEY
from tests.postgres import postgres_server

LATENCY_S = 0.05
DEVICES, QUICK_DEVICES = 1_000, 100
LINES = 300


def serve_webnet(devices: str) -> None:
    """Runs as a process and prints its address."""
    lab = WebNetLab(devices=int(devices), config_lines=LINES).start()
    until_stopped(lab, lab.url)


def fill(webnet: WebNetProcess, store: Store, polls: int) -> list[str]:
    """Measures a row of the table: seconds, requests and CPU of the fill, and the times of the polls after it."""
    with closing(WebNet(Transport(webnet.url, BOT_KEY, connections=16))) as client:
        directory = Directory(client, store.directory, store.cursors)
        follower = Follower(client, store, "bench")
        copying = Copying(client, store, directory, follower, Keeper(store, Redactor()), "bench")
        follower.add(copying.receive)
        copying.prepare()
        webnet.delay(LATENCY_S)
        before, began, cpu = webnet.requests(), time.monotonic(), time.process_time()
        filled = copying.fill()
        took_s, cpu_s = time.monotonic() - began, time.process_time() - cpu
        assert filled is not None
        asked = webnet.requests() - before
        times, before = [], webnet.requests()
        for _ in range(polls):
            began = time.monotonic()
            follower.poll()
            times.append((time.monotonic() - began) * 1000)
        each = (webnet.requests() - before - 1) / polls  # the last count is a request, too
        webnet.delay(0)
    return [f"{took_s:.1f}", f"{asked:,}", f"{cpu_s:.1f}", spread(times, ",.0f"), f"{each:.1f}"]


def measured(effort: Effort) -> Iterable[Table]:
    devices = effort.scaled(DEVICES, QUICK_DEVICES)
    made = table(
        f"The copy of {devices:,} configs of {LINES} lines, from a WebNet that answers in {LATENCY_S * 1000:.0f} ms",
        "",
        "first fill, s",
        "its requests",
        "its CPU, s",
        "a poll without news, ms",
        "its requests",
    )
    with (
        process("benchmarks.configs", "webnet", str(devices)) as lab,
        tempfile.TemporaryDirectory(prefix="webnet-bot-") as folder,
        postgres_server() as server,
    ):
        webnet = WebNetProcess(line(lab), Watched(lab.pid))
        for name, store_url in (
            ("SQLite", f"sqlite:///{folder}/store.db"),
            ("PostgreSQL", server.url(server.create())),
        ):
            migrate_store(store_url)
            with open_store(store_url, keys=[STORE_KEY]) as store:
                made.add_row(name, *fill(webnet, store, effort.rounds))
    yield made


if __name__ == "__main__":
    {"webnet": serve_webnet}[sys.argv[1]](*sys.argv[2:])
