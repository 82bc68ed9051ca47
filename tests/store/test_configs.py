from __future__ import annotations

import dataclasses
import random
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from peewee import QueryEvent

from store.config_blocks import LINES
from store.config_progress import FOLLOWED
from store.configs import AT_ONCE, Config
from store.database import Store, open_store
from store.directory import Device
from store.fields import EPOCH
from store.models import KeptConfig
from tests.configs.found import found
from tests.conftest import STORE_KEY
from tests.store.test_locks import wait_for_a_lock

READ = datetime(2026, 11, 26, 8, 0, 0, 5, tzinfo=UTC)
MADE = READ - timedelta(days=1)


def device(id: int, customer: int = 1) -> Device:
    return Device(id=id, customer=customer, hostname=f"sw-{id}", enabled=True)


def config(device: int, text: str, customer: int = 1, **values: Any) -> Config:
    base = {"snapshot": 100 + device, "hash": "h", "created_at": MADE, "read_at": READ}
    base |= {"rules": 1, "history_due": False}
    return Config(device=device, customer=customer, text=text, **{**base, **values})


def none(device: int, **values: Any) -> Config:
    return config(device, "", **{"snapshot": 0, "hash": "", "created_at": EPOCH, **values})


@pytest.fixture
def filled(store: Store) -> Store:
    store.directory.put([device(1), device(2), device(3), device(4), device(131, customer=2)])
    for row in (
        config(1, "hostname SW-1\ninterface Gi0/1\n description Straße 100% sure\n"),
        config(2, "hostname sw-2\ninterface Gi0/2\n description a_b\\c\n"),
        config(3, "hostname sw-3\ninterface Gi0/3\n description aXb ÉCOLE İzmir\n"),
        config(131, "hostname gx-1\ninterface Gi0/1\n description canary-of-globex\n", customer=2),
    ):
        assert store.configs.put(row)
    return store


def test_a_config_comes_back_as_it_was_put(filled: Store) -> None:
    assert filled.configs.get(1, 1) == config(1, "hostname SW-1\ninterface Gi0/1\n description Straße 100% sure\n")
    assert filled.configs.get(1, 4) is None


def test_every_question_sees_one_customer_only(filled: Store) -> None:
    assert filled.configs.get(1, 131) is None
    assert filled.configs.get(2, 1) is None
    assert found(filled, 1, "canary-of-globex") == []
    assert found(filled, 2, "canary-of-globex") == [131]
    assert found(filled, 1, "gi0/1") == [1]


@pytest.mark.parametrize(
    ("word", "devices"),
    [
        ("INTERFACE gi0", [1, 2, 3]),
        ("%", [1]),
        ("100%", [1]),
        ("_", [2]),
        ("a_b", [2]),
        ("axb", [3]),
        ("\\", [2]),
        ("b\\C", [2]),
        ("STRASSE", [1]),
        ("école", [3]),
        ("İZMIR", [3]),
        ('"', []),
        ('gi0"', []),
        ("1\ninterface", []),
        ("'", []),
        ("\0", []),
        ("\ud800", []),
        ("\ud800\0x", []),
        ("x" * 5000, []),
    ],
)
def test_a_text_is_searched_literally_and_in_any_case(filled: Store, word: str, devices: list[int]) -> None:
    assert found(filled, 1, word) == devices


def test_every_text_must_be_in_a_line(filled: Store) -> None:
    assert found(filled, 1, "description", "SURE") == [1]
    assert found(filled, 1, "interface", "SURE") == []


def test_more_than_is_held_at_a_time_is_found_and_read_in_order(store: Store) -> None:
    many = range(1, 2 * LINES + 2)
    store.directory.put(map(device, many))
    store.configs.put_each([[config(number, f"hostname sw-{number}\nnext")] for number in reversed(many)])
    assert found(store, 1, "hostname") == found(store, 1, "next") == [*many]
    assert found(store, 1, f"sw-{LINES}") == [LINES]
    wanted = [*reversed(many)][: AT_ONCE + 1]
    assert [each.device for each in store.configs.each(1, wanted)] == wanted
    assert store.configs.check().faults() == 0


