from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from playhouse.schema_diff import diff_models

from store.database import Store, migrate_store, open_store
from store.engine import Database, parse_url
from store.errors import PendingMigrations, SchemaTooNew
from store.migrate import MIGRATIONS, pending
from store.models import MODELS
from tests.conftest import STORE_KEY

ALL = sorted(file.stem for file in MIGRATIONS.glob("[0-9]*.py"))


def test_the_models_match_the_migrated_schema(store: Store) -> None:
    with store.connection():
        assert not diff_models(store.database.peewee, MODELS)
        for model in MODELS:
            columns = {column.name: column for column in store.database.peewee.get_columns(model._meta.table_name)}
            for field in model._meta.sorted_fields:
                column = columns[field.column_name]
                assert column.null == field.null or column.primary_key, (model, field)


def test_an_empty_postgresql_is_opened_only_after_db_migrate(postgres_url: str) -> None:
    with pytest.raises(PendingMigrations, match="db migrate"):
        open_store(postgres_url, keys=[STORE_KEY])
    assert migrate_store(postgres_url) == ALL
    assert migrate_store(postgres_url) == []
    open_store(postgres_url, keys=[STORE_KEY]).close()


def test_an_sqlite_store_is_migrated_when_it_is_opened(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    open_store(url, keys=[STORE_KEY]).close()
    database = Database(parse_url(url), max_connections=1)
    assert pending(database) == []
    database.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_several_may_migrate_at_once(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = f"sqlite:///{tmp_path}/store.db" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    applied: list[str] = []
    threads = [threading.Thread(target=lambda: applied.extend(migrate_store(url))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert applied == ALL


def test_a_store_of_a_newer_program_is_left_alone(store: Store, store_url: str) -> None:
    with store.connection():
        insert = "INSERT INTO schema_migration (name, applied) VALUES ('9999_from_the_future', '2030-01-01 00:00:00')"
        store.database.peewee.execute_sql(insert)
    with pytest.raises(SchemaTooNew, match="9999_from_the_future"):
        open_store(store_url, keys=[STORE_KEY])
    with pytest.raises(SchemaTooNew):
        migrate_store(store_url)


def test_a_running_older_bot_is_not_migrated_away_under_its_feet(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    holder = subprocess.Popen(
        [sys.executable, "-c", f"from store.lock import RunLock; RunLock({url!r}).acquire(); print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(MIGRATIONS.parent.parent)},
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        with pytest.raises(PendingMigrations, match=f"process {holder.pid}"):
            open_store(url, keys=[STORE_KEY])
    finally:
        holder.communicate(b"\n", timeout=10)
    open_store(url, keys=[STORE_KEY]).close()
