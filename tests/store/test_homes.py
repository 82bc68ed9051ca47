"""A home is noted before it is published, published by one replica at a time, and known until it was emptied."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from store.compliance import PolicyState
from store.database import Store
from store.directory import Device
from store.errors import NoSuchRow
from store.homes import Home
from store.jobs import Job
from tests.requests import keep
from tests.store.test_workspaces import add

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def opened(store: Store, user: str = "U0OSCAR", workspace: int | None = None) -> Home:
    workspace = workspace or add(store).id
    store.homes.opened(workspace, user, 1)
    (home,) = store.homes.due(workspace, user)
    return home


def published(store: Store, home: Home, due_in_s: float = 0.0) -> Home | None:
    fence = store.homes.claim(home, 60)
    assert fence is not None
    assert store.homes.keep(home, fence, due_in_s, marks="m", shown="s", hash="h")
    return next(iter(store.homes.due(home.workspace, home.chat_user)), None)


def test_a_home_says_whom_it_was_shown_to_and_who_that_is_now(store: Store) -> None:
    home = opened(store)
    assert (home.customer, home.belongs_to, home.enabled, home.user) == (1, 1, True, None)
    store.users.add(workspace=home.workspace, slack_user_id="U0OSCAR", user=3, username="oscar")
    store.users.add(workspace=home.workspace, slack_user_id="U0VERA", user=4, username="vera")
    store.workspaces.update(home.workspace, customer=2, enabled=False)
    (now,) = store.homes.due()
    assert (now.customer, now.belongs_to, now.enabled, now.user) == (1, 2, False, 3)


def test_two_replicas_never_claim_one_home_and_what_is_late_is_refused(store: Store, second_store: Store) -> None:
    home = opened(store)
    fence = store.homes.claim(home, 60)
    assert fence
    assert second_store.homes.claim(home, 60) is None
    assert second_store.homes.due() == []
    assert store.homes.keep(home, fence, 0.0)
    (again,) = second_store.homes.due()
    later = second_store.homes.claim(again, 0)
    assert later == fence + 1
    assert not store.homes.keep(home, fence, 0.0, marks="late")
    assert not store.homes.remove(home, fence)
    assert second_store.homes.remove(again, later)
    assert store.homes.due() == []


def test_a_home_rests_after_it_was_published_and_is_fresh_when_it_is_opened_again(store: Store) -> None:
    home = opened(store)
    assert published(store, home, due_in_s=60.0) is None
    store.homes.opened(home.workspace, home.chat_user, 1)
    assert store.homes.due() == []
    home = opened(store, "U0VERA", home.workspace)
    shown = published(store, home)
    assert shown
    assert (shown.marks, shown.shown, shown.hash) == ("m", "s", "h")
    store.homes.opened(home.workspace, home.chat_user, 2)
    (fresh,) = store.homes.due()
    assert (fresh.marks, fresh.shown, fresh.hash, fresh.customer) == ("", "", "h", 2)


def test_a_home_that_was_opened_while_it_was_published_is_published_again(store: Store) -> None:
    home = opened(store)
    fence = store.homes.claim(home, 60)
    assert fence
    store.homes.opened(home.workspace, home.chat_user, 1)
    assert store.homes.keep(home, fence, 0.0, marks="m", shown="s", hash="h")
    (now,) = store.homes.due()
    assert (now.marks, now.shown) == ("", "s")


def test_claims_of_a_process_that_is_gone_end_at_the_start_and_homes_go_with_their_workspace(store: Store) -> None:
    home = opened(store)
    store.homes.claim(home, 60)
    store.homes.release_all()
    assert store.homes.due()
    store.workspaces.remove(home.workspace)
    assert store.homes.due() == []
    with pytest.raises(NoSuchRow):
        store.homes.opened(home.workspace, "U0OSCAR", 1)


# -- what homes are made from


def device(number: int, customer: int) -> Device:
    return Device(id=number, customer=customer, hostname=f"rtr-{number}", enabled=True)


def test_violations_are_counted_for_the_customer_of_the_device(store: Store) -> None:
    store.directory.put([device(1, 1), device(2, 1), device(3, 2)])
    failing = [(1, 1, 11), (2, 1, 12), (1, 2, 13), (1, 3, 14), (1, 99, 15)]  # policy, device, result
    store.compliance.put([PolicyState(policy, number, True, result, NOW) for policy, number, result in failing])
    store.compliance.put([PolicyState(3, 1, False, 16, NOW)])
    violations, devices, newest = store.compliance.open(1, 2)
    assert (violations, devices) == (3, 2)
    assert [(one.policy, one.hostname) for one in newest] == [(1, "rtr-2"), (2, "rtr-1")]
    assert store.compliance.open(7, 5) == (0, 0, [])
    assert store.compliance.standing() == {1: (3, 13), 2: (1, 14)}


def test_requests_that_wait_and_jobs_that_have_not_ended_are_listed_for_everybody(store: Store) -> None:
    acme = add(store).id
    kept = keep(store, acme)
    keep(store, acme, purpose="confirmation")
    assert store.requests.waiting() == {1: [kept.number]}
    jobs = [Job(number, 1, "config_backup", "running", 3, NOW, NOW, None) for number in (7, 8, 9)]
    ended = Job(10, 1, "config_backup", "success", 3, NOW, NOW, NOW, "ended")
    store.jobs.put([*jobs, ended], NOW)
    assert [job.id for job in store.jobs.unended(2)] == [9, 8]
