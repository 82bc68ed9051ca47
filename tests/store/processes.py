"""Starts other processes on the same store."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HOLD_THE_LOCK = "import sys, time; from store.lock import RunLock; RunLock(sys.argv[1]).acquire(); print(flush=True); time.sleep(60)"


@contextlib.contextmanager
def running(program: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Starts a Python program and waits for its first line; it is killed with -9 in the end."""
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(root)}
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


@contextlib.contextmanager
def holding_the_run_lock(url: str) -> Iterator[int]:
    with running(HOLD_THE_LOCK, url) as process:
        yield process.pid
