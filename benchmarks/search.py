"""Searches over the configs of 100, 2,000, 10,000 and 100,000 devices of 300 lines, on both databases.

Each kind of search is asked in turn, from the typed line to the blocks that Slack would get; only Slack itself is left out. Beside
each stands, from the same run, ripgrep's `rg -i -c` over the same texts in files, where `rg` is there, and an older build:
`OLD_BUILD` names a `git worktree` of it, whose process is asked in turn with this one. Of 100,000 devices there is neither: they alone
are measured in a quarter of an hour by `DEVICES=100000 python -m benchmarks search`. Then: what a snapshot costs that changes five lines,
what a list of the changes of a day costs, how much the store holds for each device, and how much the process grew from the first
search to the last.
"""

from __future__ import annotations

import gc
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from peewee import chunked
from rich.table import Table

from benchmarks.kit import Effort, Watched, line, percentile, send_line, spread, table
from benchmarks.search_store import LINES, changed, config_of, fill, size_kb, text_of
from bot.audit_log import AuditLog
from bot.configs.changes import ChangesLook
from bot.configs.kept import KeptTexts
from bot.configs.query import perhaps_query_of, query_of
from bot.configs.search import Look
from bot.configs.volatile import Volatile
from bot.jobs.origins import Between, Origins
from bot.redaction.redactor import Redactor
from bot.slack.render import payload
from handlers import changes, search
from store.database import Store, migrate_store, open_store
from tests.conftest import STORE_KEY
from tests.handlers.configs import every_one
from tests.postgres import postgres_server

SIZES, QUICK_SIZES = (100, 2_000, 10_000, 100_000), (100, 400)
LARGEST = 10_000  # of the older build, and of files, and that are filled as the bot does
AT_ONCE, LARGE_AT_ONCE = (
    16,
    1_000,
)  # configs in a transaction: in larger ones 100,000 are in the store after some minutes
ROUNDS, QUICK_ROUNDS = 20, 3  # searches of a kind: fewer have no 95th percentile
SNAPSHOTS, QUICK_SNAPSHOTS = 200, 20
NIGHTS = 30
CHANGES = 500
KINDS = {  # what is asked, what ripgrep looks for, the goal of 10,000 in ms; {} is of a device's number
    "a frequent phrase": ('"no ip directed-broadcast"', "no ip directed-broadcast", "≤ 40"),
    "a rare phrase": ('"description uplink to core-{n:05}"', "description uplink to core-{n:05}", "≤ 40"),
    "an address": ("10.{a}.{b}.1", r"10\.{a}\.{b}\.1", "≤ 40"),
    "two characters": ("vl", "vl", "< rg"),
    "a pattern": (r"regex:^ ip address 10\.{a}\.{b}\.", r"^ ip address 10\.{a}\.{b}\.", "≤ 40"),
    "two words, a site": ("site:fra1 ip shutdown", "ip.*shutdown|shutdown.*ip", "≤ 40"),
    "100,000s of lines": ('"ip address"', "ip address", "< rg"),
}
OLD_PROGRAM = """
import sys
from benchmarks.search import STORE_KEY, asked, fill, migrate_store, open_store
migrate_store(sys.argv[1])
with open_store(sys.argv[1], keys=[STORE_KEY]) as store:
    fill(store, int(sys.argv[2]))
    print("ready", flush=True)
    for line in sys.stdin:
        print(asked(store, line.rstrip("\\n"))[0], flush=True)
"""

Asked = Callable[[str, str], float]  # milliseconds of a search, by what is typed and what ripgrep looks for


def asked(store: Store, line: str) -> tuple[float, int]:
    """Returns the milliseconds of a search and the lines that it found."""
    started = time.perf_counter()
    query = query_of(search.COMMAND.parse(line))
    result = Look(store.configs, 1, query, store.directory, every_one, time.monotonic, 60.0).count().result()
    payload(search.view(search.Shown(result, None, "https://webnet.example.net")))
    return (time.perf_counter() - started) * 1000, result.lines


