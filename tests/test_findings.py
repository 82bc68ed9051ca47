"""The scripts of `findings/` as files; what they find needs a package index, and is looked at by hand."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "findings"
SCRIPTS = sorted(FOLDER.glob("*.sh"))


def test_the_table_names_every_script_once_in_order() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", (FOLDER / "README.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert rows == [script.stem for script in SCRIPTS]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_can_be_run_and_stops_at_the_first_failure(script: Path) -> None:
    assert os.access(script, os.X_OK)
    assert "\nset -euo pipefail\n" in script.read_text(encoding="utf-8")
    done = subprocess.run(["bash", "-n", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_installs_exact_versions_from_wherever_pip_is_set_to(script: Path) -> None:
    (words,) = re.findall(r"^.*/pip\" install (.+)$", script.read_text(encoding="utf-8"), flags=re.MULTILINE)
    options, packages = [word for word in words.split() if word[0] == "-"], [w for w in words.split() if w[0] != "-"]
    assert options == ["--quiet", "--disable-pip-version-check"]
    assert packages
    assert [name for name in packages if not re.fullmatch(r"[\w.-]+==[\w.]+", name)] == []
    table = (FOLDER / "README.md").read_text(encoding="utf-8")
    (row,) = [line for line in table.splitlines() if line.startswith(f"| `{script.stem}` ")]
    name, _, version = packages[0].partition("==")
    assert f"{name} {version}" in row


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_prints_version_expectation_and_what_was_seen(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert [word for word in ("VERSION ", "EXPECTED ", "SEEN ", "sys.exit(") if word not in text] == []
