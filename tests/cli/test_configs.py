"""`configs sync`, and what `check` says of the copy."""

from __future__ import annotations

import json

import pytest

from lab.webnet import WebNetLab
from store.database import Store
from tests.cli.conftest import Run

DEVICES = 170


def test_sync_fills_the_copy_and_has_nothing_to_do_then(webnet_run: Run, store: Store) -> None:
    result = webnet_run("configs sync")
    assert "170 of 170 devices were looked at, 170 of them just now; 20 configs can be searched." in result.stdout
    progress = store.configs.progress()
    assert (progress.have, progress.of) == (DEVICES, DEVICES)
    assert "170 of 170 devices were looked at, 0 of them just now" in webnet_run("configs sync").stdout
    assert "170 of them just now" in webnet_run("configs sync --again").stdout


def test_a_terminal_shows_a_bar(webnet_run: Run, environment: dict[str, str]) -> None:
    environment["TTY_COMPATIBLE"] = "1"
    assert "170/170" in webnet_run("configs sync").stderr


def test_what_cannot_be_read_is_reported_and_the_rest_is_kept(webnet_run: Run, webnet: WebNetLab, store: Store) -> None:
    webnet.fault("garbage", prefix="/api/v1/config/devices/5/")
    try:
        result = webnet_run("configs sync", code=1)
    finally:
        webnet.clear_faults()
    assert "1 could not be read" in result.stderr
    assert store.configs.progress().have == DEVICES - 1
    assert "1 of them just now" in webnet_run("configs sync").stdout


def test_a_webnet_that_is_away_is_said(run: Run) -> None:
    assert "WebNet cannot be reached" in run("configs sync", code=1).stderr


def test_the_index_is_compared_and_made_again(webnet_run: Run, store: Store) -> None:
    webnet_run("configs sync")
    assert "The index holds each line" in webnet_run("configs check").stdout
    with store.transaction():
        store.database.peewee.execute_sql("UPDATE config_block SET folded = folded || 'x' WHERE id = 1")
    assert "wrong in the index: `webnet-bot configs rebuild`" in webnet_run("configs check", code=1).stderr
    assert "The index was made again." in webnet_run("configs rebuild").stdout
    assert "The index holds each line" in webnet_run("configs check").stdout


def test_beside_a_bot_that_reads_them_nothing_is_done(webnet_run: Run, store: Store) -> None:
    store.leases.acquire("configs", "a bot", 60)
    assert "Another process reads the configs" in webnet_run("configs sync", code=1).stderr


def test_check_says_how_much_is_copied(webnet_run: Run, store: Store) -> None:
    def finding() -> tuple[str, str]:
        (found,) = [item for item in json.loads(webnet_run("check --json", code=1).stdout) if item["what"] == "configs"]
        return found["outcome"], found["words"]

    assert finding() == ("warn", "Configs of 0 of 0 devices are in the copy that is searched.")
    webnet_run("configs sync")
    outcome, words = finding()
    assert outcome == "pass"
    assert words.startswith("Configs of 170 of 170 devices are in the copy that is searched, 150 of them have none in")
    assert store.configs.forget(5)
    assert finding()[1].startswith("Configs of 169 of 170 devices")
    assert finding()[0] == "warn"


def test_check_shows_the_patterns_of_lines_that_are_no_drift(webnet_run: Run, environment: dict[str, str]) -> None:
    environment["WEBNET_BOT_DRIFT__IGNORE"] = "ios: ^ntp server"
    found = {item["what"]: item["words"] for item in json.loads(webnet_run("check --json", code=1).stdout)}
    assert found["drift"].endswith("these are no drift if they change: ios: ^ntp server.")


def test_a_pattern_that_fits_nearly_everything_is_refused_at_start(run: Run, environment: dict[str, str]) -> None:
    environment["WEBNET_BOT_DRIFT__IGNORE"] = "ios: .*"
    assert "must be a list such as" in run("configs redact", input="hostname a\n", code=2).stderr


@pytest.mark.parametrize(("days", "snapshots"), [("90", 4), ("1", 1)])
def test_sync_reads_as_much_of_what_was_before_as_the_settings_say(
    webnet_run: Run, environment: dict[str, str], store: Store, days: str, snapshots: int
) -> None:
    environment["WEBNET_BOT_CONFIGS__HISTORY_DAYS"] = days
    webnet_run("configs sync")
    assert len(store.configs.history(1, 5)) == snapshots
