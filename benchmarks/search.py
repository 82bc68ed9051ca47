"""Searches over the copy of 100, 2,000 and 10,000 configs of 300 lines, on both databases.

Each kind of search is asked in turn, from the typed line to the blocks that Slack would get; only Slack itself is left out.
Beside the times stands the least that the database needs: the same LIKE, of which only the ids are read. Memory is how much
the process grew from the first search to the last, after one of each to warm up.
"""

from __future__ import annotations

import gc
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from peewee import chunked
from rich.table import Table

from benchmarks.kit import Effort, Watched, percentile, table
from bot.configs.line_match import matcher
from bot.configs.query import query_of
from bot.configs.search import Look
from bot.redaction.redactor import RULES_VERSION
from bot.slack.render import payload
from handlers import search
from store.database import Store, migrate_store, open_store
from store.directory import Device
from store.models import DeviceConfig
from tests.conftest import STORE_KEY
from tests.postgres import postgres_server

LINES = 300
SIZES, QUICK_SIZES = (100, 2_000, 10_000), (100, 1_000)
ROUNDS, QUICK_ROUNDS = 20, 3  # searches of a kind: fewer have no 95th percentile
FLOORS = 5
GOAL = "≤ 900"  # ms, p95 of 10,000
FLOOR = "SELECT count(*) FROM device_config WHERE customer = 1{}"
KINDS = {  # what is asked; {} is a device's number
    "a frequent phrase": '"no ip directed-broadcast"',
    "a rare phrase": '"description uplink to core-{n:05}"',
    "an address": "10.{a}.{b}.1",
    "two characters": "vl",
    "a pattern": "regex:^ ip address 10\\.{a}\\.{b}\\.",
    "two words, a site": "site:fra1 ip shutdown",
}


def text_of(number: int) -> str:
    lines = [f"hostname rtr-{number:05}", "!", "enable secret 9 <redacted>"]
    for port in range((LINES - 10) // 7):
        lines += [
            f"interface GigabitEthernet0/{port}",
            f" description {'uplink to core' if port == 0 else 'access port of room'}-{number:05}",
            f" switchport access vlan {100 + port}"
            if port % 2
            else f" ip address 10.{number % 250}.{number // 250}.{port + 1} 255.255.255.0",
            " no ip directed-broadcast",
            " shutdown" if port % 3 else " no shutdown",
            f" service-policy input POLICY-{(number * 7 + port) % 90}",
            "!",
        ]
    lines += [f"ntp server 10.0.0.{n}" for n in range(LINES - len(lines) - 1)]
    return "\n".join([*lines, "end", ""])


def fill(store: Store, size: int) -> None:
    now = datetime.now(UTC)
    store.directory.put(
        Device(
            id=n,
            customer=1,
            hostname=f"rtr-{n:05}",
            mgmt_ip=f"10.9.{n // 250}.{n % 250}",
            vendor="cisco",
            site=f"fra{n % 4}",
            enabled=True,
        )
        for n in range(1, size + 1)
    )
    configs = (
        {
            "device": n,
            "customer": 1,
            "snapshot": n,
            "hash": "",
            "text": text,
            "folded": text.casefold(),
            "created_at": now,
            "read_at": now,
            "rules": RULES_VERSION,
        }
        for n in range(1, size + 1)
        for text in (text_of(n),)
    )
    for some in chunked(configs, 100):
        store.database.run(DeviceConfig.insert_many(some).as_rowcount())
    with store.connection():
        store.database.peewee.execute_sql("ANALYZE")


def asked(store: Store, line: str) -> tuple[float, int]:
    """Returns the milliseconds of a search and the lines that it found."""
    started = time.perf_counter()
    query = query_of(search.COMMAND.parse(line))
    result = Look(store.configs, 1, query, store.directory.outlines(1), time.monotonic, 60.0).count().result()
    payload(search.view(search.Shown(result, None, "https://webnet.example.net")))
    return (time.perf_counter() - started) * 1000, result.lines


def least(store: Store, line: str) -> float:
    """Returns how long the database needs to find the candidates, in milliseconds."""
    needles = [f"%{needle.lower()}%" for needle in matcher(query_of(search.COMMAND.parse(line))).needles]
    mark = "%s" if store.database.is_postgres else "?"
    where = "".join(f" AND folded LIKE {mark}" for _ in needles)
    started = time.perf_counter()
    with store.database.connection():
        store.database.peewee.execute_sql(FLOOR.format(where), needles).fetchall()
    return (time.perf_counter() - started) * 1000


def measure(store: Store, size: int, rounds: int) -> Iterator[list[str]]:
    """Yields a row for each kind of search; the last one says how much memory grew."""
    chance = random.Random(size)
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    floors: dict[str, list[float]] = {kind: [] for kind in KINDS}
    lines: dict[str, int] = {}
    here, before = Watched(os.getpid()), 0.0
    for index in range(rounds + 1):
        number = chance.randrange(1, size + 1)
        for kind, template in KINDS.items():
            line = template.format(n=number, a=number % 250, b=number // 250)
            took, lines[kind] = asked(store, line)
            if index:  # the first is to warm up
                times[kind].append(took)
                if index <= FLOORS:
                    floors[kind].append(least(store, line))
        if not index:
            gc.collect()
            before = here.rss_mib()
    grown = here.rss_mib() - before
    for kind in KINDS:
        yield [
            kind,
            f"{lines[kind]:,}",
            f"{statistics.median(times[kind]):.0f}",
            f"{percentile(times[kind], 95):.0f}",
            GOAL if size == SIZES[-1] else "",
            f"{statistics.median(floors[kind]):.0f}",
        ]
    yield ["memory grew by", f"{grown:.0f} MiB", "", "", "", ""]


@contextmanager
def stores(size: int) -> Iterator[Mapping[str, str]]:
    """Yields the URL of a new store for each database."""
    with postgres_server() as server, tempfile.TemporaryDirectory(prefix="webnet-bot-") as folder:
        yield {"SQLite": f"sqlite:///{Path(folder) / str(size)}.db", "PostgreSQL": server.url(server.create())}


def measured(effort: Effort) -> Iterable[Table]:
    for size in QUICK_SIZES if effort.quick else SIZES:
        with stores(size) as urls:
            for name, url in urls.items():
                migrate_store(url)
                with open_store(url, keys=[STORE_KEY]) as store:
                    fill(store, size)
                    yield table(
                        f"Search: {size:,} configs of {LINES} lines, {name}",
                        "search",
                        "lines found",
                        "median, ms",
                        "p95, ms",
                        "goal",
                        "LIKE alone, ms",
                        rows=list(measure(store, size, effort.scaled(ROUNDS, QUICK_ROUNDS))),
                    )