def test_only_what_is_newer_replaces_a_config(filled: Store) -> None:
    """The later config stays in whatever order two writers come: by time, then snapshot, then rules."""
    configs = filled.configs
    first = config(1, "first", snapshot=500, created_at=MADE + timedelta(hours=1), rules=2)
    assert configs.put(first)
    assert not configs.put(dataclasses.replace(first, text="earlier", snapshot=501, created_at=MADE))
    assert not configs.put(dataclasses.replace(first, text="lower id, same time", snapshot=499))
    assert not configs.put(dataclasses.replace(first, text="older rules", rules=1))
    assert configs.get(1, 1) == first
    for text, values in (("newer rules", {"rules": 3}), ("higher id", {"snapshot": 502}), ("later", {"rules": 1})):
        later = {"created_at": MADE + timedelta(hours=2), "snapshot": 7} if text == "later" else {}
        first = dataclasses.replace(first, text=text, **{**values, **later})
        assert configs.put(first)
        assert configs.get(1, 1) == first
    assert found(filled, 1, "hostname sw-1") == []


def test_the_config_of_an_unknown_device_or_another_customer_is_not_written(filled: Store) -> None:
    assert not filled.configs.put(config(99, "x"))
    assert not filled.configs.put(config(4, "x", customer=2))
    assert found(filled, 1, "x") == [3]
    assert found(filled, 2, "x") == [131]  # gx-1


def test_a_device_that_moves_to_another_customer_leaves_its_config_behind(filled: Store) -> None:
    filled.directory.put([device(131, customer=1), device(4)])
    assert found(filled, 1, "canary-of-globex") == found(filled, 2, "canary-of-globex") == []
    assert filled.configs.latest(131) is None
    assert filled.configs.get(1, 1) is not None


def test_the_config_of_a_device_that_is_gone_goes_with_it(filled: Store) -> None:
    assert filled.directory.remove(1)
    assert filled.configs.latest(1) is None
    sweep = filled.directory.begin_sweep()
    filled.directory.put([device(3), device(4)], sweep)
    filled.directory.finish_sweep(sweep)
    assert [filled.configs.latest(number) is None for number in (2, 3, 131)] == [True, False, True]


def counted(store: Store, customer: int) -> tuple[int, int, int]:
    """Counts configs, devices, and configs that say that WebNet has none, one by one."""
    configs = store.database.tuples(KeptConfig.select(KeptConfig.customer, KeptConfig.gone, KeptConfig.snapshot))
    kept = [snapshot for of, gone, snapshot in configs if of == customer and not gone]
    return len(kept), len(store.directory.outlines(customer)), kept.count(0)


