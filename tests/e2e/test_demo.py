"""`demo` and `lab say` as a newcomer uses them: real processes, free ports."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def say(url: str, *words: str) -> tuple[int, str]:
    command = [sys.executable, "main.py", "lab", "say", "--url", url, *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def demo() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "main.py", "demo", "--webnet-port", "0", "--slack-port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout
    with process.stdout:
        for line in process.stdout:
            if found := re.search(r"emulated Slack \((http://[^)]+)\)", line):
                break
        else:
            pytest.fail("the demo ended without a greeting")
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
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    code, said = say(url, "alice", "/webnet help")
    assert code == 1
    assert "main.py demo" in said


def test_a_port_that_is_taken_is_said_in_one_sentence(tmp_path: Path) -> None:
    from lab.slack import SlackLab

    with SlackLab() as slack:
        command = [sys.executable, "main.py", "demo", "--webnet-port", "0", "--slack-port", str(slack.port)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(slack.port) in done.stderr
