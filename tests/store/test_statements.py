"""A statement does what the same query of Peewee's does, run after run, whatever the database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from store.database import Store
from store.models import ChatOpsCommand, DirectoryDevice, SeenKey
from store.statements import Statement, given

AT = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)


def seen(number: int) -> Statement:
    keys = [{"key": given(SeenKey.key, f"k{n}"), "seen_at": given(SeenKey.seen_at)} for n in range(number)]
    return Statement(SeenKey.insert_many(keys).on_conflict_ignore().as_rowcount())


def test_an_insert_gives_the_new_id_and_a_counted_one_its_rows(store: Store) -> None:
    names = [name for name in ChatOpsCommand._meta.sorted_field_names if name != "id"]  # type: ignore[attr-defined]
    insert = Statement(
        ChatOpsCommand.insert({name: given(getattr(ChatOpsCommand, name)) for name in names}), new_id=ChatOpsCommand.id
    )
    row: dict[str, object] = {**dict.fromkeys(names, ""), "delivered": True, "created_at": AT}
    row |= dict.fromkeys(("workspace", "customer", "user", "job_id", "device", "duration_ms", "told_at", "first_id"))
    first, second = (store.database.run(insert, **{**row, "text": f"\0{n}"}) for n in range(2))
    assert second == first + 1
    assert store.database.rows(ChatOpsCommand.select(ChatOpsCommand.id, ChatOpsCommand.text)) == [
        {"id": first, "text": "\ufffd0"},
        {"id": second, "text": "\ufffd1"},
    ]
    counted = seen(2)
    assert [store.database.run(counted, k0="a", k1=last, seen_at=AT) for last in "bcb"] == [2, 1, 0]


def test_rows_read_as_those_of_a_query(store: Store) -> None:
    device = {"customer": 1, "mgmt_ip": "", "vendor": "", "platform": "", "enabled": False, "stored_at": AT}
    for number, name in enumerate(("a", "b", "ä"), start=1):
        named = {"hostname": name, "hostname_folded": name, "updated_at": AT if number == 2 else None}
        store.database.run(DirectoryDevice.insert({**device, **named, "id": number}).as_rowcount())
    by_name = DirectoryDevice.hostname == given(DirectoryDevice.hostname, "wanted")
    statement = Statement(DirectoryDevice.select().where(by_name & (DirectoryDevice.customer == 1)))
    for name in ("a", "b", "ä", "c"):
        same = DirectoryDevice.select().where((DirectoryDevice.hostname == name) & (DirectoryDevice.customer == 1))
        assert store.database.rows(statement, wanted=name) == store.database.rows(same)
        assert store.database.row(statement, wanted=name) == store.database.row(same)


def test_a_value_that_is_not_given_is_an_error_and_writes_nothing(store: Store) -> None:
    with pytest.raises(KeyError):
        store.database.run(seen(1), seen_at=AT)
    assert store.database.rows(SeenKey.select()) == []


def test_a_statement_is_a_part_of_the_transaction_around_it(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction():
        store.database.run(seen(1), k0="a", seen_at=AT)
        raise ZeroDivisionError
    assert store.seen.take(["a"])
