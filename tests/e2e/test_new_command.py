"""A subcommand is one new file in `handlers`: settings, `check`, help and a run know it from there."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.slack import SlackLab, plain
from lab.webnet import WebNetLab
from store.database import open_store
from tests.conftest import STORE_KEY
from tests.e2e.process import PYTHON, ROOT, Surroundings, bot_process, variables
from tests.e2e.rig import ACK_TIMEOUT_S, add_people, answer, settings_for

REBOOT = """
from bot.core.commands import Command, Role
from bot.core.message import sentence

COMMAND = Command(
    name="reboot",
    summary="Pretend to reboot",
    example="reboot",
    role=Role.viewer,
    visibility="ephemeral",
    run=lambda ctx, arguments: ctx.caller.username,
    view=lambda name: sentence(f"Pretended for {name}"),
)
"""
CONFIG = '[commands.roles]\nreboot = "operator"\n'


@pytest.fixture
def main(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of main.py beside a folder of handlers that has one file more; what else it imports is the project's."""
    program = tmp_path / "program"
    shutil.copytree(ROOT / "handlers", program / "handlers")
    (program / "handlers" / "reboot.py").write_text(REBOOT, encoding="utf-8")
    shutil.copy(ROOT / "main.py", program)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return program / "main.py"


@pytest.fixture
def around(tmp_path: Path) -> Iterator[Surroundings]:
    url = f"sqlite:///{tmp_path}/store.db"
    with (
        WebNetLab() as webnet,
        SlackLab(ack_timeout_s=ACK_TIMEOUT_S) as slack,
        open_store(url, keys=[STORE_KEY]) as store,
    ):
        add_people(store)
        yield Surroundings(slack, webnet, store, settings_for(slack, webnet, url), tmp_path)


def checked(main: Path, around: Surroundings, toml: str, **changes: str) -> subprocess.CompletedProcess[str]:
    file = around.folder / "check.toml"
    file.write_text(toml, encoding="utf-8")
    environment = {**os.environ, **variables(around.settings), **changes}
    line = [*PYTHON, main, "check", "--config", file]
    return subprocess.run(line, env=environment, capture_output=True, text=True, check=False, timeout=110)


def test_a_new_file_can_be_configured_checked_and_run(main: Path, around: Surroundings) -> None:
    found = checked(main, around, CONFIG, WEBNET_BOT_COMMANDS__VISIBILITY_OF__REBOOT="in_channel")
    assert "Every setting can be read." in found.stdout, found.stderr
    with bot_process(around.settings, around.folder, script=main, config=CONFIG) as process:
        process.wait_said("running;")
        around.slack.wait_connected(2)
        shown = answer(around.say("U0OSCAR", "reboot"))
        assert "Pretended for oscar" in plain(shown)
        assert shown.ephemeral_to == "U0OSCAR"  # as the command says
        assert "needs the role operator" in around.ask("U0VERA", "reboot")  # as the settings say, over the command
        assert "reboot" in around.ask("U0OSCAR", "help")
        process.process.terminate()
        assert process.ended() == 0


@pytest.mark.parametrize("name", ["reboto", "_views", "notices"])
def test_a_subcommand_that_is_no_file_is_refused(main: Path, around: Surroundings, name: str) -> None:
    found = checked(main, around, f'[commands.roles]\n{name} = "admin"\n')
    assert found.returncode == 2
    assert f"commands.roles.{name}: there is no such subcommand" in found.stderr