@pytest.mark.parametrize("seed", range(3))
def test_progress_holds_whatever_happens_to_devices_and_configs(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    for step in range(60):
        ids = chance.sample(range(1, 13), chance.randint(1, 4))
        customer = chance.randint(1, 3)
        match chance.randrange(8):
            case 0 | 1:
                store.directory.put([device(each, chance.randint(1, 3)) for each in ids])
            case 2:
                store.directory.remove(ids[0])
            case 3:
                store.configs.put_each([[config(each, f"line {step}", customer, snapshot=step + 1)] for each in ids])
            case 4:
                store.configs.put_each([[none(each, customer=customer)] for each in ids])
            case 5:
                store.configs.tidy(READ, chance.randint(1, 3))
            case 6:
                store.configs.forget(ids[0])
            case 7 if step % 20 == 0:
                store.configs.hide_older(2)
        for each in (1, 2, 3):
            progress = store.configs.progress(each)
            assert (progress.have, progress.of, progress.without) == counted(store, each), step
    everybody = store.configs.progress()
    assert [everybody.have, everybody.of, everybody.without] == [
        sum(numbers) for numbers in zip(*(counted(store, each) for each in (1, 2, 3)), strict=True)
    ]
    assert {type(each) for each in (everybody.have, everybody.of, everybody.without)} == {int}


def test_progress_counts_what_was_read_of_each_customer(filled: Store) -> None:
    progress = filled.configs.progress(1)
    assert (progress.have, progress.of, progress.without, progress.followed_at) == (3, 4, 0, None)
    assert progress.oldest_read_at == READ
    assert filled.configs.put(none(4, read_at=READ - timedelta(hours=1)))
    filled.cursors.put(FOLLOWED, "{}")
    progress = filled.configs.progress(1)
    assert (progress.have, progress.of, progress.without) == (4, 4, 1)
    assert progress.oldest_read_at is None
    assert progress.followed_at is not None
    everybody = filled.configs.progress()
    assert (everybody.have, everybody.of) == (5, 5)
    nobody = filled.configs.progress(3)
    assert (nobody.have, nobody.of, nobody.oldest_read_at) == (0, 0, None)


def test_a_device_without_a_config_is_read_but_never_found(filled: Store) -> None:
    assert filled.configs.put(none(4))
    assert filled.configs.unread(1) == []
    assert filled.configs.get(1, 4) is None
    assert found(filled, 1, "hostname") == [1, 2, 3]
    assert filled.configs.put(config(4, "its first"))
    assert found(filled, 1, "its first") == [4]
    assert not filled.configs.put(none(4, rules=9))


def test_what_is_not_read_yet_or_was_redacted_by_older_rules_is_to_be_read(filled: Store) -> None:
    assert filled.configs.unread(1) == [(4, 1)]
    filled.configs.put(config(2, "by newer rules", rules=2))
    assert filled.configs.unread(2) == [(1, 1), (3, 1), (4, 1), (131, 2)]
    assert filled.configs.hide_older(2) == 3
    assert filled.configs.unread(2) == [(1, 1), (3, 1), (4, 1), (131, 2)]
    assert found(filled, 1, "hostname") == []
    assert found(filled, 1, "by newer rules") == [2]
    assert [filled.configs.latest(number) is None for number in (1, 2, 3, 131)] == [True, False, True, True]
    assert filled.configs.forget(2)
    assert not filled.configs.forget(2)


def test_any_text_can_be_kept(filled: Store) -> None:
    text = "a\0b\ud800é😀\u202e\r\n" * 1000
    assert filled.configs.put(config(4, text))
    stored = filled.configs.get(1, 4)
    assert stored is not None
    assert stored.text == text.replace("\0", "\ufffd").replace("\ud800", "\ufffd")
    assert found(filled, 1, "b\ufffdÉ😀\u202e") == [4]


def test_a_device_that_goes_while_its_history_is_cut_stays_out_of_reach(postgres_store_url: str) -> None:
    with open_store(postgres_store_url, keys=[STORE_KEY]) as store, ThreadPoolExecutor(1) as pool:
        store.directory.put([device(1)])
        store.configs.put(config(1, "first", created_at=MADE - timedelta(days=2)))
        store.configs.put(config(1, "second", snapshot=200))
        going: list[Future[bool]] = []

        def go(event: QueryEvent) -> None:
            if "oldest_at <" in event.sql and not going:
                going.append(pool.submit(store.directory.remove, 1))
                wait_for_a_lock(postgres_store_url, going[0])

        store.database.peewee.query_hooks.append(go)
        assert store.configs.tidy(MADE, 10) == 1
        assert going[0].result(30)
        store.database.peewee.query_hooks.clear()
        assert store.configs.progress().have == 0
        assert store.configs.tidy(MADE, 10) == 1
        assert KeptConfig.select().bind(store.database.peewee).count() == 0
