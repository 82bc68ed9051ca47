"""Fingerprints beside the hidden places of a stored config: which secrets are the same, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.configs.keeper import SIZE, Keeper
from bot.redaction.own import Own
from bot.redaction.redactor import CHANGED, MARK, RULES_VERSION, Redactor
from bot.webnet.models import Snapshot
from store.backup import backup_store
from store.configs import Config
from store.database import Store, open_store
from store.directory import Device
from store.secrets import generate_key
from tests.conftest import STORE_KEY

NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)
TEXT = "enable secret 0 {}\nsnmp-server community {} RO\nusername a password <redacted>\n"


def snapshot(text: str, device: int = 1) -> Snapshot:
    return Snapshot(id=7, device=device, job=None, created_at=NOW, source="", hash="h", text=text)


@pytest.fixture
def keeper(store: Store) -> Keeper:
    store.directory.put([Device(id=number, customer=1, hostname=f"sw-{number}", enabled=True) for number in (1, 2)])
    return Keeper(store, Redactor())


def kept(store: Store, keeper: Keeper, text: str, device: int = 1) -> Config:
    """The row as the store gives it back."""
    assert store.configs.put(keeper.row(device, 1, snapshot(text, device), NOW))
    row = store.configs.latest(device)
    assert row is not None
    return row


def test_each_hidden_place_has_a_fingerprint_and_one_that_was_hidden_before_has_none(
    store: Store, keeper: Keeper
) -> None:
    row = kept(store, keeper, TEXT.format("ab12cd34", "ab12cd34"))
    first, second, third = row.fingerprints.split(",")
    assert (first, third) == (second, "")
    assert len(bytes.fromhex(first)) == SIZE == 128 // 8
    assert first not in repr(row)
    assert "ab12cd34" not in row.text + row.fingerprints


def test_a_secret_that_changed_alone_is_seen_without_the_clear_text(store: Store, keeper: Keeper) -> None:
    row = kept(store, keeper, TEXT.format("ab12cd34", "ef56gh78"))
    assert keeper.pair(row, snapshot(TEXT.format("ab12cd34", "other910"))) == (
        TEXT.format(MARK, CHANGED),
        TEXT.format(MARK, CHANGED),
    )


def test_a_secret_in_another_line_or_salted_again_is_the_same(store: Store, keeper: Keeper) -> None:
    row = kept(store, keeper, "hostname a\nusername b password 7 094F471A1A0A\n")
    pair = keeper.pair(row, snapshot("banner x\nhostname a\nusername b password 7 060506324F41\n"))
    assert pair is not None
    assert CHANGED not in "".join(pair)


def test_one_secret_has_another_fingerprint_on_another_device_and_in_another_store(
    store: Store, keeper: Keeper, tmp_path: Path
) -> None:
    text = TEXT.format("ab12cd34", "ef56gh78")
    rows = [kept(store, keeper, text, device) for device in (1, 2)]
    with open_store(f"sqlite:///{tmp_path}/other.db", keys=[STORE_KEY]) as other:
        rows.append(Keeper(other, Redactor()).row(1, 1, snapshot(text), NOW))
    assert len({row.fingerprints for row in rows}) == 3


def test_the_key_is_sealed_is_rotated_and_comes_along_with_the_store(
    store: Store, keeper: Keeper, store_url: str, tmp_path: Path
) -> None:
    row = kept(store, keeper, TEXT.format("ab12cd34", "ef56gh78"))
    new = generate_key()
    with open_store(store_url, keys=[new, STORE_KEY]) as both:
        both.rotate_secrets()
    if not store.database.is_postgres:
        backup_store(store_url, tmp_path / "copy.db")
        store_url = f"sqlite:///{tmp_path}/copy.db"
    with open_store(store_url, keys=[new]) as restored:
        again = snapshot(TEXT.format("ab12cd34", "ef56gh78"))
        assert Keeper(restored, Redactor()).row(1, 1, again, NOW, history_due=True) == row


def test_each_change_of_the_settings_has_a_higher_version_and_newer_rules_a_higher_one_still(store: Store) -> None:
    def version(*words: str, rules: int = RULES_VERSION) -> int:
        return Keeper(store, Redactor((), Own(words)), rules).rules

    assert version() == RULES_VERSION
    versions = [version("one"), version("one", "two"), version(), version("one")]
    assert versions == sorted({*versions, RULES_VERSION + 1})
    assert version("one") == versions[-1]
    assert version("other", rules=RULES_VERSION + 1_000_000) > version("another")
    cursor = store.cursors.get("redaction")
    assert cursor is not None
    assert "another" not in cursor.value


def test_what_other_rules_redacted_is_not_compared(store: Store, keeper: Keeper) -> None:
    row = Keeper(store, Redactor(), RULES_VERSION - 1).row(1, 1, snapshot("hostname a\n"), NOW)
    assert keeper.pair(row, snapshot("hostname b\n")) is None
