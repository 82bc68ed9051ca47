"""A bot that does not talk to Teams pays nothing for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LOADED = "[name for name in sys.modules if name == 'jwt' or name.startswith('bot.teams')]"


def test_without_teams_nothing_of_it_is_loaded() -> None:
    program = f"import sys, main, bot.app.assemble, bot.app.http_part; print({LOADED})"
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
