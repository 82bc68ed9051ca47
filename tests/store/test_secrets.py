"""Secrets at rest: nothing readable in the database, keys can be changed, a wrong key is an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from store.database import Store, migrate_store, open_store
from store.errors import CannotDecrypt, KeyMissing
from store.models import MODELS, SlackWorkspace
from store.secrets import Keyring, Sealed, generate_key
from store.workspaces import Workspace
from tests.conftest import STORE_KEY

CANARIES: dict[str, Any] = {
    "bot_token": "xoxb-krakatoa-bot",
    "signing_secret": "krakatoa-signing",
    "app_token": "xapp-krakatoa-app",
}


def add(store: Store, team_id: str = "T0ACME") -> Workspace:
    return store.workspaces.add(customer=1, team_id=team_id, team_name="Acme", bot_user_id="U0BOT", **CANARIES)


def dump(store: Store, url: str) -> bytes:
    """Returns every value that the database holds."""
    if not store.database.is_postgres:
        path = Path(url.removeprefix("sqlite:///"))
        return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    with psycopg.connect(store.database.url.conninfo) as connection:
        tables = [sql.Identifier(model._meta.table_name) for model in MODELS]
        rows = [connection.execute(sql.SQL("SELECT t::text FROM {} t").format(table)).fetchall() for table in tables]
    return repr(rows).encode()


def test_secrets_come_back_but_stand_nowhere_in_the_database(store: Store, store_url: str) -> None:
    workspace = add(store)
    found = store.workspaces.by_team("T0ACME")
    assert found == workspace
    assert found is not None
    assert {name: getattr(found, name) for name in CANARIES} == CANARIES
    store.workspaces.update(workspace.id, bot_token="xoxb-krakatoa-second")
    content = dump(store, store_url)
    assert b"T0ACME" in content
    assert b"krakatoa" not in content


def test_secrets_do_not_show_when_a_workspace_is_printed(store: Store) -> None:
    workspace = add(store)
    assert "krakatoa" not in repr(workspace) + str(workspace) + repr(store) + repr(store.workspaces)


def test_a_column_for_secrets_refuses_plain_text(store: Store) -> None:
    with pytest.raises(TypeError):
        store.database.run(SlackWorkspace.update(bot_token="xoxb-plain"))


def test_another_key_cannot_open_the_store(store: Store, store_url: str) -> None:
    add(store)
    with pytest.raises(CannotDecrypt, match=r"None of store\.encryption_keys"):
        open_store(store_url, keys=[generate_key()])


def test_what_is_no_key_opens_nothing(store_url: str) -> None:
    with pytest.raises(KeyMissing, match="Key 2"):
        open_store(store_url, keys=[STORE_KEY, "short"])


def test_a_new_key_is_advised_only_where_nothing_was_sealed(store_url: str) -> None:
    def says() -> str:
        with pytest.raises(KeyMissing) as missing:
            open_store(store_url, keys=[])
        return missing.value.words

    assert "key generate" in says()
    migrate_store(store_url)
    assert says().startswith("store.encryption_keys is empty: make a key with `webnet-bot key generate`")
    with open_store(store_url, keys=[STORE_KEY]):
        pass
    assert "key generate" not in says()
    assert "the key that it was made with, or load what does, such as `.env`. No new key opens them." in says()


def test_a_single_foreign_secret_is_found_and_named(store: Store) -> None:
    workspace = add(store)
    store.check_secrets()
    foreign = Keyring([generate_key()]).seal("xoxb-of-another-store")
    store.database.run(SlackWorkspace.update(bot_token=foreign).where(SlackWorkspace.id == workspace.id))
    with pytest.raises(CannotDecrypt, match="bot token of workspace T0ACME"):
        store.check_secrets()


def test_after_rotation_the_new_key_alone_opens_everything(store: Store, store_url: str) -> None:
    for number in range(7):
        add(store, f"T{number}")
    new = generate_key()
    with open_store(store_url, keys=[new, STORE_KEY]) as both:
        assert both.rotate_secrets(batch=3) == 7 * 3 + 1
        assert both.rotate_secrets(batch=3) == 0
    with open_store(store_url, keys=[new]) as rotated:
        rotated.check_secrets()
        assert [workspace.bot_token for workspace in rotated.workspaces.list()] == ["xoxb-krakatoa-bot"] * 7
    with pytest.raises(CannotDecrypt):
        open_store(store_url, keys=[STORE_KEY])


def test_rotation_goes_on_where_it_was_stopped(store: Store, store_url: str) -> None:
    for number in range(4):
        add(store, f"T{number}")
    new = generate_key()
    with open_store(store_url, keys=[new, STORE_KEY]) as both:
        both.workspaces.update(1, bot_token="xoxb-new", signing_secret="new", app_token="xapp-new")
        assert both.rotate_secrets() == 3 * 3 + 1


def test_any_text_can_be_sealed() -> None:
    keyring = Keyring([STORE_KEY])
    text = "é\0\ud800😀"
    assert keyring.open(keyring.seal(text), "text") == text
    assert repr(keyring.seal(text)) == "<sealed>"
    assert isinstance(keyring.seal(text), Sealed)
