"""`demo` and `lab say` as a newcomer uses them: real processes, free ports."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

import main
from bot.cli.failures import Failed
from bot.settings.table import Settings, WebNet
from bot.settings.table import Store as StoreSettings
from lab.demo import SEED, labs
from lab.webnet import BOT_KEY, WebNetLab
from tests.e2e.rig import wait_until

ROOT = Path(__file__).parents[2]


def say(url: str, *words: str) -> tuple[int, str]:
    command = [sys.executable, "main.py", "lab", "say", "--url", url, *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def demo() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "main.py", "demo", "--webnet-port", "0", "--slack-port", "0", "--teams-port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout
    with process.stdout:
        said = ""
        for line in process.stdout:
            said += line
            if "mention the bot" in line:
                break
        found = re.search(r"emulated Slack \((http://[^)]+)\)", said)
        assert found, said
        yield found[1], process
        if process.poll() is None:
            process.kill()
        process.wait()


def test_commands_are_answered_and_ctrl_c_ends_everything(demo: tuple[str, subprocess.Popen[str]]) -> None:
    url, process = demo
    code, said = say(url, "alice", "/webnet status rtr-fra1-001")
    assert code == 0, said
    assert "10.10.0.1" in said
    assert "[Ping] [Backup]" in said
    code, said = say(url, "mallory", "/webnet help")
    assert "Only visible to you" in said
    assert "not mapped" in said
    code, said = say(url, "oscar", "--click", "Ping")
    assert "Ping of rtr-fra1-001 started: job #163" in said
    code, said = say(url, "oscar", "/webnet backup @pilot")
    assert "Backup of 3 devices started" in said
    assert "1 device was left out: leaf-ams2-010 is disabled in WebNet." in said
    code, said = say(url, "oscar", "/webnet backup @core-routers")
    assert "backup of 6 devices waits for a second person" in said
    code, said = say(url, "alice", "--click", "Approve")
    assert "was approved by alice-admin" in said
    notice_in_teams_too(url)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    code, said = say(url, "alice", "/webnet help")
    assert code == 1
    assert "main.py demo" in said


def notice_in_teams_too(url: str) -> None:
    """The page of each chat leads to the other one, and what Oscar did in Slack is noticed in Teams, too."""
    teams = requests.get(f"{url}/_page/state", timeout=60).json()["teams_page"]

    def state() -> dict[str, Any]:
        found: dict[str, Any] = requests.get(f"{teams}/_page/state", timeout=60).json()
        return found

    assert state()["slack"] == url
    assert "--side" in requests.get(f"{teams}/page/style.css", timeout=60).text
    wait_until(lambda: "#163" in str(state()["messages"]), "the notice in Teams")


def test_a_demo_without_the_extra_has_no_teams_and_says_so() -> None:
    with labs(0, 0, None, "webnet-bot") as demo:
        assert demo.seeds == [SEED]
        assert "pip install 'webnet-bot[http,teams]'" in demo.greeting
        assert not any("TEAMS" in name for name in demo.variables)


def test_a_seed_file_that_is_wrong_ends_the_start_with_what_is_wrong(tmp_path: Path) -> None:
    seed, store = tmp_path / "seed.toml", tmp_path / "store.db"
    seed.write_text(
        SEED.read_text(encoding="utf-8").replace('bot_user_id = "U0BOT"', 'bot_user_id = "bot"'), encoding="utf-8"
    )
    with WebNetLab() as webnet:
        settings = replace(
            Settings(), webnet=WebNet(url=webnet.url, api_key=BOT_KEY), store=StoreSettings(url=f"sqlite:///{store}")
        )
        with pytest.raises(Failed, match=r"workspaces\[1\]\.bot_user_id: 'bot' is not a Slack user id"):
            main.seed(settings, seed)
    assert not store.exists()


def test_a_port_that_is_taken_is_said_in_one_sentence(tmp_path: Path) -> None:
    from lab.slack import SlackLab

    with SlackLab() as slack:
        command = [sys.executable, "main.py", "demo", "--webnet-port", "0", "--slack-port", str(slack.port)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(slack.port) in done.stderr
