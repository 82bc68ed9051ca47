"""A migration keeps what a store holds: every row, what belongs to it, triggers, and that no id is given again."""

from __future__ import annotations

import shutil
import zlib
from array import array
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from store.config_blocks import unpacked_owners
from store.database import open_store
from store.engine import Database, parse_url
from store.migrate import MIGRATIONS, migrate
from store.models import ConfigBlock
from tests.conftest import STORE_KEY

FILES = sorted(MIGRATIONS.glob("[0-9]*.py"))
USED = 100  # ids that every table is said to have given
NOT_OURS = {"schema_migration", "sqlite_sequence"}
REBUILT = """
from playhouse.migrate import migrate
from store.fields import Text

def up(migrator, db):
    migrate(migrator.alter_column_type("slack_channel", "channel_name", Text()))
"""


class Schema:
    """A store whose tables hold a row each, with a trigger, and whose ids have been given up to USED."""

    def __init__(self, url: str) -> None:
        self.database = Database(parse_url(url), max_connections=1)
        self._db = self.database.peewee
        self._filled: set[str] = set()

    def kept(self) -> Counter[tuple[str, str]]:
        """Counts what must not become less."""
        with self.database.connection():
            tables = self._tables()
            found = Counter({("rows of", table): self._number(f'SELECT count(*) FROM "{table}"') for table in tables})
            found.update({("ids given by", table): self._given(table) for table in tables if self._gives_ids(table)})
            for table in tables:
                found.update({("triggers of", table): self._triggers(table)})
            return found

    def fill(self) -> None:
        """Fills the tables that are new."""
        with self.database.connection():
            for table in self._tables():
                self._fill(table)

    def _fill(self, table: str) -> None:
        if table in self._filled:
            return
        self._filled.add(table)
        parents = {key.column: key.dest_table for key in self._db.get_foreign_keys(table)}
        for parent in parents.values():
            self._fill(parent)
        values = {
            column.name: _value(column.data_type)
            for column in self._db.get_columns(table)
            if not (column.name == "id" and self._gives_ids(table))
        }
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join([self._db.param] * len(values))
        if not self._number(f'SELECT count(*) FROM "{table}"'):
            self._db.execute_sql(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', list(values.values()))
        if self.database.is_postgres:
            does = "BEFORE UPDATE ON {0} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"
        else:
            does = "AFTER UPDATE ON {0} BEGIN SELECT 1; END"
        self._db.execute_sql(f'CREATE TRIGGER "ours_{table}" ' + does.format(f'"{table}"'))
        if self._gives_ids(table):
            self._say_given(table)

    def _tables(self) -> list[str]:
        tables = self._db.get_tables()
        return [table for table in tables if table not in NOT_OURS and not table.startswith("config_trigram")]

    def _gives_ids(self, table: str) -> bool:
        if self.database.is_postgres:
            has_id = any(column.name == "id" for column in self._db.get_columns(table))
            return has_id and self._sequence(table) is not None
        return "AUTOINCREMENT" in str(
            self._one(f"SELECT sql FROM sqlite_master WHERE type = 'table' AND name = '{table}'")
        )

    def _sequence(self, table: str) -> Any:
        return self._one(f"SELECT pg_get_serial_sequence('{table}', 'id')")

    def _given(self, table: str) -> int:
        if self.database.is_postgres:
            return self._number(f"SELECT last_value FROM {self._sequence(table)}")
        return self._number(f"SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = '{table}'")

    def _say_given(self, table: str) -> None:
        if self.database.is_postgres:
            self._one(f"SELECT setval('{self._sequence(table)}', {USED})")
        else:
            self._db.execute_sql(f"UPDATE sqlite_sequence SET seq = {USED} WHERE name = '{table}'")

    def _triggers(self, table: str) -> int:
        if self.database.is_postgres:
            return self._number(f"SELECT count(*) FROM pg_trigger WHERE tgname = 'ours_{table}'")
        return self._number(f"SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name = 'ours_{table}'")

    def _one(self, sql: str) -> Any:
        return self._db.execute_sql(sql).fetchone()[0]

    def _number(self, sql: str) -> int:
        return int(self._one(sql))


def _value(data_type: str) -> Any:
    kind = data_type.upper()
    if kind in ("BLOB", "BYTEA"):
        return b"x"
    return True if kind.startswith("BOOL") else "x" if kind == "TEXT" else 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "migrations"
    made.mkdir()
    return made


def test_no_migration_loses_a_row_or_a_trigger_or_gives_an_id_again(kind_url: str, folder: Path) -> None:
    schema = Schema(kind_url)
    for file in FILES:
        shutil.copy(file, folder)
        before = schema.kept()
        migrate(schema.database, folder)
        assert before - schema.kept() == Counter(), file.name
        schema.fill()
    assert all(schema.kept().values())
    schema.database.close()


def test_a_table_that_peewee_makes_again_on_sqlite_is_found_out(tmp_path: Path, folder: Path) -> None:
    schema = Schema(f"sqlite:///{tmp_path}/store.db")
    for file in FILES:
        shutil.copy(file, folder)
    migrate(schema.database, folder)
    schema.fill()
    before = schema.kept()
    (folder / "9999_rebuilt.py").write_text(REBUILT, encoding="utf-8")
    migrate(schema.database, folder)
    lost = before - schema.kept()
    assert lost["ids given by", "slack_channel"]
    assert lost["triggers of", "slack_channel"]
    schema.database.close()


def test_the_flags_of_channels_are_carried_over_with_what_belongs_to_the_channels(kind_url: str, folder: Path) -> None:
    for file in FILES:
        if file.name < "0007":
            shutil.copy(file, folder)
    schema = Schema(kind_url)
    migrate(schema.database, folder)
    schema.fill()
    off = "channel_name, notify_job_completion, notify_job_failure, notify_compliance_violations, notify_drift_detected"
    with schema.database.connection():
        for name, flags in (("none", "false, false, false, false"), ("two", "true, false, false, true")):
            schema.database.peewee.execute_sql(
                f"INSERT INTO slack_channel (workspace_id, channel_id, created_at, updated_at, {off}) "
                f"VALUES (1, 'C{name}', 7, 8, '{name}', {flags})"
            )
        schema.database.peewee.execute_sql("DELETE FROM canary")  # another key sealed it
        schema.database.peewee.execute_sql("UPDATE slack_workspace SET app_token = NULL")
    before = schema.kept()
    migrate(schema.database)
    assert before - schema.kept() == Counter()
    schema.database.close()
    with open_store(kind_url, keys=[STORE_KEY]) as store:
        first, none, two = store.channels.list()
        assert len(first.flags) == 4
        assert (none.flags, two.flags) == (frozenset(), {"notify_job_completion", "notify_drift_detected"})
        assert (two.id, two.channel_name) == (USED + 2, "two")
        assert store.channels.add(workspace=1, channel_id="C1").id == USED + 3


@pytest.mark.parametrize(("floor", "expected"), [("3", 8), ("5001", 5001)], ids=["kept", "swept"])
def test_the_index_of_jobs_counts_as_complete_from_the_next_job_on_once_it_keeps_their_devices(
    kind_url: str, folder: Path, floor: str, expected: int
) -> None:
    for file in FILES:
        if file.name < "0010":
            shutil.copy(file, folder)
    schema = Schema(kind_url)
    migrate(schema.database, folder)
    with schema.database.connection():
        execute = schema.database.peewee.execute_sql
        execute("INSERT INTO job (id, type, status, state, tries, due_at) VALUES (7, 'x', 'success', 'ended', 0, 0)")
        execute("INSERT INTO cursor (name, value, updated_at) VALUES ('feed:jobs:floor', '" + floor + "', 0)")
    migrate(schema.database)
    schema.database.close()
    with open_store(kind_url, keys=[STORE_KEY]) as store:
        assert store.jobs.floor() == expected
        assert not store.jobs.known([7])[7].everywhere
        assert store.outcomes.get([7]) == {}


def test_where_the_lines_of_a_block_stand_is_packed_again(kind_url: str, folder: Path) -> None:
    for file in FILES:
        if file.name < "0044":
            shutil.copy(file, folder)
    schema = Schema(kind_url)
    migrate(schema.database, folder)
    owners, counts = array("q", [7, 7, 7, -1, 0, 2**40]), array("I", [1, 1, 3, 0, 0, 70_000])
    packed = zlib.compress(owners.tobytes() + counts.tobytes(), 1)
    mark = schema.database.peewee.param
    with schema.database.connection():
        insert = "INSERT INTO config_block (customer, state, owners, folded, text) VALUES (1, 0, {0}, '', {0})"
        schema.database.peewee.execute_sql(insert.format(mark), (packed, b""))
    migrate(schema.database)
    (row,) = schema.database.rows(ConfigBlock.select(ConfigBlock.owners))
    assert unpacked_owners(row["owners"]) == (owners, counts)
    schema.database.close()
