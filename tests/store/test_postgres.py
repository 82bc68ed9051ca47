"""PostgreSQL as it is run: behind a pooler, stopped, failing over, in another encoding."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from store.database import Store, migrate_store, open_store
from store.engine import Database, parse_url
from store.errors import StoreError, StoreReadOnly, StoreUnreachable, StoreUrlError
from store.postgres import PREPARE_AFTER
from tests.conftest import STORE_KEY
from tests.postgres import PostgresServer, postgres_server

PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")


def listens(path: Path) -> bool:
    """Says whether the socket takes connections: its file is there a moment before."""
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0


@contextlib.contextmanager
def pooled(server: PostgresServer, *, ignoring: str = "") -> Iterator[Path]:
    """A PgBouncer that hands each transaction to one of three sessions; the folder of its socket."""
    assert PGBOUNCER
    folder = Path(tempfile.mkdtemp(prefix="pgtest-"))
    shutil.chown(folder, server.how.get("user"), server.how.get("group"))
    (folder / "users.txt").write_text('"postgres" ""\n', encoding="utf-8")
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n* = host={server.folder} user=postgres\n[pgbouncer]\nlisten_port = 6432\nlisten_addr =\n"
        f"unix_socket_dir = {folder}\nauth_type = any\nauth_file = {folder}/users.txt\npool_mode = transaction\n"
        f"default_pool_size = 3\nignore_startup_parameters = {ignoring}\n",
        encoding="utf-8",
    )
    command = [PGBOUNCER, "-q", folder / "pgbouncer.ini"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, **server.how)
    try:
        deadline = time.monotonic() + 20
        while not listens(folder / ".s.PGSQL.6432"):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield folder
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.skipif(PGBOUNCER is None, reason="There is no pgbouncer here: Debian's package has it.")
@pytest.mark.parametrize("ignoring", ["", "options,extra_float_digits"])
def test_many_threads_work_behind_a_pooler_that_hands_out_transactions(postgres: PostgresServer, ignoring: str) -> None:
    name = postgres.create()
    with pooled(postgres, ignoring=ignoring) as folder:
        url = f"postgresql:///{name}?host={folder}&port=6432&user=postgres"
        assert migrate_store(url)
        assert migrate_store(url) == []
        with open_store(url, keys=[STORE_KEY], max_connections=10) as store:
            failures: list[BaseException] = []

            def work(number: int) -> None:
                try:
                    for turn in range(40):
                        lease = store.leases.acquire(f"{number}:{turn}", "here", 30.0)
                        assert lease
                        assert store.leases.renew(lease, 30.0)
                        with store.transaction():
                            store.cursors.put(f"{number}", str(turn))
                        found = store.cursors.get(f"{number}")
                        assert found
                        assert found.value == str(turn)
                        assert store.lanes.settle_and_claim([], 10, 30.0, 5) == ([], [])
                except BaseException as error:
                    failures.append(error)

            threads = [threading.Thread(target=work, args=(number,)) for number in range(10)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert failures == []
            with store.connection():
                assert store.database.peewee.connection().prepare_threshold is None
    postgres.drop(name)


def test_without_a_pooler_statements_are_prepared(postgres_store: Store) -> None:
    with postgres_store.connection():
        assert postgres_store.database.peewee.connection().prepare_threshold == PREPARE_AFTER


def test_a_server_that_was_stopped_holds_a_query_only_for_its_time(postgres_servers_own: PostgresServer) -> None:
    server = postgres_servers_own
    url = server.url(server.create())
    migrate_store(url)
    database = Database(parse_url(url), max_connections=2, query_s=1.0)
    assert database.now()
    workers = processes_of(server)
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(StoreUnreachable):
            database.now()
        took_s = time.monotonic() - began
    finally:
        for worker in workers:
            os.kill(worker, signal.SIGCONT)
    assert 0.9 < took_s < 8.0
    assert database.now()
    database.close()


def processes_of(server: PostgresServer) -> list[int]:
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text(encoding="ascii")
    return [server.process.pid, *map(int, children.split())]


@pytest.fixture
def postgres_servers_own() -> Iterator[PostgresServer]:
    """A server that a test may stop or replace."""
    with postgres_server() as server:
        yield server


def test_a_failover_costs_one_error_and_no_restart(postgres_servers_own: PostgresServer) -> None:
    old = postgres_servers_own
    name = old.create()
    migrate_store(old.url(name))
    with old.standby() as new:
        url = f"postgresql:///{name}?host={old.folder},{new.folder}&user=postgres"
        with open_store(url, keys=[STORE_KEY], max_connections=4) as store:
            _open_sessions(store, 3)
            store.cursors.put("before", "1")
            wait_replayed(old, new)
            old.process.send_signal(signal.SIGINT)
            old.process.wait(20)
            with pytest.raises(StoreUnreachable):  # nobody takes writes
                store.cursors.put("meanwhile", "1")
            new.promote()
            failed = 0
            for number in range(20):
                try:
                    store.cursors.put("after", str(number))
                except StoreUnreachable:
                    failed += 1
            assert failed <= 1
            assert store.cursors.get("before")
        with psycopg.connect(new.url(name)) as connection:
            assert connection.execute("SELECT count(*) FROM cursor WHERE name = 'after'").fetchone() == (1,)


def test_sessions_that_became_read_only_are_dropped_after_one_error(postgres: PostgresServer, store_of: Store) -> None:
    """The server is the same, as behind an address that moved: what is open cannot write, what is new can."""
    _open_sessions(store_of, 3)
    for connection in [each for _, _, each in store_of.database.peewee._connections]:
        connection.execute("SET default_transaction_read_only = on")
    outcomes = []
    for number in range(6):
        try:
            store_of.cursors.put("a", str(number))
            outcomes.append("written")
        except StoreReadOnly as error:
            assert "after a failover it finds the new primary by itself" in error.words
            outcomes.append("refused")
    assert outcomes == ["refused", *["written"] * 5]


@pytest.fixture
def store_of(postgres_store: Store) -> Store:
    return postgres_store


def _open_sessions(store: Store, number: int) -> None:
    together = threading.Barrier(number)

    def hold() -> None:
        with store.connection():
            together.wait(20)

    threads = [threading.Thread(target=hold) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def wait_replayed(old: PostgresServer, new: PostgresServer) -> None:
    with psycopg.connect(old.url("postgres"), autocommit=True) as first:
        (written,) = first.execute("SELECT pg_current_wal_lsn()").fetchone() or ("",)
    deadline = time.monotonic() + 20
    with psycopg.connect(new.url("postgres"), autocommit=True) as second:
        while second.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", [written]).fetchone() != (True,):
            assert time.monotonic() < deadline
            time.sleep(0.02)


@pytest.mark.parametrize(("encoding", "fine"), [("SQL_ASCII", True), ("LATIN1", False), ("UTF8", True)])
def test_a_database_that_cannot_keep_every_text_is_refused(postgres: PostgresServer, encoding: str, fine: bool) -> None:
    name = f"in_{encoding.lower()}"
    postgres.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'")
    url = postgres.url(name)
    try:
        if not fine:
            for refused in (lambda: migrate_store(url), lambda: open_store(url, keys=[STORE_KEY])):
                with pytest.raises(StoreError, match=f"encoded in {encoding}"):
                    refused()
            return
        assert migrate_store(url)
        with open_store(url, keys=[STORE_KEY]) as store:
            store.cursors.put("name", "größer → ✓")
            found = store.cursors.get("name")
            assert found
            assert found.value == "größer → ✓"
    finally:
        postgres.drop(name)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p@ss@h/d",
        "postgresql://u:p@ss#1@h/d",
        "postgresql://u:pa/ss@h/d",
        "postgresql://u:pa?ss@h/d",
        "postgresql://u:pass#1@h/d",
    ],
)
def test_a_password_that_is_not_escaped_is_refused_with_the_remedy_and_not_shown(url: str) -> None:
    with pytest.raises(StoreUrlError, match="write %40 for @, %2F for /") as refused:
        parse_url(url)
    assert "ss" not in refused.value.words.replace("p%40ss", "").replace("password", "")


def test_several_hosts_may_be_named() -> None:
    url = parse_url("postgresql://bot:p%40ss@db1:5432,db2:5433/webnet?connect_timeout=3")
    assert (url.shown, url.password) == ("postgresql://bot@db1:5432,db2:5433/webnet", "p@ss")


def test_what_the_server_refuses_is_not_said_to_be_away(postgres: PostgresServer) -> None:
    with pytest.raises(StoreUnreachable, match=r"refused the connection .*does not exist") as refused:
        open_store(postgres.url("nowhere"), keys=[STORE_KEY])
    assert "is it running" not in refused.value.words


def test_threads_that_want_a_server_that_is_silent_do_not_wait_one_after_the_other() -> None:
    with closing(socket.create_server(("127.0.0.1", 0), backlog=64)) as silent:
        url = f"postgresql://bot@127.0.0.1:{silent.getsockname()[1]}/chatops?connect_timeout=2"
        database = Database(parse_url(url), max_connections=20)
        took_s: list[float] = []

        def ask() -> None:
            began = time.monotonic()
            with pytest.raises(StoreUnreachable):
                database.now()
            took_s.append(time.monotonic() - began)

        threads = [threading.Thread(target=ask) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        database.close()
    assert len(took_s) == 10
    assert max(took_s) < 10  # one after the other they would take 20 s
