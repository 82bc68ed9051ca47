"""On PostgreSQL whoever changes or removes a channel waits for who delivers to it, and neither waits for the other for ever."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
import pytest

from store.claims import Settlement
from store.database import Store
from store.errors import StoreBusy
from tests.store.test_lanes import claim, keys, settle
from tests.store.test_outbox import channel, enqueue
from tests.store.test_workspaces import add

CHANGES: dict[str, Callable[[Store, int, int], object]] = {
    "remove": lambda store, workspace, place: store.channels.remove(place),
    "remove the workspace": lambda store, workspace, place: store.workspaces.remove(workspace),
    "change": lambda store, workspace, place: store.channels.update(place, rules='[{"then": ["send"]}]'),
    "move": lambda store, workspace, place: store.channels.update(place, channel_id="C0NEW"),
    "join": lambda store, workspace, place: store.channels.renamed(workspace, "C1", "C2"),
    "disable": lambda store, workspace, place: store.workspaces.update(workspace, enabled=False),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_channel_changes_while_a_message_to_it_is_settled(
    postgres_store: Store, postgres_store_url: str, change: str
) -> None:
    store = postgres_store
    workspace = add(store).id
    place = channel(store, workspace)
    channel(store, workspace, "C2")
    enqueue(store, "a", place)
    (claimed,) = claim(store)
    with ThreadPoolExecutor(1) as pool:
        with store.database.transaction():
            settle(store, Settlement(claim=claimed, sent=[claimed.deliveries[0].id]))
            changed = pool.submit(CHANGES[change], store, workspace, place)
            wait_for_a_lock(postgres_store_url, changed)
            assert enqueue(store, "b", place) == 1  # which refers to the channel
        assert changed.result(30) is not False
    assert [keys(each) for each in claim(store)] == ([["b"]] if change in ("change", "move", "join") else [])


def test_two_that_wait_for_each_other_end_with_one_that_is_asked_to_try_again(
    postgres_store: Store, postgres_store_url: str
) -> None:
    store = postgres_store
    first, second = (add(store, team_id=team).id for team in ("T1", "T2"))
    with ThreadPoolExecutor(1) as pool:

        def other_way_round() -> None:
            with store.database.transaction():
                store.workspaces.update(second, team_name="x")
                both_have_one.result(30)
                store.workspaces.update(first, team_name="x")

        both_have_one: Future[None] = Future()
        ended: list[str] = []
        other = pool.submit(other_way_round)
        try:
            with store.database.transaction():
                store.workspaces.update(first, team_name="y")
                both_have_one.set_result(None)
                wait_for_a_lock(postgres_store_url, other)
                store.workspaces.update(second, team_name="y")
        except StoreBusy as error:
            ended.append(error.words)
        if isinstance(failed := other.exception(30), StoreBusy):
            ended.append(failed.words)
    assert [words.partition(" is ")[2] for words in ended] == ["locked by somebody else: try again."]


def wait_for_a_lock(url: str, work: Future[object]) -> None:
    """Waits until somebody waits for a lock, or has done its work without."""
    with psycopg.connect(url, autocommit=True) as connection:
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        deadline = time.monotonic() + 30
        while not work.done() and connection.execute(waiting).fetchone() == (0,):
            assert time.monotonic() < deadline
            time.sleep(0.01)
