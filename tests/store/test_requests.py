"""A stored request is decided once and in time, by whichever replica, and only its key opens what it is about."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from store.database import Store, open_store
from store.errors import Duplicate
from store.mapping_requests import MAPPED
from store.models import RequestRow
from store.requests import Request, State
from store.secrets import Keyring, generate_key
from tests.conftest import STORE_KEY


def workspace(store: Store) -> int:
    tokens = {"bot_token": "xoxb-1", "signing_secret": "s", "bot_user_id": "U0BOT"}
    return store.workspaces.add(customer=1, team_id="T0ACME", team_name="Acme", **tokens).id


def added(store: Store, **changes: Any) -> Request:
    now = store.requests.now()
    values = {
        "purpose": "approval",
        "workspace": changes.pop("workspace", None) or workspace(store),
        "customer": 1,
        "payload": "what was asked",
        "mac": "0123",
        "created_at": now,
        "expires_at": now + timedelta(minutes=60),
        "channel_id": "C0NOC",
        "chat_user": "U0OSCAR",
        "ephemeral": False,
        "shown": "",
        "due_in_s": 0.0,
    }
    return must(store.requests.get(store.requests.add(**values | changes)))


def must(request: Request | None) -> Request:
    assert request is not None
    return request


def decide(store: Store, request: Request, to: State = "approved", name: str = "alice") -> bool:
    return store.requests.decide(request, to, by=2, name=name, chat_user="U0ALICE", reason="")


def test_a_request_is_read_as_it_was_stored(store: Store, second_store: Store) -> None:
    request = added(store)
    found = must(second_store.requests.get(request.id))
    assert (found.payload, found.state, found.purpose) == ("what was asked", "requested", "approval")
    (message,) = second_store.requests.messages(request.id)
    assert (message.channel_id, message.chat_user, message.ref, message.shown) == ("C0NOC", "U0OSCAR", "", "")


def test_of_two_decisions_one_wins_and_its_name_stays(store: Store, second_store: Store) -> None:
    request = added(store)
    assert decide(store, request)
    assert not decide(second_store, request, "denied", "bob")
    found = must(store.requests.get(request.id))
    assert (found.state, found.decided_name) == ("approved", "alice")
    assert not decide(store, found, "denied", "bob")  # nor one who knows how it stands


def test_of_many_at_once_one_wins(store: Store, second_store: Store) -> None:
    request, won, start = added(store), list[str](), threading.Barrier(8)

    def press(number: int) -> None:
        start.wait()
        if decide((store, second_store)[number % 2], request, "approved" if number % 3 else "denied", f"user-{number}"):
            won.append(f"user-{number}")

    threads = [threading.Thread(target=press, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won == [must(store.requests.get(request.id)).decided_name]


def test_nothing_is_decided_after_the_end_which_is_no_approval(store: Store) -> None:
    request = added(store, expires_at=store.requests.now() - timedelta(seconds=1))
    assert not decide(store, request)
    assert store.requests.list(waiting=True) == []
    assert store.requests.expire(request)
    assert must(store.requests.get(request.id)).state == "expired"


def test_nothing_expires_that_has_time_or_was_decided(store: Store) -> None:
    request = added(store)
    assert not store.requests.expire(request)
    assert decide(store, request)
    assert not store.requests.expire(must(store.requests.get(request.id)))


def test_a_request_is_performed_by_one_replica(store: Store, second_store: Store) -> None:
    request = added(store)
    decide(store, request)
    approved = must(store.requests.get(request.id))
    assert store.requests.move(approved, "executing", holder="a")
    assert not second_store.requests.move(approved, "executing", holder="b")
    assert must(second_store.requests.get(request.id)).holder == "a"


def test_what_changes_meanwhile_is_due_again(store: Store) -> None:
    request = added(store)
    assert store.requests.due() == [request.id]
    assert store.requests.rest(request, request.expires_at)
    assert store.requests.due() == []
    decide(store, request)
    assert store.requests.due() == [request.id]
    assert not store.requests.rest(request, None)
    assert store.requests.due() == [request.id]
    assert store.requests.rest(must(store.requests.get(request.id)), None)
    assert store.requests.due() == []


def test_the_requester_is_notified_once(store: Store, second_store: Store) -> None:
    request = added(store)
    assert store.requests.mark_notified(request)
    assert not second_store.requests.mark_notified(request)
    assert store.requests.mark_notified(request, notified=False)
    assert second_store.requests.mark_notified(request)


def test_the_payload_and_the_ref_are_sealed_and_survive_a_new_key(store: Store, store_url: str) -> None:
    request = added(store, payload="the-canary")
    (message,) = store.requests.messages(request.id)
    store.requests.keep_message(message.id, ref="the-canary", shown="requested")
    mac_key = store.requests.key()
    with store.connection():
        for table, column in (("request", "payload"), ("request_message", "ref")):
            ((stored,),) = store.database.peewee.execute_sql(f"SELECT {column} FROM {table}").fetchall()
            assert "canary" not in stored
    new = generate_key()
    with open_store(store_url, keys=[new, STORE_KEY]) as both:
        both.rotate_secrets()
    with open_store(store_url, keys=[new]) as rotated:
        assert must(rotated.requests.get(request.id)).payload == "the-canary"
        assert rotated.requests.key() == mac_key


def test_a_payload_that_no_key_opens_is_empty(store: Store) -> None:
    request = added(store)
    other = generate_key()
    sealed = Keyring([other]).seal("foreign")
    with store.connection():
        store.database.peewee.execute_sql(f"UPDATE request SET payload = '{sealed}'")
    assert must(store.requests.get(request.id)).payload == ""


def test_requests_go_with_their_workspace_and_in_the_end(store: Store) -> None:
    place = workspace(store)
    request, other = added(store, workspace=place), added(store, workspace=place)
    assert store.requests.sweep(store.requests.now() + timedelta(days=1)) == 0  # they are waited for
    store.database.run(RequestRow.update(expires_at=store.requests.now() - timedelta(seconds=1)))
    assert store.requests.sweep(store.requests.now() + timedelta(days=1), batch=1) == 2
    assert store.requests.get(request.id) is None
    assert store.requests.messages(other.id) == []
    last = added(store, workspace=place)
    store.workspaces.remove(place)
    assert store.requests.get(last.id) is None


def test_a_mapping_ends_the_request_for_it_in_one_step_with_itself(store: Store) -> None:
    place = workspace(store)
    theirs = added(store, purpose="mapping", workspace=place, chat_user="U0NEW")
    others = [
        added(store, purpose="mapping", workspace=place, chat_user="U0EVE"),
        added(store, purpose="approval", workspace=place, chat_user="U0NEW"),
    ]
    store.users.add(workspace=place, slack_user_id="U0NEW", user=4, username="vera")
    found = must(store.requests.get(theirs.id))
    assert (found.state, found.outcome) == ("void", MAPPED)
    assert [must(store.requests.get(other.id)).state for other in others] == ["requested", "requested"]
    again = added(store, purpose="mapping", workspace=place, chat_user="U0NEW")
    with pytest.raises(Duplicate):
        store.users.add(workspace=place, slack_user_id="U0NEW", user=5, username="gina")
    assert must(store.requests.get(again.id)).state == "requested"


def test_of_a_decision_and_a_mapping_at_once_neither_waits_for_the_other_for_ever(
    store: Store, second_store: Store
) -> None:
    place, said, start = workspace(store), list[str](), threading.Barrier(2)
    request = added(store, purpose="mapping", workspace=place, chat_user="U0NEW")

    def decide_and_map() -> None:
        start.wait()
        with store.transaction():
            if not decide(store, request, "done"):
                said.append("too late")
                return
            store.users.add(workspace=place, slack_user_id="U0NEW", user=4, username="vera")
        said.append("decided")

    def only_map() -> None:
        start.wait()
        try:
            second_store.users.add(workspace=place, slack_user_id="U0NEW", user=5, username="gina")
        except Duplicate:
            said.append("mapped already")
        else:
            said.append("mapped")

    threads = [threading.Thread(target=each) for each in (decide_and_map, only_map)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(said) in ({"decided", "mapped already"}, {"too late", "mapped"})


def test_requests_to_be_mapped_are_counted_by_user_and_workspace(store: Store) -> None:
    place, now = workspace(store), store.requests.now()
    for user, changes in (
        ("U0NEW", {}),
        ("U0NEW", {"created_at": now - timedelta(days=2)}),
        ("U0NEW", {"expires_at": now - timedelta(seconds=1)}),
        ("U0NEW", {"customer": 2}),
        ("U0EVE", {}),
    ):
        added(store, purpose="mapping", workspace=place, chat_user=user, **changes)
    added(store, purpose="approval", workspace=place, chat_user="U0NEW")
    found = store.mapping_requests.asked(place, 1, "U0NEW", now - timedelta(days=1))
    assert (found.waiting, found.lately, found.here) == (2, 3, 3)


def test_a_request_that_was_made_later_than_now_has_expired_because_the_clock_was_set_back(store: Store) -> None:
    now = store.requests.now()
    ahead, a_little = (
        added(store, workspace=place, created_at=now + by, expires_at=now + by + timedelta(minutes=60))
        for place in [workspace(store)]
        for by in (timedelta(hours=1), timedelta(seconds=30))
    )
    assert [found.id for found in store.requests.list(waiting=True)] == [a_little.id]
    assert store.requests.waiting() == {1: [a_little.id]}
    assert not decide(store, ahead)
    assert store.requests.expire(ahead)
    assert not store.requests.expire(a_little)
    assert decide(store, a_little)
