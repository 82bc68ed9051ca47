"""What ends a command ends it with a sentence: no traceback, no secret, no words of a library where we have our own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import main
from bot.cli.console import Console
from bot.cli.failures import errors_reported
from store.secrets import generate_key
from tests.cli.conftest import FROM_ENV, SECRETS, Run
from tests.conftest import STORE_KEY
from tests.test_project import ROOT

assert main.demo_command.__name__ == "demo_command"  # the import gives the command line its `demo` and `lab`


def program(folder: Path, *words: str, code: int = 0, **variables: str) -> str:
    """What the program prints in a folder, with no variable of ours but these, and no terminal."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WEBNET_BOT_")}
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        cwd=folder,
        env=kept | variables,
        timeout=60,
        start_new_session=True,
    )
    assert done.returncode == code, done.stdout
    assert "Traceback" not in done.stdout
    return done.stdout


def test_a_new_terminal_needs_no_variables_where_a_file_of_them_lies_beside_the_settings(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"WEBNET_BOT_STORE__ENCRYPTION_KEYS={STORE_KEY}\n")
    assert "No workspace yet" in program(tmp_path, "workspace", "list")
    other = {"WEBNET_BOT_STORE__ENCRYPTION_KEYS": generate_key()}
    assert "None of store.encryption_keys" in program(tmp_path, "workspace", "list", code=1, **other)
    (tmp_path / ".env").unlink()
    said = program(tmp_path, "workspace", "list", code=1)
    assert "key generate" not in said
    assert "or load what does, such as `.env`" in said


def test_a_broken_file_of_variables_is_named_with_the_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("xoxb-krakatoa\n")
    said = program(tmp_path, "workspace", "list", code=2)
    assert said == ".env: line 1 is neither a comment nor NAME=value\n"


def test_without_a_terminal_the_option_is_named(tmp_path: Path) -> None:
    key = {"WEBNET_BOT_STORE__ENCRYPTION_KEYS": STORE_KEY, **SECRETS}
    add = ("workspace", "add", "T0ACME", "--name", "Acme", "--customer", "1", "--bot-user", "U0BOT")
    said = program(tmp_path, *add, code=2, **key)
    assert "name --bot-token-file FILE or --bot-token-env NAME" in said
    program(tmp_path, *add, *FROM_ENV, **key)
    said = program(tmp_path, "workspace", "remove", "T0ACME", code=1, **key)
    assert "There is no terminal to ask on, so nothing was changed: name --yes." in said
    assert "Aborted" not in said


def test_what_needs_webnet_says_which_address_and_which_key_it_has(run: Run, environment: dict[str, str]) -> None:
    run(["workspace", "add", "T0ACME", "--name", "Acme", "--customer", "1", "--bot-user", "U0BOT", *FROM_ENV])
    line = "user map T0ACME U0ALICE alice-admin"
    said = run(line, code=1).stderr
    assert said.startswith("WebNet at http://127.0.0.1:1 (`webnet.url`): WebNet cannot be reached")
    environment["WEBNET_BOT_WEBNET__API_KEY"] = ""
    assert run(line, code=1).stderr.startswith("webnet.api_key is empty: set it, or WEBNET_BOT_WEBNET__API_KEY")


def test_a_secret_in_the_wrong_place_is_not_repeated(run: Run) -> None:
    for words in (
        ["workspace", "show", "T1", "xoxb-1-krakatoa"],
        ["workspace", "add", "xoxb-1-krakatoa"],
        ["channel", "add", "T0ACME", STORE_KEY],
        ["xapp-1-krakatoa"],
        ["--token=xapp-1-krakatoa"],
    ):
        said = run(words, code=2).stderr
        assert STORE_KEY not in said
    assert "is not a team id such as T0123456789" in run(["workspace", "add", "xoxb-1-krakatoa"], code=2).stderr


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (ValueError("no such thing as krakatoa-key"), "This was not foreseen: ValueError in test_errors.py, line "),
        (RuntimeError("postgresql://bot:krakatoa@db/bot is away"), "postgresql://bot:<redacted>@db/bot is away"),
        (RuntimeError({"password": "krakatoa"}), "Please report it with the command that you ran."),
        (OSError(28, "No space left on device", "/var/x"), "/var/x: No space left on device."),
        (OSError(98, "Address already in use"), "Address already in use."),
    ],
)
def test_an_error_that_nobody_foresaw_is_a_sentence_without_secrets(
    error: Exception, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    console = Console(Path("config.toml"), {"SOME_API_KEY": "krakatoa-key"})
    with pytest.raises(typer.Exit) as ended, errors_reported(console.redactor):
        raise error
    said = capsys.readouterr().err
    assert ended.value.exit_code == 1
    assert says in said
    assert "krakatoa" not in said


@pytest.mark.parametrize(
    "words",
    [("demo", "--webnet-port"), ("demo", "--slack-port"), ("lab", "webnet", "--port"), ("lab", "slack", "--port")],
)
def test_a_port_that_is_taken_or_is_none_is_named_with_the_option(run: Run, words: tuple[str, ...]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        others = {"--webnet-port": ["--slack-port", "0"], "--slack-port": ["--webnet-port", "0"]}.get(words[-1], [])
        said = run([*words, str(port), *others], code=1).stderr
    assert said.startswith(f"{words[-1]} {port}: Address already in use. Another demo may run")
    assert "must be at most 65535" in run([*words, "99999"], code=2).stderr
