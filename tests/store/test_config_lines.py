"""The lines of configs in the store: rebuilt to the byte, counted where they stand, gone when they must go, and whole after any end."""

from __future__ import annotations

import os
import random
import signal
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from store.config_blocks import (
    FARTHEST,
    LINES,
    NOBODY,
    SEVERAL,
    SPREAD_OVER,
    dense,
    packed_owners,
    packed_places,
    patch,
    patched,
    unpacked_owners,
    unpacked_places,
)
from store.config_history import MOST
from store.configs import Config
from store.database import Store, open_store
from store.directory import Device
from tests.configs.found import found
from tests.conftest import STORE_KEY

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
WORDS = [
    "ip",
    "interface",
    "vlan",
    "Straße",
    "no",
    "shutdown",
    "ÄÖ",
    "",
    "!",
    "10.0.0.1",
    "\r",
    "ﬁx",
    "description x",
    "漢字",
]
DEVICES, OTHERS = range(1, 8), range(2_000, 2_004)  # of two customers


def device(number: int, customer: int = 1) -> Device:
    return Device(id=number, customer=customer, hostname=f"sw-{number}", enabled=True)


def config(device: int, text: str, minutes: int = 0, customer: int = 1, **values: Any) -> Config:
    at = NOW + timedelta(minutes=minutes)
    base = {"snapshot": 10_000 * device + minutes + 1, "hash": "h", "created_at": at, "read_at": NOW}
    base |= {"rules": 1, "history_due": False}
    return Config(device=device, customer=customer, text=text, **{**base, **values})


def some_text(chance: random.Random) -> str:
    words = [" ".join(chance.choices(WORDS, k=chance.randrange(0, 3))) for _ in range(chance.randrange(0, 40))]
    return "\n".join(words * chance.randrange(1, 3) + [f"line {chance.randrange(60)}"])


def versions(store: Store, customer: int, device: int) -> list[tuple[int, str]]:
    """The snapshots of a device with their texts, newest first."""
    history = store.configs.history(customer, device)
    texts = store.configs.texts({line for version in history for line in version.lines})
    return [(version.snapshot, "\n".join(texts[line] for line in version.lines)) for version in history]


@pytest.fixture
def here(store: Store) -> Store:
    store.directory.put([*(device(number) for number in DEVICES), *(device(number, 2) for number in OTHERS)])
    return store


class Plain:
    """What the store must know, kept whole: the snapshots of each device by their order."""

    def __init__(self) -> None:
        self.snapshots: dict[int, dict[int, Config]] = {}
        self.customers = dict.fromkeys(DEVICES, 1) | dict.fromkeys(OTHERS, 2)

    def ordered(self, device: int) -> list[Config]:
        return sorted(self.snapshots.get(device, {}).values(), key=lambda each: each.order, reverse=True)

    def devices_with(self, customer: int, word: str) -> list[int]:
        newest = {device: self.ordered(device)[0].text for device in self.snapshots if self.snapshots[device]}
        return sorted(
            device
            for device, text in newest.items()
            if self.customers.get(device) == customer
            and any(word.casefold() in line.casefold() for line in text.split("\n"))
        )


def happens(store: Store, plain: Plain, chance: random.Random, minute: int) -> None:
    """Does one of the things that happen to a store with configs."""
    which = chance.choice([*plain.customers])
    what = chance.choice(["new", "new", "new", "new", "late", "forget", "gone", "moved", "tidy"])
    snapshots = plain.snapshots.setdefault(which, {})
    if what in ("new", "late"):
        at = minute if what == "new" else chance.randrange(minute + 1)
        made = config(which, some_text(chance), at, plain.customers[which])
        if made.snapshot not in snapshots:
            newest = plain.ordered(which)[:1]
            assert store.configs.put(made) == (not newest or made.order > newest[0].order)
            snapshots[made.snapshot] = made
    elif what == "forget":
        assert store.configs.forget(which) or not snapshots  # or what is out of reach already
        snapshots.clear()
    elif what == "gone":
        store.directory.remove(which)
        store.directory.put([device(which, plain.customers[which])])
        snapshots.clear()
    elif what == "moved":
        plain.customers[which] = 3 - plain.customers[which]
        store.directory.put([device(which, plain.customers[which])])
        snapshots.clear()
    else:
        store.configs.tidy(NOW - timedelta(days=1), 2)


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_happens_each_text_is_kept_to_the_byte_and_each_line_stands_where_it_stands(
    here: Store, seed: int
) -> None:
    chance, plain = random.Random(seed), Plain()
    for minute in range(60):
        happens(here, plain, chance, minute)
    for number, customer in plain.customers.items():
        kept = [(each.snapshot, each.text) for each in plain.ordered(number)]
        assert versions(here, customer, number) == kept
        newest = here.configs.get(customer, number)
        assert (newest and newest.text) == (kept[0][1] if kept else None)
    for word in ("ip", "STRASSE", "fix", "äö", "line 7", "漢", "shutdown no", "interface"):
        for customer in (1, 2):
            assert found(here, customer, word) == plain.devices_with(customer, word)
    while here.configs.tidy(NOW - timedelta(days=1), 50):
        pass
    assert here.configs.check().faults() == 0


