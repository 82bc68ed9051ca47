from __future__ import annotations

import dataclasses
import itertools
from datetime import UTC, datetime
from typing import Any

import pytest

from store.database import Store
from store.directory import Device

CHECKED = datetime(2026, 11, 23, 5, 51, 31, 797857, tzinfo=UTC)


def device(id: int, hostname: str, customer: int = 1, **values: Any) -> Device:
    return Device(**{"id": id, "customer": customer, "hostname": hostname, "enabled": True, **values})


def names(devices: list[Device]) -> list[str]:
    return [found.hostname for found in devices]


@pytest.fixture
def filled(store: Store) -> Store:
    store.directory.put(
        [
            device(1, "rtr-fra1-001", mgmt_ip="10.10.0.1", vendor="cisco", site=None, last_reachability_check=CHECKED),
            device(41, "RTR-FRA1-CORE.acme.example.net", mgmt_ip="10.10.0.41"),
            device(42, "rtr-fra1-core.acme.example.net", mgmt_ip="2001:db8::1"),
            device(43, "rtr-fra1-core", mgmt_ip="10.10.0.43", enabled=False),
            device(44, "100%_odd", mgmt_ip="not an address"),
            device(45, "10.10.0.45", mgmt_ip="10.10.0.45"),
            device(131, "rtr-fra1-001", customer=2, mgmt_ip="10.10.0.1"),
        ]
    )
    return store


def test_a_device_comes_back_as_it_was_put(filled: Store) -> None:
    found = filled.directory.get(1, 1)
    assert found == device(1, "rtr-fra1-001", mgmt_ip="10.10.0.1", vendor="cisco", last_reachability_check=CHECKED)


def test_every_question_sees_one_customer_only(filled: Store) -> None:
    directory = filled.directory
    assert directory.get(1, 131) is None
    assert directory.get(2, 1) is None
    for customer, own in ((1, 1), (2, 131)):
        by_name = directory.by_hostname(customer, "rtr-fra1-001")
        assert by_name is not None
        lists = (
            directory.by_folded(customer, "RTR-FRA1-001"),
            directory.by_address(customer, "10.10.0.1"),
            directory.by_label(customer, "rtr-fra1-001"),
            directory.by_prefix(customer, "rtr-fra1-0"),
        )
        assert {by_name.id, *(found.id for found in itertools.chain(*lists))} == {own}
    assert directory.hostnames(2) == ["rtr-fra1-001"]
    assert (directory.count(1), directory.count(2), directory.count(3)) == (6, 1, 0)


def test_a_whole_name_is_found_in_exact_case_and_in_any(filled: Store) -> None:
    exact = filled.directory.by_hostname(1, "RTR-FRA1-CORE.acme.example.net")
    assert exact is not None
    assert exact.id == 41
    assert filled.directory.by_hostname(1, "Rtr-Fra1-Core.acme.example.net") is None
    assert {found.id for found in filled.directory.by_folded(1, "Rtr-Fra1-Core.acme.example.net")} == {41, 42}


def test_a_first_label_is_found_but_an_address_has_none(filled: Store) -> None:
    assert {found.id for found in filled.directory.by_label(1, "RTR-fra1-core")} == {41, 42, 43}
    assert filled.directory.by_label(1, "10") == []


def test_addresses_are_found_in_any_spelling(filled: Store) -> None:
    assert [found.id for found in filled.directory.by_address(1, "2001:DB8:0:0::1")] == [42]
    assert [found.id for found in filled.directory.by_address(1, " 10.10.0.43 ")] == [43]
    assert filled.directory.by_address(1, "not an address") == []


@pytest.mark.parametrize(
    ("prefix", "ids"),
    [
        ("RTR-FRA1-C", [43, 41, 42]),
        ("rtr-fra1-core.", [41, 42]),
        ("100%", [44]),
        ("%", []),
        ("r_r", []),
        ("rtr-fra1-*", []),
        ("10", [45, 44]),
        ("\U0010ffff", []),
        ("\0", []),
        ("\ud7ff", []),
    ],
)
def test_a_prefix_is_searched_literally_and_given_in_order(filled: Store, prefix: str, ids: list[int]) -> None:
    assert [found.id for found in filled.directory.by_prefix(1, prefix)] == ids


