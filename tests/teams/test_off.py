"""A bot that does not talk to Teams loads nothing of it, and one that does pays little: by the time of its processor, and by its memory."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import STORE_KEY

MOST_S, MOST_MIB = 0.2, 15.0  # beside the same bot without Teams
PROGRAM = f"""
import json, sys, time
from dataclasses import replace
from pathlib import Path
import main
from bot.redaction.redactor import Redactor
from bot.settings.table import Http, Settings, Store, Teams
from store.database import open_store

def mib():
    return int(Path("/proc/self/statm").read_text().split()[1]) / 256

store = Store(url=f"sqlite:///{{sys.argv[1]}}", encryption_keys=({STORE_KEY!r},))
off = replace(Settings(), http=Http(enabled=True), store=store)
with open_store(store.url, keys=store.encryption_keys) as opened:
    main.build(off, opened, Redactor(())).stop()
    loaded = [name for name in sys.modules if name == "jwt" or name.startswith("bot.teams")]
    began, held = time.process_time(), mib()
    main.build(replace(off, teams=Teams(enabled=True)), opened, Redactor(())).stop()
    print(json.dumps([loaded, time.process_time() - began, mib() - held, "jwt" in sys.modules]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_without_teams_nothing_of_it_is_loaded_and_with_it_little_is_added(tmp_path: Path, migrated_file: Path) -> None:
    file = shutil.copy(migrated_file, tmp_path / "store.db")
    command = [sys.executable, "-c", PROGRAM, str(file)]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=60, check=True
    )
    loaded, took_s, took_mib, with_it = json.loads(done.stdout)
    assert (loaded, with_it) == ([], True)
    assert took_s < MOST_S, took_s
    assert took_mib < MOST_MIB, took_mib
