from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from playhouse.schema_diff import diff_models

from store.database import Store, migrate_store, open_store
from store.engine import Database, parse_url
from store.errors import PendingMigrations, SchemaTooNew
from store.lock import RunLock
from store.migrate import MIGRATIONS, migrate, pending, require_current
from store.models import MODELS
from tests.conftest import STORE_KEY
from tests.store.processes import holding_the_run_lock

ALL = sorted(file.stem for file in MIGRATIONS.glob("[0-9]*.py"))


def test_the_models_match_the_migrated_schema(store: Store) -> None:
    with store.connection():
        tables = {model._meta.table_name for model in MODELS}
        there = {table for table in store.database.peewee.get_tables() if not table.startswith("config_trigram")}
        assert there - tables - {"sqlite_sequence"} == {"schema_migration"}
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


def test_several_may_migrate_at_once(kind_url: str) -> None:
    applied: list[str] = []
    threads = [threading.Thread(target=lambda: applied.extend(migrate_store(kind_url))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert applied == ALL


@pytest.fixture
def next_release(tmp_path: Path) -> Path:
    """Makes the migrations of a program that is one step ahead."""
    directory = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, directory)
    added = "def up(migrator, db):\n    db.execute_sql('CREATE TABLE from_the_future (id INTEGER)')\n"
    (directory / "9999_from_the_future.py").write_text(added)
    return directory


def test_what_is_new_is_applied_and_the_older_program_then_leaves_the_store_alone(
    kind_url: str, next_release: Path
) -> None:
    migrate_store(kind_url)
    database = Database(parse_url(kind_url), max_connections=1)
    assert pending(database, next_release) == ["9999_from_the_future"]
    assert migrate(database, next_release) == ["9999_from_the_future"]
    database.close()
    with pytest.raises(SchemaTooNew, match="9999_from_the_future"):
        open_store(kind_url, keys=[STORE_KEY])
    with pytest.raises(SchemaTooNew):
        migrate_store(kind_url)


def test_a_running_older_bot_is_not_migrated_away_under_its_feet(tmp_path: Path, next_release: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    open_store(url, keys=[STORE_KEY]).close()
    database = Database(parse_url(url), max_connections=1)
    with holding_the_run_lock(url) as pid, pytest.raises(PendingMigrations, match=f"process {pid}"):
        require_current(database, next_release)
    with RunLock(url):  # one's own run may
        require_current(database, next_release)
    database.close()


def test_a_first_start_does_not_mind_that_another_program_starts_too(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    with holding_the_run_lock(url):
        open_store(url, keys=[STORE_KEY]).close()
