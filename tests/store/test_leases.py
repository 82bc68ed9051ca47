"""Leases and seen keys go to one of several replicas."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from store.database import Store, open_store
from store.leases import Lease
from tests.conftest import STORE_KEY


def must(lease: Lease | None) -> Lease:
    assert lease is not None
    return lease


def live(store: Store, name: str) -> Lease | None:
    return next((lease for lease in store.leases.all_live(name) if lease.name == name), None)


def test_a_lease_is_held_by_one_until_it_is_released(store: Store, second_store: Store) -> None:
    lease = must(store.leases.acquire("device:1:backup", "a", 60))
    assert second_store.leases.acquire("device:1:backup", "b", 60) is None
    assert store.leases.acquire("device:1:backup", "a", 60) is None
    assert live(second_store, "device:1:backup") == lease
    assert store.leases.release(lease)
    assert must(second_store.leases.acquire("device:1:backup", "b", 60)).fence > lease.fence
    assert not store.leases.release(lease)


def test_a_lease_that_ended_is_claimed_again_with_a_higher_fence(store: Store, second_store: Store) -> None:
    lease = must(store.leases.acquire("x", "a", 0))
    assert live(store, "x") is None
    taken = must(second_store.leases.acquire("x", "b", 60))
    assert taken.fence > lease.fence
    assert not store.leases.renew(lease, 60)
    assert not store.leases.release(lease)
    assert must(live(store, "x")).holder == "b"


def test_renewing_keeps_the_fence_and_revives_what_nobody_took(store: Store) -> None:
    lease = must(store.leases.acquire("x", "a", 0))
    assert store.leases.renew(lease, 60)
    renewed = must(live(store, "x"))
    assert (renewed.fence, renewed.holder) == (lease.fence, "a")
    assert renewed.expires_at > lease.expires_at


def test_the_fence_rises_even_if_the_clock_goes_back(tmp_path: Path) -> None:
    times = iter([datetime(2030, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)])
    with open_store(f"sqlite:///{tmp_path}/store.db", keys=[STORE_KEY], clock=lambda: next(times)) as store:
        lease = must(store.leases.acquire("x", "a", -400 * 86400))
        assert must(store.leases.acquire("x", "b", 60)).fence == lease.fence + 1


def test_on_postgresql_the_servers_clock_decides(postgres_store: Store) -> None:
    wrong = open_store(
        postgres_store.database.url.conninfo, keys=[STORE_KEY], clock=lambda: datetime.now(UTC) + timedelta(days=1)
    )
    with wrong:
        must(postgres_store.leases.acquire("x", "a", 60))
        assert wrong.leases.acquire("x", "b", 60) is None
        assert live(wrong, "x") is not None


def test_live_leases_are_listed_by_prefix_and_old_ones_swept(store: Store) -> None:
    for name in ("instance:1", "instance:2", "device:1:ping"):
        store.leases.acquire(name, "a", 60)
    store.leases.acquire("instance:dead", "a", -60)
    assert [lease.name for lease in store.leases.all_live("instance:")] == ["instance:1", "instance:2"]
    assert store.leases.sweep() == 0
    assert store.leases.sweep(timedelta(seconds=30)) == 1


def test_a_key_is_new_once_even_among_several(store: Store, second_store: Store) -> None:
    assert store.seen.claim(["a", "b"])
    assert not second_store.seen.claim(["b"])
    assert not second_store.seen.claim(["c", "a"])
    assert not store.seen.claim(["c"])
    assert store.seen.claim(["d", "d"])
    assert store.seen.claim([])


@pytest.mark.parametrize("key", ["x" * 5000, "\0", "\ud800", "é" * 4000])
def test_any_key_can_be_claimed(store: Store, key: str) -> None:
    assert store.seen.claim([key])
    assert not store.seen.claim([key])


def test_old_keys_are_forgotten_in_batches(store: Store) -> None:
    store.seen.claim([str(number) for number in range(25)])
    assert store.seen.sweep(datetime.now(UTC) - timedelta(hours=1)) == 0
    assert store.seen.sweep(datetime.now(UTC) + timedelta(hours=1), batch=10) == 25
    assert store.seen.claim(["1"])


@pytest.mark.parametrize(
    "win",
    [
        lambda store, number: store.leases.acquire(f"lease {number}", "me", 60) is not None,
        lambda store, number: store.seen.claim([f"key {number}", f"other {number}"]),
    ],
    ids=["lease", "seen"],
)
def test_of_many_threads_in_two_replicas_exactly_one_wins(
    store: Store, second_store: Store, win: Callable[[Store, int], bool]
) -> None:
    wins: list[int] = []
    start = threading.Barrier(6)

    def race(replica: Store) -> None:
        start.wait()
        wins.extend(number for number in range(15) if win(replica, number))

    threads = [threading.Thread(target=race, args=(replica,)) for replica in (store, second_store) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(wins) == list(range(15))


def _claim_all(url: str) -> int:
    with open_store(url, keys=[STORE_KEY]) as store:
        return sum(store.seen.claim([str(number)]) for number in range(50))


def test_two_processes_share_an_sqlite_store(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert sum(pool.map(_claim_all, [url, url])) == 50