@contextmanager
def old_build(url: str, size: int) -> Iterator[Asked | None]:
    """Yields how to ask an older build, in a process of its own with a store at this URL; None without one."""
    folder = os.environ.get("OLD_BUILD")
    if folder is None or size > LARGEST:
        yield None
        return
    words = [sys.executable, "-c", OLD_PROGRAM, url, str(size)]
    environ = {**os.environ, "PYTHONPATH": folder}
    with subprocess.Popen(words, cwd=folder, env=environ, stdin=-1, stdout=-1, text=True) as process:  # noqa: S603  # our own words
        try:
            assert line(process) == "ready"

            def ask(typed: str, _: str) -> float:
                send_line(process, typed)
                return float(line(process))

            yield ask
        finally:
            process.kill()


@contextmanager
def files(size: int) -> Iterator[Asked | None]:
    """Yields how to ask ripgrep, which counts the lines in a file for each device; None where it is not there."""
    program = shutil.which("rg", path=Path(sys.executable).parent)
    if program is None or size > LARGEST:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="webnet-bot-") as folder:
        for number in range(1, size + 1):
            (Path(folder) / f"rtr-{number:05}.txt").write_text(text_of(number), encoding="utf-8")

        def ask(_: str, pattern: str) -> float:
            started = time.perf_counter()
            subprocess.run([program, "-i", "-c", pattern, folder], stdout=subprocess.DEVNULL, check=False)  # noqa: S603  # our own words
            return (time.perf_counter() - started) * 1000

        yield ask


