"""A card is claimed by one replica, refused after its claim has ended, and removed in the end."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from store.cards import Card
from store.database import Store, open_store
from store.models import CardRow
from store.secrets import generate_key
from tests.cards import open_cards
from tests.conftest import STORE_KEY

REF = "a ref with the secret-of-the-ref"


def workspace(store: Store, team: str = "T0ACME") -> int:
    tokens = {"bot_token": "xoxb-1", "signing_secret": "s", "bot_user_id": "U0BOT"}
    return store.workspaces.add(customer=1, team_id=team, team_name=team, **tokens).id


def opened(store: Store, place: int, **changes: Any) -> Card:
    values = {
        "workspace": place,
        "customer": 1,
        "job_id": 171,
        "what": "ping",
        "device_name": "rtr-fra1-001",
        "channel_id": "C0NOC",
        "chat_user": "U0OSCAR",
        "chat_user_name": "oscar",
        "ephemeral": False,
        "ref": REF,
        "holder": "a",
        "ttl_s": 60,
    }
    return store.cards.open(**values | changes)


def must(card: Card | None) -> Card:
    assert card is not None
    return card


def test_a_new_card_is_claimed_by_whoever_opened_it_and_then_due(store: Store, second_store: Store) -> None:
    card = opened(store, workspace(store))
    assert second_store.cards.claim("b", 60) is None
    assert store.cards.let_go(card, 0, ref="1.1", shown="queued")
    taken = must(second_store.cards.claim("b", 60))
    assert (taken.id, taken.ref, taken.shown) == (card.id, "1.1", "queued")
    assert store.cards.claim("a", 60) is None
    assert second_store.cards.let_go(taken, 60)
    assert store.cards.claim("a", 60) is None


def test_a_card_whose_claim_ended_is_claimed_again_and_its_holder_writes_nothing_more(
    store: Store, second_store: Store
) -> None:
    card = opened(store, workspace(store), ttl_s=0)
    taken = must(second_store.cards.claim("b", 60))
    assert taken.fence > card.fence
    assert not store.cards.keep(card, shown="old")
    assert not store.cards.let_go(card, 0)
    assert not store.cards.end(card, "told")
    store.cards.drop(card)
    assert second_store.cards.keep(taken, shown="new")


def test_an_ended_card_is_never_due_again_and_keeps_no_ref(store: Store) -> None:
    card = opened(store, workspace(store))
    assert store.cards.end(card, "told")
    assert not store.cards.let_go(card, 0)
    assert store.cards.claim("a", 60) is None
    ((ref,),) = store.database.tuples(CardRow.select(CardRow.ref))
    assert ref is None


def test_a_ref_that_an_older_version_wrote_in_plain_is_read(store: Store) -> None:
    card = opened(store, workspace(store), ref="", ttl_s=0)
    store.database.run(CardRow.update(ts="1.1").where(CardRow.id == card.id))
    assert must(store.cards.claim("a", 60)).ref == "1.1"


def test_channels_are_those_where_everybody_reads_the_card(store: Store) -> None:
    acme, globex = workspace(store), workspace(store, "T0GLOBEX")
    opened(store, acme)
    opened(store, globex, channel_id="C0GX")
    opened(store, acme, channel_id="C0SECRET", ephemeral=True)
    opened(store, acme, channel_id="C0OTHER", job_id=172)
    told = opened(store, acme, channel_id="C0TOLD")
    store.cards.end(told, "told")
    gone = opened(store, acme, channel_id="C0GONE")
    store.cards.end(gone, "given_up")
    assert store.cards.channels_of(171) == {(acme, "C0NOC"), (globex, "C0GX"), (acme, "C0TOLD")}
    assert store.cards.channels_of(1) == frozenset()


def test_what_dead_processes_held_is_free_at_the_start_and_cards_go_with_their_workspace(store: Store) -> None:
    place = workspace(store)
    opened(store, place)
    store.cards.release_all()
    assert store.cards.claim("b", 60) is not None
    assert open_cards(store) == 1
    store.workspaces.remove(place)
    assert open_cards(store) == 0


def test_old_cards_are_swept_in_batches(store: Store) -> None:
    place = workspace(store)
    for number in range(25):
        store.cards.end(opened(store, place, job_id=number), "told")
    assert store.cards.sweep(datetime.now(UTC) - timedelta(hours=1)) == 0
    assert store.cards.sweep(datetime.now(UTC) + timedelta(hours=1), batch=10) == 25


def test_a_ref_is_sealed_and_one_that_no_key_opens_is_gone(tmp_path: Path) -> None:
    url, new = f"sqlite:///{tmp_path}/store.db", generate_key()
    with open_store(url, keys=[STORE_KEY]) as store:
        store.cards.let_go(opened(store, workspace(store)), 0, ref=REF)
    assert b"secret-of-the-ref" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    with open_store(url, keys=[new, STORE_KEY]) as store:
        store.rotate_secrets()
        assert must(store.cards.claim("a", 0)).ref == REF
    with open_store(url, keys=[new]) as store:
        assert must(store.cards.claim("a", 0)).ref == ""


def test_of_many_threads_in_two_replicas_each_card_goes_to_one(store: Store, second_store: Store) -> None:
    place = workspace(store)
    for number in range(30):
        store.cards.let_go(opened(store, place, job_id=number), 0)
    taken: list[int] = []
    start = threading.Barrier(4)

    def race(replica: Store) -> None:
        start.wait()
        while card := replica.cards.claim("me", 60):
            taken.append(card.job_id)

    threads = [threading.Thread(target=race, args=(replica,)) for replica in (store, second_store) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(30))
