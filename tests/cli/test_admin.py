"""`audit`, `db`, `key`, and what holds for every command."""

from __future__ import annotations

import csv
import io
import json
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from store.audit import AuditRow
from store.database import Store, open_store
from store.lock import RunLock
from store.secrets import generate_key
from tests.cli.conftest import Run
from tests.conftest import STORE_KEY

ROOT = Path(__file__).parents[2]
NOW = datetime.now(UTC)


@pytest.fixture
def rows(store: Store) -> None:
    store.audit.write(AuditRow(status="success", team_id="T1", text="status sw1", command="status", created_at=NOW))
    store.audit.write(
        AuditRow(
            status="denied",
            team_id="T2",
            slack_user_id="U1",
            command="backup",
            text='=HYPERLINK("http://x")',
            response="no\x1b[31m\nsecond line",
            created_at=NOW - timedelta(days=2),
        )
    )


@pytest.mark.usefixtures("rows")
def test_the_audit_log_is_listed_newest_first_with_filters_and_pages(run: Run) -> None:
    def ids(line: str) -> list[int]:
        return [row["id"] for row in json.loads(run(f"audit list --json {line}").stdout)]

    assert ids("") == [2, 1]
    assert ids("--workspace T2") == ids("--user U1") == ids("--status denied --command backup") == [2]
    assert ids("--since 24h") == [1]
    assert ids(f"--until {(NOW - timedelta(days=1)).date().isoformat()}") == [2]
    assert ids("--limit 1") == [2]
    assert ids("--before 2") == [1]
    listed = run("audit list --limit 1")
    assert "--before 2" in listed.stderr
    assert "\x1b" not in run("audit list").stdout
    assert "No command matches" in run("audit list --device 7").stdout
    assert "neither a time" in run("audit list --since yesterday", code=2).stderr


@pytest.mark.usefixtures("rows")
def test_a_csv_export_has_no_formulas_and_no_control_characters(run: Run, tmp_path: Path) -> None:
    text = run("audit export").stdout
    newest, _ = list(csv.DictReader(io.StringIO(text)))
    assert newest["text"] == '\'=HYPERLINK("http://x")'
    assert newest["response"] == "no\\x1b[31m\nsecond line"
    assert (newest["job_id"], newest["delivered"]) == ("", "False")
    target = tmp_path / "audit.csv"
    assert "Wrote 2 rows" in run(["audit", "export", "--output", str(target)]).stdout
    assert target.read_text().splitlines() == text.splitlines()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert "left alone" in run(["audit", "export", "--output", str(target)], code=1).stderr


@pytest.mark.usefixtures("rows")
def test_json_lines_hold_what_was_stored(run: Run) -> None:
    lines = run("audit export --format jsonl --since 30d").stdout.splitlines()
    assert [json.loads(line)["response"] for line in lines] == ["no\x1b[31m\nsecond line", ""]
    assert json.loads(lines[0])["created_at"].endswith("Z")


def test_db_migrate_applies_what_is_pending(run: Run, tmp_path: Path) -> None:
    (tmp_path / "store.db").unlink()
    assert "0001_initial" in run("db migrate").stdout
    assert "up to date" in run("db migrate").stdout


def test_a_postgresql_store_is_migrated_on_demand_and_backed_up_by_its_own_tools(
    run: Run, environment: dict[str, str], postgres_url: str, tmp_path: Path
) -> None:
    environment["WEBNET_BOT_STORE__URL"] = postgres_url
    assert "run `webnet-bot db migrate` first" in run("workspace list", code=1).stderr
    assert "0001_initial" in run("db migrate").stdout
    assert "No workspace yet" in run("workspace list").stdout
    assert "pg_dump" in run(["db", "backup", str(tmp_path / "new")], code=1).stderr


