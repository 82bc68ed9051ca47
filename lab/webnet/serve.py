"""Runs the simulated WebNet alone, in the foreground."""

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from lab.webnet.lab import WebNetLab

DEFAULT_PORT = 8100


def serve(port: int = DEFAULT_PORT, *, ready: Callable[[WebNetLab], None] | None = None, **options: Any) -> None:
    """Serves until SIGINT or SIGTERM; `ready` is called once with the lab, `options` are those of `WebNetLab`.

    Must run in the main thread. Raises OSError when the port is taken.
    """
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    kept = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with WebNetLab(port, **options) as lab:
            if ready:
                ready(lab)
            while not stop.is_set():  # to wait for it would hold a lock that a signal just then needs
                time.sleep(0.1)
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
