"""kill -9 and SIGSTOP: nothing is lost, and no more arrives twice than was under way."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.database import Store
from tests.delivery.held_kills import held_kills
from tests.delivery.kills import POINTS, kill_rig, kills, kills_in_a_burst, stop_beyond_its_lease
from tests.delivery.two_chat_kills import kills_in_trouble, two_chat_rig

pytestmark = pytest.mark.timeout(300)  # a process is started for every kill
SINGLY = 1_000  # no digests: each post is about one event


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)  # on PostgreSQL it is two replicas
def test_a_process_killed_at_each_of_six_points_loses_nothing(store: Store, store_url: str, tmp_path: Path) -> None:
    with kill_rig(store, store_url, tmp_path, last=60, digest_over=SINGLY) as at:
        count = kills(at, seed=1)
    assert (count.kills, count.lost) == (len(POINTS), 0)
    assert count.again <= count.kills  # what was under way at a kill


def test_two_replicas_killed_together_lose_nothing(
    postgres_store: Store, postgres_store_url: str, tmp_path: Path
) -> None:
    with kill_rig(postgres_store, postgres_store_url, tmp_path, last=60, digest_over=SINGLY) as at:
        count = kills(at, seed=2, replicas=2, points=("sent", "answered", "settled"))
    assert count.lost == 0
    assert count.again <= count.kills


def test_a_process_killed_while_it_releases_what_was_held_loses_nothing(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    points = ("released",) if store.database.is_postgres else ("releasing", "answered")
    with kill_rig(store, store_url, tmp_path, last=0, digest_over=SINGLY) as at:
        count = held_kills(at, seed=3, replicas=2 if store.database.is_postgres else 1, points=points)
    assert count.lost == 0
    assert count.again <= count.kills


def test_two_replicas_killed_while_a_burst_grows_lose_nothing(
    postgres_store: Store, postgres_store_url: str, tmp_path: Path
) -> None:
    with kill_rig(postgres_store, postgres_store_url, tmp_path, last=0, digest_over=5) as at:
        count = kills_in_a_burst(at, replicas=2)
    assert (count.kills, count.lost) == (2, 0)
    assert count.again <= 1


def test_a_replica_that_slept_beyond_its_lease_changes_nothing(
    postgres_store: Store, postgres_store_url: str, tmp_path: Path
) -> None:
    with kill_rig(postgres_store, postgres_store_url, tmp_path, last=60, digest_over=SINGLY) as at:
        count = stop_beyond_its_lease(at)
        assert at.said("was settled too late")
    assert count.lost == 0
    assert count.again <= 1


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)  # on PostgreSQL `make faults` does it
def test_what_goes_to_two_chats_is_neither_lost_nor_crossed_by_kills_while_teams_is_in_trouble(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    with two_chat_rig(store, store_url, tmp_path, seed=4, digest_over=SINGLY) as at:
        outcome = kills_in_trouble(at, 2, points=("sent", "answered"), troubles=("tokens withdrawn", "412"))
    assert outcome.right, outcome
    assert outcome.parked