def test_db_backup_and_restore(run: Run, store_url: str, tmp_path: Path) -> None:
    with open_store(store_url, keys=[STORE_KEY]) as store:
        store.cursors.put("x", "1")
    backup = tmp_path / "backup.db"
    run(["db", "backup", str(backup)])
    assert "left alone" in run(["db", "backup", str(backup)], code=1).stderr
    assert "Nothing was changed" in run(["db", "restore", str(backup)], input="n\n", code=1).stderr
    with RunLock(store_url):
        assert "stop it first" in run(["db", "restore", str(backup), "--yes"], code=1).stderr
    assert "Restored" in run(["db", "restore", str(backup), "--yes"]).stdout


def test_a_key_is_generated_without_any_settings() -> None:
    result = CliRunner().invoke(app, ["key", "generate", "--config", "/does/not/exist"])
    assert result.exit_code == 0
    assert len(result.stdout.strip()) == 44


@pytest.mark.usefixtures("acme")
def test_keys_are_rotated(run: Run, environment: dict[str, str], store_url: str) -> None:
    new = generate_key()
    environment["WEBNET_BOT_STORE__ENCRYPTION_KEYS"] = f"{new},{STORE_KEY}"
    assert "3 values" in run("key rotate").stdout
    with open_store(store_url, keys=[new]) as store:
        store.check_secrets()


def test_without_a_key_or_with_another_one_the_remedy_is_named(
    run: Run, environment: dict[str, str], store: Store
) -> None:
    assert store.workspaces.list() == []
    environment["WEBNET_BOT_STORE__ENCRYPTION_KEYS"] = ""
    said = run("workspace list", code=1).stderr
    assert f"the store {store.shown_url} has secrets" in said
    assert "key generate" not in said
    environment["WEBNET_BOT_STORE__ENCRYPTION_KEYS"] = generate_key()
    assert "None of store.encryption_keys" in run("workspace list", code=1).stderr


def test_wrong_settings_are_all_reported_with_exit_code_2(run: Run, config: Path) -> None:
    config.write_text("[stor]\n[webnet]\ntimeout_s = 'x'\n")
    lines = run("workspace list", code=2).stderr.splitlines()
    assert len(lines) == 2
    assert run("workspace list", code=2).stdout == ""


def test_config_may_stand_before_or_after_the_command(
    environment: dict[str, str], config: Path, tmp_path: Path
) -> None:
    for words in (["--config", str(config), "workspace", "list"], ["workspace", "list", "--config", str(config)]):
        assert CliRunner().invoke(app, words, env=environment).exit_code == 0
    missing = str(tmp_path / "missing.toml")
    for words in (
        ["--config", missing, "workspace", "list"],
        ["--config", str(config), "workspace", "list", "--config", missing],
    ):
        result = CliRunner().invoke(app, words, env=environment)
        assert result.exit_code == 2
        assert "missing.toml" in result.stderr


def commands() -> list[list[str]]:
    import typer.main

    def walk(group: object, path: list[str]) -> list[list[str]]:
        inner = getattr(group, "commands", None)
        if inner is None:
            return [path]
        return [found for name, command in inner.items() for found in walk(command, [*path, name])]

    return walk(typer.main.get_command(app), [])


@pytest.mark.parametrize("path", commands(), ids=" ".join)
def test_every_command_has_help_with_an_example_and_takes_config(path: list[str]) -> None:
    result = CliRunner().invoke(app, [*path, "--help"], terminal_width=200)
    assert result.exit_code == 0
    assert f"Example: webnet-bot {' '.join(path)}" in result.stdout
    assert "--config" in result.stdout


def test_a_usage_error_goes_to_standard_error() -> None:
    result = CliRunner().invoke(app, ["workspace", "show"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "TEAM" in result.stderr


def test_the_modules_of_the_command_line_import_nothing_heavy() -> None:
    heavy = {"peewee", "cryptography", "requests", "rich", "slack_sdk", "slack_bolt", "aiohttp", "rapidfuzz", "psycopg"}
    program = f"import sys, bot.cli; print(sorted({heavy!r} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert result.stdout.strip() == "[]"