def test_an_index_that_is_wrong_is_found_out_and_made_again(here: Store) -> None:
    here.configs.put_each([[config(number, "shared\n" * 3 + f"own {number}\n" + "x\n" * 300)] for number in DEVICES])
    database = here.database
    for damage in (
        "UPDATE config_block SET folded = folded || ' more'",
        "DELETE FROM config_place WHERE line = (SELECT min(line) FROM config_place)",
        "DELETE FROM config_digest WHERE bucket = (SELECT max(bucket) FROM config_digest)",
    ):
        with database.transaction():
            database.peewee.execute_sql(damage)
        assert here.configs.check().faults() > 0
        assert here.configs.check().rebuild() == []
        assert here.configs.check().faults() == 0
        assert found(here, 1, "shared") == [*DEVICES]
        assert found(here, 1, "own 3") == [3]
    with database.transaction():
        database.peewee.execute_sql("DELETE FROM config_block")
    assert here.configs.check().faults() > 0
    assert here.configs.check().rebuild() == [*DEVICES]
    assert all(map(here.configs.forget, DEVICES))
    assert here.configs.check().faults() == 0


def killed(store_url: str, statement: int) -> bool:
    """Puts a config in another process, which dies before its n-th statement; says whether it had so many."""
    child = os.fork()
    if child == 0:
        try:
            with open_store(store_url, keys=[STORE_KEY]) as store:
                asked = iter(range(statement))

                def end(_: object) -> None:
                    if next(asked, None) is None:
                        os.kill(os.getpid(), signal.SIGKILL)

                store.database.peewee.query_hooks.append(end)
                store.configs.put(config(1, "new\nshared\nnew too\n" + "x\n" * 300, 5))
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def test_a_kill_between_any_two_statements_leaves_a_whole_index(here: Store, store_url: str) -> None:
    here.configs.put_each([[config(number, f"shared\nold {number}\n")] for number in DEVICES])
    here.close()
    statement = 1
    while killed(store_url, statement):
        with open_store(store_url, keys=[STORE_KEY]) as store:
            assert store.configs.check().faults() == 0
            assert [snapshot for snapshot, _ in versions(store, 1, 1)] == [10_001]
        statement += 1
    assert statement > 5
    with open_store(store_url, keys=[STORE_KEY]) as store:
        assert store.configs.check().faults() == 0
        assert [snapshot for snapshot, _ in versions(store, 1, 1)] == [10_006, 10_001]
        assert (found(store, 1, "new too"), found(store, 1, "old 1"), found(store, 1, "old")) == (
            [1],
            [],
            [*DEVICES][1:],
        )


def in_files(store: Store, *texts: str) -> list[str]:
    """Which of the texts stand in the raw files of an SQLite store, in any case."""
    path = store.database.url.path
    assert path is not None
    raw = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*")).lower()
    return [text for text in texts if text.encode() in raw]


