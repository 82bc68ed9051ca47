"""The command line against a real store, and the simulated WebNet where a user is looked up."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer.main
import typer.testing
from typer.testing import CliRunner, Result

from bot.cli import app
from lab.webnet import BOT_KEY, WebNetLab
from store.database import Store, open_store
from tests.conftest import STORE_KEY

Run = Callable[..., Result]

# Typer makes its commands again for each call, which takes as long as the call itself.
typer.testing._get_command = functools.cache(typer.main.get_command)  # type: ignore[attr-defined]

SECRETS = {"BOT_TOKEN": "xoxb-krakatoa-bot", "SIGNING_SECRET": "krakatoa-signing", "APP_TOKEN": "xapp-krakatoa-app"}
FROM_ENV = ["--bot-token-env", "BOT_TOKEN", "--signing-secret-env", "SIGNING_SECRET"]


@pytest.fixture(scope="session")
def webnet() -> Iterator[WebNetLab]:
    with WebNetLab() as lab:
        yield lab


@pytest.fixture
def store_url(tmp_path: Path, migrated_file: Path) -> str:
    """These commands are the same on both databases, whose differences tests/store covers."""
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path)}"


@pytest.fixture
def environment(store_url: str) -> dict[str, str]:
    return {
        "WEBNET_BOT_STORE__URL": store_url,
        "WEBNET_BOT_STORE__ENCRYPTION_KEYS": STORE_KEY,
        "WEBNET_BOT_SLACK__API_URL": "http://127.0.0.1:1",
        "WEBNET_BOT_WEBNET__URL": "http://127.0.0.1:1",
        "WEBNET_BOT_WEBNET__API_KEY": BOT_KEY,
        **SECRETS,
    }


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text("")
    return path


@pytest.fixture
def run(environment: dict[str, str], config: Path) -> Run:
    """`run("workspace list", input="…")`: nothing it prints may hold a secret."""

    def call(line: str | list[str], input: str | None = None, code: int = 0) -> Result:
        words = line.split() if isinstance(line, str) else line
        result = CliRunner().invoke(app, [*words, "--config", str(config)], input=input, env=environment)
        assert result.exit_code == code, (result.output, result.exception)
        assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
        assert "krakatoa" not in result.output
        assert "Traceback" not in result.output
        return result

    return call


@pytest.fixture
def webnet_run(environment: dict[str, str], run: Run, webnet: WebNetLab) -> Run:
    environment["WEBNET_BOT_WEBNET__URL"] = webnet.url
    return run


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with open_store(store_url, keys=[STORE_KEY]) as opened:
        yield opened


@pytest.fixture
def acme(run: Run) -> None:
    run(["workspace", "add", "T0ACME", "--name", "Acme", "--customer", "1", "--bot-user", "U0BOT", *FROM_ENV])
