"""The copy of the configs: `python -m benchmarks.configs [--devices 2000] [--lines 300]`.

How long the first fill takes from a simulated WebNet that answers after 50 ms, how many requests a turn costs afterwards, and
how long the copy takes to be searched, all of it read; on both databases. WebNet is a process of its own.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import requests
from rich.console import Console
from rich.table import Table

from bot.core.redact import Redactor
from bot.webnet.client import WebNet
from bot.webnet.copying import Copying
from bot.webnet.directory import Directory
from bot.webnet.following import Follower
from bot.webnet.transport import Transport
from lab.webnet import BOT_KEY
from store.database import Store, migrate_store, open_store
from tests.conftest import STORE_KEY
from tests.postgres import postgres_server

LATENCY_S = 0.05
ROUNDS = 20
NEEDLES = {
    "in every config": "switchport mode access",
    "in one of 400": "rare-phrase",
    "an address": "10.77.0.1",
    "two characters": "zq",
}
SERVE = (
    "import sys; from lab.webnet import serve; "
    "serve(0, ready=lambda lab: print(lab.url, flush=True), devices=int(sys.argv[1]), config_lines=int(sys.argv[2]))"
)


@contextmanager
def webnet(devices: int, lines: int) -> Iterator[str]:
    command = [sys.executable, "-c", SERVE, str(devices), str(lines)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # our own program
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def rss_mib() -> float:
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def requests_so_far(url: str) -> int:
    return int(requests.get(f"{url}/_lab/", timeout=10).json()["requests"])


def fill(url: str, store: Store, table: Table, name: str) -> None:
    with closing(WebNet(Transport(url, BOT_KEY, connections=16))) as client:
        directory = Directory(client, store.directory, store.cursors)
        follower = Follower(client, store, "bench")
        copying = Copying(client, store, directory, follower, Redactor().config, "bench")
        follower.add(copying.take)
        copying.prepare()
        requests.post(f"{url}/_lab/faults", json={"kind": "delay", "delay_s": LATENCY_S}, timeout=10)
        before, began, cpu = requests_so_far(url), time.monotonic(), time.process_time()
        filled = copying.fill()
        took, busy = time.monotonic() - began, time.process_time() - cpu
        assert filled is not None
        asked = requests_so_far(url) - before
        table.add_row(name, f"first fill of {filled.read:,}", f"{took:.1f} s, {asked:,} requests, CPU {busy:.1f} s")
        before, began = requests_so_far(url), time.monotonic()
        follower.turn()
        took, asked = time.monotonic() - began, requests_so_far(url) - before
        table.add_row(name, "a turn without news", f"{took:.2f} s, {asked} requests")
        requests.delete(f"{url}/_lab/faults", timeout=10)


def search(store: Store, table: Table, name: str) -> None:
    for what, needle in NEEDLES.items():
        times = []
        before, cpu = rss_mib(), time.process_time()
        for _ in range(ROUNDS):
            began = time.perf_counter()
            found = sum(1 for _ in store.configs.find(1, [needle.casefold()]))
            times.append((time.perf_counter() - began) * 1000)
        cpu_ms = (time.process_time() - cpu) * 1000 / ROUNDS
        p95 = statistics.quantiles(times, n=20)[-1]
        words = f"p50 {statistics.median(times):.0f} ms, p95 {p95:.0f} ms, CPU here {cpu_ms:.0f} ms, {found:,} found"
        table.add_row(name, f"find {what}", f"{words}, RSS {rss_mib() - before:+.0f} MiB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=2_000)
    parser.add_argument("--lines", type=int, default=300)
    given = parser.parse_args()
    table = Table("store", "what", "measured", title=f"{given.devices:,} devices with {given.lines} lines each")
    with (
        webnet(given.devices, given.lines) as url,
        tempfile.TemporaryDirectory() as folder,
        postgres_server() as server,
    ):
        postgres = server.url(server.create())
        migrate_store(postgres)
        for name, store_url in (("SQLite", f"sqlite:///{folder}/bench.db"), ("PostgreSQL", postgres)):
            with open_store(store_url, keys=[STORE_KEY]) as store:
                fill(url, store, table, name)
                search(store, table, name)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
