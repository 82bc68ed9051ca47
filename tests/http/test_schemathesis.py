"""The running API against its own OpenAPI document: requests right and wrong are made from it, with every check there is,
by each role. `make faults` does more of the same."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http.conftest import Web, web

# A body that fits the document may be refused all the same, because of what is there: 400 with the field.
CONFIG = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "400", "401", "403", "404"]
"""
ROLES = ("viewer", "operator", "admin")


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[Web]:
    with web(f"sqlite:///{tmp_path}/store.db", socket_mode=False) as running:
        yield running


def run(bot: Web, who: str, folder: Path, *, phases: str, examples: int, seed: int) -> tuple[int, str]:
    """The exit code, and what is said: 0 if nothing failed."""
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG, encoding="utf-8")
    command = [Path(sys.executable).parent / "st", "--config-file", config, "run", f"{bot.url}/openapi.json"]
    command += ["--header", f"Authorization: Bearer {bot.token(who)}", "--checks", "all", "--phases", phases]
    command += [
        "--max-examples",
        str(examples),
        "--seed",
        str(seed),
        "--continue-on-failure",
        "--warnings",
        "off",
        "--no-color",
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=1200)
    return done.returncode, done.stdout + done.stderr


def generated(said: str) -> int:
    found = re.search(r"(\d+) generated", said)
    return int(found[1]) if found else 0


def server_errors(bot: Web) -> float:
    answers = bot.rig.bot.common.metrics.http_answers.family().series
    return sum(series.value for series in answers if series.labels[0].startswith("5"))


@pytest.mark.timeout(900)
def test_the_api_keeps_what_its_document_says(bot: Web, tmp_path: Path) -> None:
    """A share of what `make faults` sends, which is as every role, and in more ways."""
    code, said = run(bot, "admin", tmp_path, phases="examples,coverage", examples=1, seed=1)
    assert code == 0, said[-6000:]
    assert generated(said) > 500, said[-2000:]
    assert server_errors(bot) == 0
