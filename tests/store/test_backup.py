"""A store is backed up while it is used, restored as a whole, and locked by one run."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from store.backup import backup_store, restore_store
from store.database import open_store
from store.errors import BackupError, CannotDecrypt, StoreError, StoreLocked
from store.lock import RunLock
from store.secrets import generate_key
from tests.conftest import STORE_KEY
from tests.requests import keep
from tests.store.processes import holding_the_run_lock


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/store.db"


def put(url: str, value: str) -> None:
    with open_store(url, keys=[STORE_KEY]) as store:
        store.cursors.put("value", value)


def value(url: str) -> str | None:
    with open_store(url, keys=[STORE_KEY]) as store:
        cursor = store.cursors.get("value")
        return None if cursor is None else cursor.value


def test_a_backup_is_restored_as_it_was(url: str, tmp_path: Path) -> None:
    put(url, "before")
    backup_store(url, tmp_path / "backup.db")
    assert stat.S_IMODE((tmp_path / "backup.db").stat().st_mode) == 0o600
    put(url, "after")
    restore_store(url, tmp_path / "backup.db", keys=[STORE_KEY])
    assert value(url) == "before"
    restore_store(f"sqlite:///{tmp_path}/elsewhere.db", tmp_path / "backup.db", keys=[STORE_KEY])
    assert value(f"sqlite:///{tmp_path}/elsewhere.db") == "before"
    assert stat.S_IMODE((tmp_path / "elsewhere.db").stat().st_mode) == 0o600
    assert not list(tmp_path.glob("*restoring*"))


def test_no_request_of_a_backup_is_performed_again(url: str, tmp_path: Path) -> None:
    with open_store(url, keys=[STORE_KEY]) as store:
        store.workspaces.add(
            customer=1, team_id="T0ACME", team_name="Acme", bot_user_id="U0BOT", bot_token="a", signing_secret="b"
        )
        requests = [keep(store).row for _ in range(3)]
        decided = {"by": 2, "name": "alice-admin", "chat_user": "U0ALICE", "reason": ""}
        assert store.requests.decide(requests[1], "approved", **decided)
        assert store.requests.decide(requests[2], "denied", **decided)
    backup_store(url, tmp_path / "backup.db")
    restore_store(url, tmp_path / "backup.db", keys=[STORE_KEY])
    with open_store(url, keys=[STORE_KEY]) as store:
        found = [store.requests.get(request.id) for request in requests]
        assert [row.state for row in found if row] == ["void", "void", "denied"]
        assert sorted(store.requests.due()) == [request.id for request in requests]


def test_a_backup_of_a_store_in_use_is_one_consistent_state(url: str, tmp_path: Path) -> None:
    stop = threading.Event()
    with open_store(url, keys=[STORE_KEY]) as store:

        def write() -> None:
            number = 0
            while not stop.is_set():
                number += 1
                with store.transaction():
                    store.cursors.put("a", str(number))
                    store.cursors.put("b", str(number))

        writer = threading.Thread(target=write)
        writer.start()
        for number in range(5):
            backup_store(url, tmp_path / f"{number}.db")
        stop.set()
        writer.join()
    for number in range(5):
        with open_store(f"sqlite:///{tmp_path}/{number}.db", keys=[STORE_KEY]) as copy:
            first, second = copy.cursors.get("a"), copy.cursors.get("b")
            assert (first and first.value) == (second and second.value)


def test_a_backup_overwrites_nothing(url: str, tmp_path: Path) -> None:
    put(url, "x")
    (tmp_path / "there").write_text("precious")
    with pytest.raises(BackupError, match="exists"):
        backup_store(url, tmp_path / "there")
    assert (tmp_path / "there").read_text() == "precious"
    with pytest.raises(BackupError, match="no store"):
        backup_store(f"sqlite:///{tmp_path}/none.db", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_restore_that_is_refused_leaves_the_store_as_it_was(url: str, tmp_path: Path) -> None:
    put(url, "kept")
    backup_store(url, tmp_path / "good.db")
    damaged = bytearray((tmp_path / "good.db").read_bytes())
    damaged[5000:9000] = b"\xff" * 4000
    (tmp_path / "damaged.db").write_bytes(damaged)
    (tmp_path / "text.db").write_text("no database")
    for name in ("damaged.db", "text.db", "missing.db"):
        with pytest.raises(StoreError):
            restore_store(url, tmp_path / name, keys=[STORE_KEY])
    with pytest.raises(CannotDecrypt):
        restore_store(url, tmp_path / "good.db", keys=[generate_key()])
    assert value(url) == "kept"
    assert not list(tmp_path.glob("*restoring*"))


def test_a_restore_waits_for_no_bot_but_is_refused_while_one_runs(url: str, tmp_path: Path) -> None:
    put(url, "kept")
    backup_store(url, tmp_path / "backup.db")
    with RunLock(url), pytest.raises(StoreLocked):
        restore_store(url, tmp_path / "backup.db", keys=[STORE_KEY])


def test_postgresql_is_left_to_its_own_tools(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="pg_dump"):
        backup_store("postgresql:///webnet", tmp_path / "backup")
    with pytest.raises(BackupError, match="pg_restore"):
        restore_store("postgresql:///webnet", tmp_path / "backup", keys=[STORE_KEY])


def test_one_run_per_sqlite_file_and_the_lock_ends_with_its_process(url: str) -> None:
    lock = RunLock(url)
    with holding_the_run_lock(url) as pid:
        with pytest.raises(StoreLocked, match=f"process {pid}"):
            lock.acquire()
        put(url, "the command line works beside it")
    with lock, pytest.raises(StoreLocked, match=f"process {os.getpid()}"):
        RunLock(url).acquire()
    with RunLock(url):
        pass


def test_postgresql_needs_no_lock() -> None:
    with RunLock("postgresql:///webnet"), RunLock("postgresql:///webnet"):
        pass


def test_a_second_run_is_refused_by_whatever_path_it_comes(tmp_path: Path) -> None:
    (tmp_path / "store.db").touch()
    (tmp_path / "link.db").symlink_to(tmp_path / "store.db")
    with RunLock(f"sqlite:///{tmp_path}/store.db"), pytest.raises(StoreLocked):
        RunLock(f"sqlite:///{tmp_path}/link.db").acquire()
