"""A statement's SQL and values mean the same on both databases, and read as Peewee's own queries do."""

from __future__ import annotations

import pkgutil
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest

import store as package
from store.database import Store
from store.errors import StoreError
from store.fields import moment
from store.models import ChatOpsCommand, DirectoryDevice, SeenKey
from store.statements import Statement

AT = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
SEEN = Statement("INSERT INTO seen_key (key, seen_at) VALUES (:key, :seen_at) ON CONFLICT DO NOTHING")


def test_an_insert_gives_what_it_returns_or_else_the_number_of_its_rows(store: Store) -> None:
    names = [name for name in ChatOpsCommand._meta.sorted_field_names if name != "id"]  # type: ignore[attr-defined]
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(f":{name}" for name in names)
    insert = Statement(f"INSERT INTO chatops_command ({columns}) VALUES ({values}) RETURNING id")
    row: dict[str, object] = {**dict.fromkeys(names, ""), "delivered": True, "created_at": AT}
    row |= dict.fromkeys(("workspace", "customer", "user", "job_id", "device", "duration_ms", "told_at", "first_id"))
    first, second = (store.database.run(insert, **{**row, "text": f"\0{n}"}) for n in range(2))
    assert second == first + 1
    assert store.database.rows(ChatOpsCommand.select(ChatOpsCommand.id, ChatOpsCommand.text)) == [
        {"id": first, "text": "\ufffd0"},
        {"id": second, "text": "\ufffd1"},
    ]
    assert [store.database.run(SEEN, key=key, seen_at=AT) for key in "abb"] == [1, 1, 0]


def add_devices(store: Store, *names: str) -> None:
    device = {"customer": 1, "mgmt_ip": "", "vendor": "", "platform": "", "enabled": False, "stored_at": AT}
    for number, name in enumerate(names, start=1):
        named = {"hostname": name, "hostname_folded": name, "updated_at": AT if number == 2 else None}
        store.database.run(DirectoryDevice.insert({**device, **named, "id": number}).as_rowcount())


def test_rows_read_as_those_of_a_query(store: Store) -> None:
    add_devices(store, "a", "b", "ä")
    statement = Statement("SELECT * FROM device WHERE hostname = :wanted AND customer = 1", DirectoryDevice)
    for name in ("a", "b", "ä", "c"):
        same = DirectoryDevice.select().where((DirectoryDevice.hostname == name) & (DirectoryDevice.customer == 1))
        assert store.database.rows(statement, wanted=name) == store.database.rows(same)
        assert store.database.row(statement, wanted=name) == store.database.row(same)


@pytest.mark.parametrize("wanted", [[], [2], [1, 3, 2**40], list(range(100_000))])
def test_any_number_of_integers_may_be_asked_for(store: Store, wanted: list[int]) -> None:
    add_devices(store, "a", "b", "c")
    rows = store.database.rows(Statement("SELECT id FROM device WHERE id IN :ids ORDER BY id"), ids=wanted)
    assert [row["id"] for row in rows] == sorted({1, 2, 3} & set(wanted))


def test_the_time_is_the_database_s(store: Store) -> None:
    statement = Statement("SELECT :now_us - :before AS passed, id FROM device FOR UPDATE")
    add_devices(store, "a")
    before = store.database.now()
    with store.transaction():
        (row,) = store.database.rows(statement, before=before)
    assert 0 <= row["passed"] < 60_000_000
    assert before <= moment(row["passed"]) + (before - moment(0))


def test_a_value_that_is_missing_is_an_error_and_writes_nothing(store: Store) -> None:
    with pytest.raises(StoreError):
        store.database.run(SEEN, seen_at=AT)
    assert store.database.rows(SeenKey.select()) == []


def test_a_statement_is_a_part_of_the_transaction_around_it(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction():
        store.database.run(SEEN, key="a", seen_at=AT)
        raise ZeroDivisionError
    assert store.seen.claim(["a"])


def test_a_naive_time_is_refused_as_a_field_refuses_it(store: Store) -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        store.database.run(SEEN, key="a", seen_at=AT.replace(tzinfo=None))


def written_once() -> Iterator[Statement]:
    """Every statement that a module of the store holds, by itself or among others."""
    for found in pkgutil.iter_modules(package.__path__, "store."):
        for value in vars(import_module(found.name)).values():
            yield from (
                each for each in (value if isinstance(value, tuple) else (value,)) if isinstance(each, Statement)
            )


def test_every_statement_names_tables_and_columns_that_are_there(migrated_file: Path) -> None:
    statements = list(written_once())
    assert len(statements) > 50
    with closing(sqlite3.connect(migrated_file)) as database:
        for each in statements:
            database.execute(f"EXPLAIN {each._sqlite}", defaultdict(int))
