"""Is run instead of main.py: the bot as it is, whose threads of one kind are killed as long as a file `kill` names it."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import main
from tests.e2e.dying import kill


def wait() -> None:
    asked = Path("kill")
    while True:
        time.sleep(0.05)
        if asked.exists() and (kind := asked.read_text(encoding="utf-8")):
            kill(kind)


threading.Thread(target=wait, daemon=True).start()
main.main()