def test_a_prefix_is_bounded_and_ordered_by_code_point(store: Store) -> None:
    store.directory.put(
        [device(number, name) for number, name in enumerate(["a-b", "a_b", "ab", "aé", "a😀", "a b", "b"])]
    )
    assert names(store.directory.by_prefix(1, "a")) == ["a b", "a-b", "a_b", "ab", "aé", "a😀"]
    assert names(store.directory.by_prefix(1, "a", limit=2)) == ["a b", "a-b"]
    assert names(store.directory.by_prefix(1, "")) == ["a b", "a-b", "a_b", "ab", "aé", "a😀", "b"]


def test_a_prefix_search_reads_a_range_of_an_index(filled: Store) -> None:
    database = filled.database
    filled.directory.put([device(1_000 + number, f"sw-{number}") for number in range(500)])
    with filled.connection():
        database.peewee.execute_sql("ANALYZE device")
        if database.is_postgres:
            database.peewee.execute_sql("SET enable_seqscan = off")
        statements: list[Any] = []
        database.peewee.query_hooks.append(statements.append)
        filled.directory.by_prefix(1, "rtr")
        database.peewee.query_hooks.clear()
        event = next(event for event in statements if "hostname_folded" in event.sql)
        explain = "EXPLAIN " if database.is_postgres else "EXPLAIN QUERY PLAN "
        plan = " ".join(str(row) for row in database.peewee.execute_sql(explain + event.sql, event.params).fetchall())
    assert "device_customer_hostname_folded" in plan, plan


def test_ids_that_no_device_can_have_are_not_found(filled: Store) -> None:
    for unknown in (-1, 0, 2**63, 10**40):
        assert filled.directory.get(1, unknown) is None


def test_an_unchanged_device_is_not_written_again(filled: Store) -> None:
    first = filled.directory.get(1, 1)
    assert first is not None
    assert filled.directory.put([first]) == 0
    assert filled.directory.put([dataclasses.replace(first, enabled=False)]) == 1
    changed = filled.directory.get(1, 1)
    assert changed is not None
    assert not changed.enabled


def test_a_second_sweep_of_2000_unchanged_devices_writes_one_marker(store: Store) -> None:
    devices = [device(number, f"sw-{number}", mgmt_ip=f"10.0.{number // 250}.{number % 250}") for number in range(2000)]
    writes: list[str] = []

    def note(event: Any) -> None:
        if event.sql.lstrip().startswith(("INSERT", "UPDATE", "DELETE")):
            writes.append(event.sql)

    for expected in (2000, 0):
        writes.clear()
        store.database.peewee.query_hooks[:] = [note]
        sweep = store.directory.begin_sweep()
        assert store.directory.put(devices, sweep) == expected
        assert store.directory.finish_sweep(sweep) == 0
    assert len(writes) == 1
    assert "cursor" in writes[0]


def test_a_sweep_removes_what_is_gone_but_not_what_came_meanwhile(filled: Store) -> None:
    assert filled.directory.swept_at() is None
    sweep = filled.directory.begin_sweep()
    filled.directory.put([device(1, "rtr-fra1-001"), device(50, "new-in-sweep")], sweep)
    filled.directory.put([device(51, "came-by-a-look-up")])
    assert filled.directory.finish_sweep(sweep) == 6
    assert filled.directory.hostnames(1) == ["came-by-a-look-up", "new-in-sweep", "rtr-fra1-001"]
    swept = filled.directory.swept_at()
    assert swept is not None
    assert swept >= sweep.began_at


def test_a_renamed_or_moved_device_is_found_by_what_it_is_now(filled: Store) -> None:
    filled.directory.put([device(1, "core-1.acme.net", mgmt_ip="10.9.9.9", customer=2)])
    assert filled.directory.by_hostname(1, "rtr-fra1-001") is None
    assert [found.id for found in filled.directory.by_label(2, "core-1")] == [1]
    assert [found.id for found in filled.directory.by_address(2, "10.9.9.9")] == [1]
    assert filled.directory.remove(1)
    assert not filled.directory.remove(1)


def test_hostile_names_are_kept_as_far_as_they_can_be(store: Store) -> None:
    odd = [device(1, "a\0b"), device(2, "\ud800"), device(3, "é" * 5000), device(4, "İSTANBUL", role="x" * 100_000)]
    assert store.directory.put(odd) == 4
    assert store.directory.put(odd) == 0
    assert names(store.directory.by_prefix(1, "a\0"))[0] == "a\ufffdb"
    assert [found.id for found in store.directory.by_folded(1, "İstanbul")] == [4]
    assert [found.id for found in store.directory.by_prefix(1, "é" * 100)] == [3]
