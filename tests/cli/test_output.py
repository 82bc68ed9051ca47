"""What is printed for people on a terminal, and for programs in a pipe."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path
from typing import get_args

import pytest

import main
from bot.cli.audit import STATUSES
from bot.core.audit import Status
from store.audit import AuditRow
from store.database import Store
from tests.cli.conftest import Run
from tests.test_project import ROOT

assert main.config_command.__name__ == "config_command"  # the import gives the command line its `config`
HEADINGS = ["#", "Time", "(UTC)", "Workspace", "Who", "Command", "Device", "Status", "Job", "Answer"]

pytestmark = pytest.mark.usefixtures("acme")


@pytest.fixture
def row(store: Store) -> AuditRow:
    written = AuditRow(
        team_id="T0ACME", status="success", command="ping", text="ping rtr-1", device=4, device_name="rtr-1"
    )
    store.audit.write(written)
    return written


def on_terminal(environment: dict[str, str], config: Path, columns: int, *words: str, **more: str) -> str:
    """What the program writes to a terminal of so many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "NO_COLOR", "TERM"}}
    program = [sys.executable, str(ROOT / "main.py"), *words, "--config", str(config)]
    process = subprocess.Popen(program, stdout=theirs, env=kept | environment | {"TERM": "xterm", **more})
    os.close(theirs)
    written = b""
    try:
        while piece := os.read(ours, 65536):
            written += piece
    except OSError:  # how Linux says that nobody writes there any more
        pass
    finally:
        os.close(ours)
    assert process.wait(timeout=60) == 0
    return written.decode().replace("\r\n", "\n")


def test_a_narrow_terminal_gets_a_paragraph_for_each_row(
    environment: dict[str, str], config: Path, row: AuditRow, store: Store
) -> None:
    store.audit.write(AuditRow(team_id="T0ACME", status="denied", text="ack 9"))
    shown = on_terminal(environment, config, 60, "audit", "list", NO_COLOR="1")
    first, second = shown.strip().split("\n\n")
    assert first.startswith("#: 2\nTime (UTC): ")
    assert "\nDevice: rtr-1\n" in second
    assert "Job" not in second, "what is empty needs no line"
    assert "\x1b" not in shown
    wide = on_terminal(environment, config, 60, "workspace", "list").splitlines()
    assert "\x1b[1m" in wide[0], "with colours allowed, headings are bold"


def test_a_wide_terminal_and_a_pipe_get_a_table(
    run: Run, environment: dict[str, str], config: Path, row: AuditRow
) -> None:
    for shown in (on_terminal(environment, config, 160, "audit", "list", NO_COLOR="1"), run("audit list").stdout):
        heading, _, line = shown.splitlines()
        assert heading.split() == HEADINGS
        assert "rtr-1" in line
        assert "\x1b" not in shown


def test_times_of_json_can_be_read_by_jq(run: Run, row: AuditRow) -> None:
    readable = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")  # the one shape that its fromdate knows
    (written,) = json.loads(run("audit list --json").stdout)
    (exported,) = map(json.loads, run("audit export --format jsonl").stdout.splitlines())
    (workspace,) = json.loads(run("workspace list --json").stdout)
    for time in (written["created_at"], exported["created_at"], workspace["updated_at"]):
        assert readable.fullmatch(time)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--limit many", "must be a number"),
        ("--limit 0", "must be at least 1"),
        ("--status nonsense", "'nonsense' is not one of success, failed, denied, usage"),
        ("--command bakcup", "there is no subcommand bakcup; did you mean backup?"),
        ("--workspace acme", "is not a team id such as T0123456789"),
        ("--user alice", "is not a Slack user id such as U0123456789"),
    ],
)
def test_a_filter_that_fits_nothing_that_exists_is_wrong_usage(run: Run, words: str, says: str) -> None:
    assert says in run(f"audit list {words}", code=2).stderr
    assert "No command matches." in run("audit list --status denied --command ping").stdout


def test_the_statuses_are_those_of_the_audit_log() -> None:
    assert get_args(Status) == STATUSES


def test_the_version_is_that_of_the_project(run: Run) -> None:
    done = subprocess.run(
        [sys.executable, "main.py", "--version"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert f'version = "{done.stdout.removeprefix("webnet-bot ").strip()}"' in (ROOT / "pyproject.toml").read_text()


def test_the_settings_that_come_with_the_program_can_be_printed(run: Run) -> None:
    assert run("config").stdout == (ROOT / "config.toml").read_text(encoding="utf-8")
