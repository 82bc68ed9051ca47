"""A text is kept sealed under an id that nobody can guess, until it is dropped, swept or pushed out by newer ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from store.database import Store, open_store
from store.models import SealedTextRow
from store.secrets import generate_key
from tests.conftest import STORE_KEY

TEXT = 'interface Gi0/1\r\n description "\0 ü \ud800"\n'


@pytest.fixture
def workspace(store: Store) -> int:
    return added(store, "T0ACME")


def added(store: Store, team: str) -> int:
    row = store.workspaces.add(
        customer=1,
        team_id=team,
        team_name=team,
        bot_user_id="U0BOT",
        bot_token="xoxb-x",
        signing_secret="x",
        app_token=None,
        enabled=True,
    )
    return row.id


def test_a_text_comes_back_as_it_was_and_is_sealed(store: Store, second_store: Store, workspace: int) -> None:
    first, second = (store.sealed_texts.add(workspace, "U0OSCAR", TEXT) for _ in range(2))
    assert first != second
    assert re.fullmatch("[0-9a-f]{32}", first)
    kept = second_store.sealed_texts.get(first)
    assert kept is not None
    assert (kept.workspace, kept.chat_user, kept.text) == (workspace, "U0OSCAR", TEXT)
    assert timedelta(0) <= store.sealed_texts.now() - kept.created_at < timedelta(minutes=1)
    (row, _) = store.database.rows(SealedTextRow.select())
    assert "interface" not in f"{row}{kept}"
    assert "U0OSCAR" not in str(row)


@pytest.mark.parametrize("id", ["", "0" * 32, "x" * 3_000, "\0", "\ud800", "' OR 1=1 --"])
def test_an_id_that_was_not_given_out_finds_nothing(store: Store, workspace: int, id: str) -> None:
    store.sealed_texts.add(workspace, "U0OSCAR", TEXT)
    assert store.sealed_texts.get(id) is None
    assert not store.sealed_texts.drop(id)


def test_what_somebody_wrote_is_never_read_as_what_a_form_is_about(store: Store, workspace: int) -> None:
    value, form = (
        store.sealed_texts.add(workspace, "U0OSCAR", TEXT),
        store.sealed_texts.add(workspace, "U0", TEXT, "form"),
    )
    assert (store.sealed_texts.get(value, "form"), store.sealed_texts.get(form)) == (None, None)
    assert [kept and kept.text for kept in (store.sealed_texts.get(value), store.sealed_texts.get(form, "form"))] == [
        TEXT
    ] * 2


def test_of_several_that_drop_a_text_one_does(store: Store, second_store: Store, workspace: int) -> None:
    kept = store.sealed_texts.add(workspace, "U0OSCAR", TEXT)
    assert [each.sealed_texts.drop(kept) for each in (store, second_store, store)] == [True, False, False]
    assert store.sealed_texts.get(kept) is None


def test_a_sweep_leaves_the_newest_of_each_workspace(store: Store, workspace: int) -> None:
    other = added(store, "T0GLOBEX")
    theirs = [store.sealed_texts.add(workspace, "U0OSCAR", str(number)) for number in range(5)]
    (kept,) = [store.sealed_texts.add(other, "U0BOB", "x")]
    now = store.sealed_texts.now()
    assert store.sealed_texts.sweep(now - timedelta(days=1), most=3, batch=1) == 2
    assert [store.sealed_texts.get(each) is not None for each in (*theirs, kept)] == [
        False,
        False,
        True,
        True,
        True,
        True,
    ]
    assert store.sealed_texts.sweep(now + timedelta(seconds=1)) == 4


@pytest.fixture
def with_another_key(store: Store, store_url: str) -> Iterator[Store]:
    """Opens the store with a newer key, before a rotation, and then without the older one."""
    with open_store(store_url, keys=[generate_key(), STORE_KEY]) as opened:
        yield opened


def test_a_text_is_read_with_any_key_and_gone_without_its_own(
    store: Store, store_url: str, with_another_key: Store, workspace: int
) -> None:
    kept = with_another_key.sealed_texts.add(workspace, "U0OSCAR", TEXT)
    assert with_another_key.sealed_texts.get(kept) is not None
    assert store.sealed_texts.get(kept) is None
