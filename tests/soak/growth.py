"""What processes and the store take up, seen from outside, and how it grows: a straight line fitted to the samples."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from tests.postgres import PostgresServer

_TCP = re.compile(r"^\s*\d+: \S+:([0-9A-F]{4}) \S+ \S+ \S+ \S+ \S+\s+\d+\s+\d+ (\d+)", re.MULTILINE)
_ROWS_AND_SIZE = sql.SQL("SELECT count(*), pg_total_relation_size({1}::regclass) FROM {0}")


@dataclass(frozen=True)
class Sample:
    """Of one process. `at` is monotonic; `sockets` are its connections to Slack and WebNet, which come on top of `files`;
    `connections` are those to the database."""

    at: float
    rss_mib: float
    threads: int
    files: int
    sockets: int
    connections: int


WHAT = {
    "rss_mib": "memory (RSS), MiB",
    "threads": "threads",
    "files": "file descriptors without connections to Slack and WebNet",
    "connections": "database connections",
}
ALLOWED = {"rss_mib": 0.0, "threads": 2.0, "files": 3.0, "connections": 2.0}
"""A pool that makes one more is no growth: so much is allowed where ten per cent are less."""


@dataclass(frozen=True)
class Growth:
    """Of the fitted line: its value at the first and at the last sample, and the most that was seen."""

    first: float
    last: float
    most: float

    @property
    def share(self) -> float:
        return (self.last - self.first) / self.first if self.first else 0.0

    def within(self, share: float, units: float) -> bool:
        return self.share < share or self.last - self.first <= units


def fitted(samples: Sequence[Sample], what: str) -> Growth:
    """Least squares; at least two samples."""
    times, values = [sample.at for sample in samples], [float(getattr(sample, what)) for sample in samples]
    slope, begin = statistics.linear_regression(times, values)
    return Growth(begin + slope * times[0], begin + slope * times[-1], max(values))


@dataclass
class Life:
    """A process from its start to its end; `name` is its user at the database, too."""

    name: str
    pid: int
    started: float = field(default_factory=time.monotonic)
    samples: list[Sample] = field(default_factory=list)

    def sample(self, server: PostgresServer) -> None:
        """Nothing, where it has just been killed."""
        try:
            status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
            sockets = len(tcp_ports(self.pid))
            files = sum(1 for _ in Path(f"/proc/{self.pid}/fd").iterdir()) - sockets
        except OSError:
            return
        found = dict(re.findall(r"^(VmRSS|Threads):\s+(\d+)", status, re.MULTILINE))
        if "VmRSS" not in found:  # a zombie
            return
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            asked = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE usename = %s", [self.name]
            ).fetchone()
        assert asked is not None
        self.samples.append(
            Sample(time.monotonic(), int(found["VmRSS"]) / 1024, int(found["Threads"]), files, sockets, int(asked[0]))
        )

    def after(self, warm_up_s: float) -> list[Sample]:
        return [sample for sample in self.samples if sample.at - self.started >= warm_up_s]


def tcp_ports(pid: int) -> set[int]:
    """The local ports of a process's connections."""
    inodes = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            inodes.update(re.findall(r"^socket:\[(\d+)\]$", str(entry.readlink())))
        except OSError:  # closed meanwhile
            continue
    table = Path(f"/proc/{pid}/net/tcp").read_text(encoding="ascii")
    return {int(port, 16) for port, inode in _TCP.findall(table) if inode in inodes}


@dataclass(frozen=True)
class Stored:
    """The store's rows and bytes by table, indexes and long texts included."""

    rows: dict[str, int]
    sizes: dict[str, int]

    @property
    def size(self) -> int:
        return sum(self.sizes.values())


def stored(server: PostgresServer, database: str) -> Stored:
    """After a VACUUM: else it would say how long ago the server's own was, not what is kept."""
    with psycopg.connect(server.url(database), autocommit=True) as connection:
        connection.execute("VACUUM")
        names = [name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        rows, sizes = {}, {}
        for name in names:
            found = connection.execute(_ROWS_AND_SIZE.format(sql.Identifier(name), sql.Literal(name))).fetchone()
            assert found is not None
            rows[name], sizes[name] = found
    return Stored(rows, sizes)