def measure(store: Store, size: int, rounds: int, *others: Asked | None) -> Iterator[list[str]]:
    """Yields a row for each kind of search; the last one says how much memory grew."""
    chance = random.Random(size)
    times: dict[tuple[str, int], list[float]] = {
        (kind, which): [] for kind in KINDS for which in range(1 + len(others))
    }
    lines: dict[str, int] = {}
    here, before = Watched(os.getpid()), 0.0
    for index in range(rounds + 1):
        number = chance.randrange(1, size + 1)
        for kind, (*templates, _) in KINDS.items():
            typed, pattern = (each.format(n=number, a=number % 250, b=number // 250) for each in templates)
            took, lines[kind] = asked(store, typed)
            every = [took, *(other(typed, pattern) if other else 0.0 for other in others)]
            if index:  # the first is to warm up
                for which, each in enumerate(every):
                    times[kind, which].append(each)
        if not index:
            gc.collect()
            before = here.rss_mib()
    grown = here.rss_mib() - before
    for kind, (_, _, goal) in KINDS.items():
        beside = [
            f"{statistics.median(times[kind, which]):.0f} / {percentile(times[kind, which], 95):.0f}" if other else ""
            for which, other in enumerate(others, 1)
        ]
        own = times[kind, 0]
        shown = goal if size == LARGEST else ""
        yield [kind, f"{lines[kind]:,}", f"{statistics.median(own):.0f}", f"{percentile(own, 95):.0f}", shown, *beside]
    yield ["memory grew by", f"{grown:.0f} MiB", "", "", "≤ 1 MiB", "", ""]


def changing(store: Store, size: int, number: int) -> list[float]:
    """Returns the milliseconds of snapshots in which five lines are new."""
    chance, took = random.Random(size), []
    for index in range(number):
        device = chance.randrange(1, size + 1)
        config = config_of(device, changed(device, f"{index}"), datetime.now(UTC), size * 2 + index)
        started = time.perf_counter()
        store.configs.put(config)
        took.append((time.perf_counter() - started) * 1000)
    return took


def listing(store: Store, size: int, rounds: int) -> list[float]:
    """Returns the milliseconds of `changes 24h` where CHANGES of the devices changed in five lines, to the blocks for Slack."""
    now, devices = datetime.now(UTC), random.Random(size).sample(range(1, size + 1), min(CHANGES, size // 2))
    for some in chunked(devices, 16):
        store.configs.put_each([[config_of(n, changed(n, f"of {n}"), now, size * 3 + n)] for n in some])
    texts, took = KeptTexts(store.configs, Redactor()), []
    for _ in range(rounds + 1):
        started = time.perf_counter()
        query = perhaps_query_of(changes.COMMAND.parse("24h"))
        asked = store.configs, 1, query, now - timedelta(hours=24), store.directory, every_one, texts
        listed = ChangesLook(*asked, partial(Volatile, ()), lambda: True).result()
        assert listed.number == len(devices)
        origins = Origins(
            store.jobs.known,
            AuditLog(store.audit, store.seen, Redactor(), "benchmark", ()),
            lambda _: {},
            store.device_changes.commit_of,
        )
        between = [Between(each.target.id, each.before_at, each.at, each.job) for each in listed.changes]
        shown = changes.Shown(listed, "", origins.of(1, between), {}, "https://webnet.example.net")
        payload(changes.view(shown))
        took.append((time.perf_counter() - started) * 1000)
    return took[1:]


def nights(store: Store, *, everywhere: bool) -> float:
    """Returns how many KB a device's history takes of NIGHTS snapshots, whose changed lines stand elsewhere already, or nowhere."""
    devices, before, now = range(1, 65), size_kb(store), datetime.now(UTC) + timedelta(days=1 if everywhere else 100)
    for night in range(NIGHTS):
        at, snapshot = now + timedelta(days=night), 10**9 + night + NIGHTS * (not everywhere)
        for some in chunked(devices, 16):
            what = f"{night}" if everywhere else "{device} {night}"
            rows = [[config_of(n, changed(n, what.format(device=n, night=night)), at, snapshot)] for n in some]
            store.configs.put_each(rows)
    return (size_kb(store) - before) / len(devices)


@contextmanager
def urls() -> Iterator[dict[str, tuple[str, str]]]:
    """Yields the URLs of two new stores for each database."""
    with postgres_server() as server, tempfile.TemporaryDirectory(prefix="webnet-bot-") as folder:
        sqlite = tuple(f"sqlite:///{Path(folder) / name}.db" for name in ("new", "old"))
        yield {"SQLite": sqlite, "PostgreSQL": (server.url(server.create()), server.url(server.create()))}  # type: ignore[dict-item]


def measured(effort: Effort) -> Iterable[Table]:
    wanted = tuple(map(int, os.environ.get("DEVICES", "").split()))
    for size in wanted or (QUICK_SIZES if effort.quick else SIZES):
        with urls() as by_name, files(size) as ripgrep:
            for name, (url, old) in by_name.items():
                yield from of_database(effort, size, name, url, old, ripgrep)


def of_database(effort: Effort, size: int, name: str, url: str, old: str, ripgrep: Asked | None) -> Iterator[Table]:
    migrate_store(url)
    with ExitStack() as stack:
        store = stack.enter_context(open_store(url, keys=[STORE_KEY]))
        empty, started = size_kb(store), time.perf_counter()
        fill(store, size, at_once := AT_ONCE if size <= LARGEST else LARGE_AT_ONCE)
        per_s, kb = size / (time.perf_counter() - started), (size_kb(store) - empty) / size
        before = stack.enter_context(old_build(old, size))
        rows = list(measure(store, size, effort.scaled(ROUNDS, QUICK_ROUNDS), before, ripgrep))
        yield table(
            f"Search: {size:,} configs of {LINES} lines, {name}",
            "search",
            "lines found",
            "median, ms",
            "p95, ms",
            "goal",
            "older build, median / p95",
            "rg -i -c, median / p95",
            rows=rows,
        )
        listed = listing(store, size, effort.scaled(ROUNDS, QUICK_ROUNDS))
        took = changing(store, size, effort.scaled(SNAPSHOTS, QUICK_SNAPSHOTS))
        shared, new = (f"{nights(store, everywhere=everywhere):.1f}" for everywhere in (True, False))
        yield table(
            f"The index of {size:,} configs, {name}",
            "",
            "measured",
            "goal",
            rows=[
                [f"changes 24h, {min(CHANGES, size // 2)} changes, median, ms", spread(listed), "≤ 100"],
                ["a snapshot with 5 new lines, median, ms", spread(took), "≤ 10"],
                ["p99, ms", f"{percentile(took, 99):.1f}", "≤ 100"],
                [
                    f"filled with configs that are at hand, {at_once} at a time, devices a second",
                    f"{per_s:.0f}",
                    "≥ 140",
                ],
                ["KB a device", f"{kb:.1f}", "≤ 16"],
                [f"KB more of {NIGHTS} snapshots with lines that stand elsewhere", shared, "≤ 3"],
                [f"KB more of {NIGHTS} snapshots with new lines", new, "≤ 16"],
            ],
        )
