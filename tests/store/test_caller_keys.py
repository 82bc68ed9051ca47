"""A key that is made in the name of a caller has a row from before it is made until it is deleted."""

from __future__ import annotations

from datetime import timedelta

from store.database import Store


def test_a_row_is_there_before_its_key_and_until_it_is_removed(store: Store, second_store: Store) -> None:
    first, second = store.caller_keys.add(3, "webnet-bot:U1:a"), store.caller_keys.add(2, "webnet-bot:U2:b")
    store.caller_keys.made(second, 71)
    rows = second_store.caller_keys.list()
    assert [(row.id, row.user, row.name, row.key) for row in rows] == [
        (first, 3, "webnet-bot:U1:a", None),
        (second, 2, "webnet-bot:U2:b", 71),
    ]
    second_store.caller_keys.remove(first)
    second_store.caller_keys.remove(first)
    assert [row.id for row in store.caller_keys.list()] == [second]
    assert store.caller_keys.add(3, "webnet-bot:U1:a") > second


def test_the_age_of_a_row_is_by_the_clock_of_the_store(store: Store) -> None:
    store.caller_keys.add(3, "webnet-bot:U1:a")
    (row,) = store.caller_keys.list()
    assert timedelta(0) <= row.age < timedelta(minutes=1)
