"""Runs a script whose threads have the names in the kernel that they have in Python, so that the processor time of each can
be read from outside: `python benchmarks/named.py SCRIPT WORDS…`. Python does so by itself from 3.14 on.
"""

from __future__ import annotations

import runpy
import sys
import threading
from pathlib import Path
from typing import Any


def name_this_thread(*_: Any) -> None:
    sys.setprofile(None)  # it has reported the start of the thread, and costs nothing from here on
    comm = Path(f"/proc/self/task/{threading.get_native_id()}/comm")
    comm.write_text(threading.current_thread().name[:15], encoding="utf-8")


if __name__ == "__main__":
    threading.setprofile(name_this_thread)
    sys.argv = sys.argv[1:]
    sys.path[0] = str(Path(sys.argv[0]).parent)
    runpy.run_path(sys.argv[0], run_name="__main__")