def test_what_must_go_leaves_the_file(tmp_path: Path) -> None:
    """Lines of a device that is gone, of one that moved, of older rules, and of history that is over."""
    filler = "".join(f"interface Gi0/{number}\n description some port {number}\n" for number in range(300))
    canaries = [f"canary-{name}-7f31c0de" for name in ("gone", "moved", "older-rules", "history", "kept")]
    with open_store(f"sqlite:///{tmp_path}/store.db", keys=[STORE_KEY]) as store:
        store.directory.put([device(number) for number in range(1, 6)])
        store.configs.put_each([[config(number, f"{filler}{name}\n")] for number, name in enumerate(canaries, 1)])
        assert in_files(store, *canaries) == canaries
        store.directory.remove(1)
        store.directory.put([device(2, 2)])
        store.configs.put(config(3, filler, 1, rules=2))
        store.configs.put_each([[config(number, filler + "new\n", 60 * 24, rules=2)] for number in (4, 5)])
        store.configs.put(config(5, f"{filler}{canaries[4]}\n", 60 * 24 + 1, rules=2))
        assert [found(store, 1, name) for name in canaries] == [[], [], [], [], [5]]
        while store.configs.tidy(NOW + timedelta(hours=1), 10):
            pass
        store.configs.purge()
        assert in_files(store, *canaries) == canaries[4:]
        assert store.configs.check().faults() == 0


def test_history_keeps_the_newest_snapshots_and_ends_with_its_days(here: Store) -> None:
    rows = [config(1, f"a\nb {minute // 2}\nc\n", minute, job=minute) for minute in range(MOST + 10)]
    here.configs.put_each([list(reversed(rows))])
    history = here.configs.history(1, 1)
    assert [version.job for version in history] == [*range(MOST + 9, 9, -1)]
    assert versions(here, 1, 1) == [(each.snapshot, each.text) for each in reversed(rows[10:])]
    assert here.configs.tidy(rows[-5].created_at, 10) == 1
    assert [version.job for version in here.configs.history(1, 1)] == [*range(MOST + 9, MOST + 4, -1)]
    assert here.configs.check().faults() == 0


def test_devices_whose_config_changed_come_with_the_last_change_first(here: Store) -> None:
    here.configs.put_each([[config(number, "a\n")] for number in DEVICES])
    assert here.configs.changed_since(1, NOW - timedelta(days=1)) == []
    for number, minute in ((3, 1), (1, 2), (2_000, 3)):
        here.configs.put(config(number, "b\n", minute, 1 if number < 2_000 else 2))
    here.configs.put(config(1, "b\n", 4))
    here.configs.put(config(2, "a\n", 5, fingerprints="of another secret"))
    assert here.configs.changed_since(1, NOW) == [2, 1, 3]
    assert here.configs.changed_since(1, NOW + timedelta(minutes=2)) == [2, 1]


def test_snapshots_of_one_device_come_in_any_order(here: Store) -> None:
    rows = [config(1, f"a {minute}\nb\n", minute) for minute in range(6)]
    for row in random.Random(3).sample(rows, len(rows)):
        here.configs.put(row)
        here.configs.put(replace(row, read_at=NOW + timedelta(days=1)))
    assert versions(here, 1, 1) == [(each.snapshot, each.text) for each in reversed(rows)]


def _sequences() -> Iterator[tuple[Sequence[int], Sequence[int]]]:
    chance = random.Random(5)
    for _ in range(300):
        yield [chance.choices(range(6), k=chance.randrange(12)) for _ in range(2)]  # type: ignore[misc]
    yield list(range(3 * FARTHEST)), list(range(1, 3 * FARTHEST, 2))


def test_a_patch_makes_the_older_lines_of_the_newer_ones() -> None:
    for newer, older in _sequences():
        assert patched(array("q", newer), patch(newer, older)).tolist() == list(older)
    assert patch([1, 2, 3, 4], [1, 2, 9, 4]) == [[2, 3, [9]]]


def test_packed_places_come_back() -> None:
    for places in ({3: 1}, {0: 0, 255: 255}, {9: 256, 7: 65_535}, {5: 65_536, 1: 2}):
        devices, counts = unpacked_places(packed_places(places))
        assert dict(zip(devices, counts, strict=True)) == places
        assert list(dense(devices, counts)) == [places.get(device, 0) for device in range(SPREAD_OVER)]


def test_packed_owners_come_back() -> None:
    chance = random.Random(3)
    for length in (0, 1, 7, LINES):
        owners = array("q", chance.choices([NOBODY, SEVERAL, 5, 2**40], k=length))
        counts = array("I", chance.choices([0, 1, 70_000], k=length))
        assert unpacked_owners(packed_owners(owners, counts)) == (owners, counts)
    alike = packed_owners(array("q", [5] * LINES), array("I", [1] * LINES))
    assert len(alike) < LINES // 8
