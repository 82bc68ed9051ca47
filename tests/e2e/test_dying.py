"""No thread dies unnoticed: its death is found, and ends the process with an error, so that it is started again."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.e2e.process import PYTHON, ROOT, Surroundings, bot_process

OF_HTTP = {"http", "webhook"}
KINDS = {
    *("delivery", "clock", "timers", "side", "command", "sender", "alone", "task", "APScheduler", "sockets"),
    *OF_HTTP,
}


def test_the_death_of_each_thread_is_found(tmp_path: Path) -> None:
    command = [*PYTHON, "-m", "tests.e2e.dying", f"sqlite:///{tmp_path}/store.db"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert set(done.stdout.split()) == KINDS, done.stderr


@pytest.mark.timeout(240)  # a stop whose thread is dead may take the whole of its time
def test_a_thread_that_died_ends_the_process_with_an_error(around: Surroundings) -> None:
    script = Path(__file__).with_name("killing.py")
    with bot_process(around.settings, around.folder, script=script) as bot:
        bot.wait_said("running;")
        (around.folder / "kill").write_text("delivery", encoding="utf-8")
        assert bot.ended(110) == 1
        assert "The thread delivery has died. The bot ends with an error" in bot.said
        assert "stopping: answering what is running" in bot.said
    assert around.store.leases.all_live("") == []
