"""The audit log at 10,000, a million and ten million rows: a row more, committed as the bot commits it, and the first page.

The page is the newest 50 of a workspace of eight: as `audit list` asks for them, and as the HTTP API does, which counts
up to 1,000, too. What is there already is made by one statement; the indexes are made after it, since that is quicker.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from rich.table import Table

from benchmarks.kit import Effort, spread, table
from store.audit import AuditFilter, AuditRow
from store.database import Store, migrate_store, open_store
from tests.conftest import STORE_KEY
from tests.postgres import postgres_server

SIZES, QUICK_SIZES = (10_000, 1_000_000, 10_000_000), (10_000, 100_000)
WORKSPACES = 8  # of 10,000 rows, each has more than are counted
PAGE, MOST_COUNTED = 50, 1_000
APPENDS, PAGES = 100, 50
GOAL = "≤ 1.5 ×"
NUMBERS = {
    True: "SELECT n FROM generate_series({first}, {last}) AS numbers (n)",
    False: "WITH RECURSIVE numbers (n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n < {last}) SELECT n FROM numbers",
}
ROWS = """INSERT INTO chatops_command (workspace, customer, team_id, team_name, channel_id, channel_name, slack_user_id,
    slack_user_name, "user", username, command, text, way, status, code, response, job_id, job_type, device, device_name,
    request_id, instance, delivered, created_at, duration_ms)
SELECT place, place, 'T0' || place, 'Acme', 'C0NOC', 'noc', 'U0' || place, 'alice', place, 'alice', 'status', 'status sw1',
    'command', 'success', '', 'sw1 is reachable.', CASE WHEN place = 0 THEN n END, '', NULL, '', 'r' || n, 'i', 1 = 1,
    1700000000000000 + n, 12
FROM (SELECT n, n - n / {workspaces} * {workspaces} AS place FROM ({numbers}) AS counted) AS rows"""
INDEXES = {
    True: "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'chatops_command' AND indexname <> 'chatops_command_pkey'",
    False: "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'chatops_command' AND sql IS NOT NULL",
}
HASTE = {  # for the making alone: its connection is closed afterwards
    True: ("SET statement_timeout = 0", "SET maintenance_work_mem = '1GB'"),
    False: (
        "PRAGMA synchronous = off",
        "PRAGMA cache_size = -1000000",
        "PRAGMA temp_store = memory",
        "PRAGMA threads = 2",
    ),
}
SETTLE = {True: "VACUUM ANALYZE chatops_command", False: "PRAGMA wal_checkpoint(TRUNCATE)"}


def grow(url: str, size: int) -> float:
    """Fills the audit log up to so many rows; returns seconds."""
    began = time.monotonic()
    with open_store(url, keys=[STORE_KEY]) as store, store.connection():
        peewee, postgres = store.database.peewee, store.database.is_postgres
        for words in HASTE[postgres]:
            peewee.execute_sql(words)
        (have,) = peewee.execute_sql("SELECT coalesce(max(id), 0) FROM chatops_command").fetchone()
        indexes = peewee.execute_sql(INDEXES[postgres]).fetchall()
        for name, _ in indexes:
            peewee.execute_sql(f"DROP INDEX {name}")
        numbers = NUMBERS[postgres].format(first=have + 1, last=size)
        peewee.execute_sql(ROWS.format(workspaces=WORKSPACES, numbers=numbers))
        for _, made_by in indexes:
            peewee.execute_sql(made_by)
        peewee.execute_sql(SETTLE[postgres])
    return time.monotonic() - began


def append(store: Store) -> None:
    row = AuditRow(
        status="success", workspace=1, customer=1, team_id="T01", command="status", text="status sw1", user=2
    )
    store.audit.write(row)


def listed(store: Store) -> None:
    assert len(store.audit.list(AuditFilter(team_id="T01"), limit=PAGE)) == PAGE


def paged(store: Store) -> None:
    filters = AuditFilter(workspace=1, customers=(1, 2))
    assert len(store.audit.list(filters, limit=PAGE + 1)) == PAGE + 1
    assert store.audit.count(filters, MOST_COUNTED)


DONE: dict[str, tuple[Callable[[Store], None], int]] = {
    "append": (append, APPENDS),
    "page, `audit list`": (listed, PAGES),
    "page, HTTP API": (paged, PAGES),
}


def took_ms(store: Store, what: Callable[[Store], None], times: int) -> float:
    """Returns the median of several runs."""
    each = []
    for _ in range(times):
        began = time.perf_counter()
        what(store)
        each.append((time.perf_counter() - began) * 1000)
    return statistics.median(each)


@contextmanager
def stores() -> Iterator[Iterator[tuple[str, str]]]:
    with postgres_server(durable=True) as server, tempfile.TemporaryDirectory(prefix="webnet-bot-") as folder:

        def each() -> Iterator[tuple[str, str]]:
            for name, url in (("SQLite", f"sqlite:///{folder}/store.db"), ("PostgreSQL", server.url(server.create()))):
                migrate_store(url)
                yield name, url

        yield each()


def measured(effort: Effort) -> Iterable[Table]:
    sizes = QUICK_SIZES if effort.quick else SIZES
    made = table("The audit log, ms", "", *(f"{size:,} rows" for size in sizes), "most / least", "goal")
    filled = table("How long its making took, s", "", *(f"{size:,} rows" for size in sizes))
    with stores() as found:
        for name, url in found:
            rounds: dict[str, list[list[float]]] = {what: [] for what in DONE}
            filled.add_row(name, *_grown(url, sizes, effort.rounds, rounds))
            for what, by_size in rounds.items():
                medians = [statistics.median(values) for values in by_size]
                made.add_row(f"{name}: {what}", *map(spread, by_size), f"{max(medians) / min(medians):.2f} ×", GOAL)
    yield made
    yield filled


def _grown(url: str, sizes: Iterable[int], rounds: int, found: dict[str, list[list[float]]]) -> Iterator[str]:
    for size in sizes:
        seconds = grow(url, size)
        with open_store(url, keys=[STORE_KEY]) as store:
            for what, (do, times) in DONE.items():
                took_ms(store, do, times // 10)  # warm
                found[what].append([])
            for _ in range(rounds):
                for what, (do, times) in DONE.items():
                    found[what][-1].append(took_ms(store, do, times))
        yield f"{seconds:.1f}"
