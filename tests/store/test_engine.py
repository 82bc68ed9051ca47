"""URLs, files and connections, and the errors when they fail."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from store.cursors import Cursors
from store.database import Store, migrate_store, open_store
from store.engine import Database, parse_url
from store.errors import (
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreReadOnly,
    StoreUnreachable,
    StoreUrlError,
)
from store.sqlite import require_version
from tests.conftest import STORE_KEY
from tests.postgres import PostgresServer
from tests.store.trouble import fill_up, free_some, make_read_only


def test_sqlite_urls_are_relative_with_three_slashes_and_absolute_with_four() -> None:
    assert parse_url("sqlite:///a/b.db").path == Path("a/b.db")
    assert parse_url("sqlite:////a/b.db").path == Path("/a/b.db")


@pytest.mark.parametrize("url", ["", "mysql://h/d", "sqlite:///", "sqlite:///:memory:", "sqlite://x", "postgresql://["])
def test_a_url_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(StoreUrlError):
        parse_url(url)


def test_what_is_shown_of_a_url_holds_no_password() -> None:
    url = parse_url("postgresql://bot:s3cr%C3%A9t@db.example.com:5433/webnet?sslmode=require")
    assert url.shown == "postgresql://bot@db.example.com:5433/webnet"
    assert url.password == "s3crét"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bot:hunter22@127.0.0.1:1/webnet",
        "postgresql://bot:hunter22@127.0.0.1:port/webnet",
        "postgresql://bot:hunter22@127.0.0.1/webnet?nonsense=1",
        "postgresql://bot:hunter22@/webnet?host=/nowhere",
    ],
)
def test_an_unreachable_postgresql_is_named_without_its_password(url: str) -> None:
    with pytest.raises(StoreError) as refused:
        open_store(url, keys=[STORE_KEY])
    assert "hunter22" not in refused.value.words


def test_an_sqlite_that_cannot_drop_a_column_is_refused() -> None:
    require_version((3, 35, 0))
    with pytest.raises(StoreError, match=r"has SQLite 3\.34\.1; 3\.35 or newer"):
        require_version((3, 34, 1))


def test_a_new_sqlite_file_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/store.db", keys=[STORE_KEY]) as store:
        store.cursors.put("a", "1")
        files = list(tmp_path.iterdir())
        assert {"store.db", "store.db-wal"} <= {file.name for file in files}
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_sqlite_runs_with_wal_full_sync_and_foreign_keys(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/store.db", keys=[STORE_KEY]) as store, store.connection():
        pragma = store.database.peewee.pragma
        assert (pragma("journal_mode"), pragma("synchronous"), pragma("foreign_keys")) == ("wal", 2, 1)
        assert pragma("busy_timeout") == 10_000


def test_a_missing_folder_and_a_file_that_is_no_database_are_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUrlError, match="No such file"):
        open_store(f"sqlite:///{tmp_path}/none/store.db", keys=[STORE_KEY])
    (tmp_path / "text.db").write_text("not a database at all, but long enough to be looked at" * 20)
    with pytest.raises(StoreUrlError, match="not an SQLite database"):
        open_store(f"sqlite:///{tmp_path}/text.db", keys=[STORE_KEY])


def test_a_full_pool_is_reported_and_recovers(store_url: str) -> None:
    held, done = threading.Event(), threading.Event()
    database = Database(parse_url(store_url), max_connections=1, wait_s=0.1)

    def hold() -> None:
        with database.connection():
            held.set()
            done.wait(5)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(5)
    with pytest.raises(StoreBusy), database.connection():
        pass
    done.set()
    thread.join()
    with database.connection():
        pass
    database.close()


def test_a_transaction_is_all_or_nothing_and_nests(store: Store) -> None:
    with pytest.raises(KeyError), store.transaction():
        store.cursors.put("outer", "1")
        with store.transaction():
            store.cursors.put("inner", "1")
        raise KeyError
    assert store.cursors.get("outer") is None
    assert store.cursors.get("inner") is None


def test_on_sqlite_what_a_transaction_read_stays_so_until_it_writes(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    migrate_store(url)
    with open_store(url, keys=[STORE_KEY], max_connections=16) as store:
        store.cursors.put("count", "0")

        def count() -> None:
            for _ in range(10):
                with store.transaction():
                    found = store.cursors.get("count")
                    store.cursors.put("count", str(int(found.value if found else 0) + 1))

        threads = [threading.Thread(target=count) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = store.cursors.get("count")
    assert found
    assert found.value == "160"


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.workspaces.version()


def test_connections_cut_between_units_of_work_are_not_noticed(postgres: PostgresServer, postgres_store: Store) -> None:
    for _ in range(3):
        postgres_store.workspaces.version()
        postgres.cut_connections(_name(postgres_store.database))
    postgres_store.cursors.put("a", "1")
    assert postgres_store.cursors.get("a") is not None


def test_a_connection_cut_inside_a_transaction_is_one_clear_error(
    postgres: PostgresServer, postgres_store: Store
) -> None:
    with pytest.raises(StoreUnreachable), postgres_store.transaction():
        postgres_store.cursors.put("a", "1")
        postgres.cut_connections(_name(postgres_store.database))
        postgres_store.cursors.put("b", "1")
    assert postgres_store.cursors.get("a") is None
    postgres_store.cursors.put("a", "2")


def _name(database: Database) -> str:
    return database.url.conninfo.removeprefix("postgresql:///").partition("?")[0]


def test_a_store_on_a_full_disk_says_so_and_goes_on_once_it_is_not(store: Store) -> None:
    fill_up(store)
    with pytest.raises(StoreFull, match="has no room left on its disk: make room") as refused:
        for number in range(200):
            store.leases.acquire(f"lease {number} {'x' * 900}", "holder", 30)
    assert refused.value.state == "has no room left on its disk"
    free_some(store)
    assert store.leases.acquire("lease", "holder", 30)


def test_a_store_that_must_not_be_written_says_so(store: Store) -> None:
    make_read_only(store)
    with pytest.raises(StoreReadOnly, match="is read-only"):
        store.cursors.put("a", "1")


def test_a_store_that_is_damaged_says_so(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with open_store(f"sqlite:///{path}", keys=[STORE_KEY]) as store:
        store.cursors.put("a", "1")
    with path.open("r+b") as file:  # all but the first page, whose header must stay
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    with pytest.raises(StoreDamaged, match="is damaged: stop the bot and put a backup back"):
        Cursors(Database(parse_url(f"sqlite:///{path}"), max_connections=1)).get("a")
