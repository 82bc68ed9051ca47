"""Deploys in the store: a device is held by one open deploy, and of two who go on with one, one wins."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from store.database import Store
from store.deploys import Deploy
from store.models import DeployRow
from tests.e2e.rig import add_people

SNIPPET = "snmp-server community S3cr3tC0mm RO"


@pytest.fixture(autouse=True)
def workspaces(store: Store) -> None:
    add_people(store)


def opened(store: Store, *devices: int, **changes: Any) -> Deploy:
    values = {"workspace": 1, "customer": 1, "state": "requested", "payload": "{}", "snippet": SNIPPET, "mac": "hash"}
    number = store.deploys.open(devices or (1,), due_in_s=0.0, channel_id="C0NOC", **values | changes)
    assert number is not None
    deploy = store.deploys.get(number)
    assert deploy is not None
    return deploy


def test_a_device_is_held_by_one_open_deploy_and_free_after_its_end(store: Store, second_store: Store) -> None:
    first = opened(store, 1, 2)
    values = {"workspace": 1, "customer": 1, "state": "requested", "payload": "{}", "snippet": "x", "mac": "hash"}
    assert second_store.deploys.open((2, 3), due_in_s=0.0, channel_id="C0NOC", **values) is None
    assert (store.deploys.holding([2, 3]), store.deploys.holding([3])) == ([first.id], [])
    assert store.deploys.end(first, "void", outcome="denied") is not None
    assert opened(store, 2, 3).id > first.id


def at_once(*acts: Callable[[], object]) -> None:
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        start.wait()
        act()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_of_many_at_once_on_overlapping_devices_no_two_hold_one(store: Store, second_store: Store) -> None:
    values = {"workspace": 1, "customer": 1, "state": "requested", "payload": "{}", "snippet": "x", "mac": "hash"}
    opened: dict[int, int | None] = {}

    def opening(first: int) -> Callable[[], object]:
        deploys, devices = (store, second_store)[first % 2].deploys, (first, (first + 1) % 8)

        def act() -> None:
            opened[first] = deploys.open(devices, due_in_s=0.0, channel_id="C0NOC", **values)

        return act

    at_once(*map(opening, range(8)))
    won = sorted(first for first, number in opened.items() if number is not None)
    assert len(opened) == 8
    assert won
    assert not [first for first in won if (first + 1) % 8 in won]
    for first in won:
        assert store.deploys.holding([first, (first + 1) % 8]) == [opened[first]]
    assert store.deploys.holding(range(8)) == sorted(number for number in opened.values() if number)


def test_of_many_who_go_on_or_give_up_at_once_one_wins(store: Store, second_store: Store) -> None:
    read, won = opened(store, state="committing"), list[Deploy | None]()
    moves = [
        lambda each=each: won.append(each.deploys.move(read, state="backing_up")) for each in (store, second_store)
    ]
    ends = [
        lambda each=each: won.append(each.deploys.end(read, "unclear", outcome="given up"))
        for each in (store, second_store)
    ]
    at_once(*moves, *ends)
    (winner,) = filter(None, won)
    left = store.deploys.get(read.id)
    assert left is not None
    assert (left.state, left.revision) == (winner.state, read.revision + 1)
    assert bool(store.deploys.holding([1])) == (left.ended_at is None)


def test_of_two_who_go_on_with_a_deploy_one_wins(store: Store, second_store: Store) -> None:
    read = opened(store)
    assert store.deploys.move(read, state="previewing") is not None
    assert second_store.deploys.move(read, state="previewing") is None
    assert second_store.deploys.end(read, "void", outcome="") is None


def test_what_is_wrong_with_a_step_does_not_count_as_getting_on(store: Store) -> None:
    read = opened(store)
    noted = store.deploys.note(read, "lost")
    assert noted is not None
    assert (noted.note, noted.moved_at, noted.revision) == ("lost", read.moved_at, read.revision + 1)


def test_a_job_belongs_to_the_deploy_that_started_it(store: Store) -> None:
    deploy = opened(store, 1, 2, state="committing")
    assert store.deploys.may_have_started(7, 1, [1, 2])  # it is just being started
    assert not store.deploys.may_have_started(7, 1, [1, 3])
    store.deploys.note_job(deploy.id, "committing", 7)
    store.deploys.note_job(deploy.id, "committing", 7)
    found = store.deploys.of_job(7, 1)
    assert found is not None
    assert (found.id, found.jobs) == (deploy.id, {"committing": 7})
    assert store.deploys.of_job(7, 2) is None
    assert not store.deploys.may_have_started(8, 1, [1, 2])


def test_the_snippet_is_sealed_and_goes_after_its_time(store: Store) -> None:
    deploy = opened(store)
    assert deploy.snippet == SNIPPET
    assert "S3cr3tC0mm" not in str(store.database.rows(DeployRow.select()))
    now = store.deploys.now()
    assert store.deploys.forget_snippets(now + timedelta(hours=1)) == 0  # it is open
    store.deploys.end(deploy, "done", outcome="")
    assert store.deploys.forget_snippets(now - timedelta(hours=1)) == 0
    assert store.deploys.forget_snippets(now + timedelta(hours=1)) == 1
    left = store.deploys.get(deploy.id)
    assert left is not None
    assert (left.snippet, left.mac) == ("", "hash")
    assert store.deploys.sweep(now + timedelta(hours=1)) == 1


def test_what_was_open_in_a_store_that_is_put_back_is_unclear(store: Store) -> None:
    deploy = opened(store, state="checking")
    assert store.deploys.void_open("restored") == 1
    left = store.deploys.get(deploy.id)
    assert left is not None
    assert (left.state, left.outcome, store.deploys.holding([1])) == ("unclear", "restored", [])


def test_a_deploy_is_due_when_it_changes_and_rests_for_as_long_as_is_said(store: Store) -> None:
    deploy = opened(store)
    store.deploys.rest(deploy, 60.0)
    assert store.deploys.due() == []
    store.deploys.hurry_in("requested")
    assert store.deploys.due() == [deploy.id]
    store.deploys.rest(deploy, 60.0)
    moved = store.deploys.move(deploy, state="waiting")
    assert store.deploys.due() == [deploy.id]
    store.deploys.rest(deploy, 60.0)  # of before the change
    assert store.deploys.due() == [deploy.id]
    assert moved is not None
    store.deploys.rest(moved, None)
    assert store.deploys.due() == []
