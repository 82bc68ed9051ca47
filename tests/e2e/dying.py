"""A whole bot, each of whose threads is killed in turn; a process of its own, since nothing else may go on in it afterwards.

Prints the kinds of threads of which the death of one was found. `python -m tests.e2e.dying STORE_URL`
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from bot.app.command_queue import CommandQueue
from bot.app.delivery_part import DeliveryPart
from bot.app.feeds_part import JOBS
from bot.app.housekeeping import RENEWING
from tests.e2e.rig import Rig, wait_until
from tests.http.conftest import Web, web
from tests.http.test_webhooks import hint


def kill(kind: str) -> None:
    """Raises SystemExit in every thread whose name begins so, once it runs Python again: a bug that nothing catches."""
    for thread in threading.enumerate():
        if thread.name.startswith(kind) and thread.ident:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))


Kinds = dict[str, Callable[[], object]]


def rounds(bot: Web) -> tuple[Kinds, Kinds]:
    """By the beginning of their names, what makes such threads run: some do by themselves, others wait for work. Those of the
    second round bring work to those of the first."""
    rig: Rig = bot.rig
    queue, delivery, hurry = rig.bot.part(CommandQueue), rig.bot.part(DeliveryPart), rig.bot.scheduler.hurry
    first: Kinds = {
        "delivery": lambda: None,
        "clock": lambda: None,
        "timers": lambda: queue.timers.after(0, lambda: None),
        "side": lambda: queue.side.offer(lambda: None),
        "command": lambda: queue.pool.offer(lambda: None),
        "sender": lambda: delivery._delivery._pool.submit(int),
        "webhook": lambda: threading.Thread(target=hint, args=(bot,), daemon=True).start(),
        "alone": lambda: hurry(RENEWING),
        "task": lambda: hurry(JOBS),
    }
    return first, {"http": lambda: None, "APScheduler": lambda: hurry(JOBS), "sockets": lambda: None}


def main(store_url: str) -> None:
    threading.excepthook = lambda _: None  # the deaths are wanted
    with web(store_url, strict=False) as bot:
        trouble = bot.rig.bot.common.vitals.heartbeats.trouble
        assert trouble() == {}

        def missed(kind: str) -> bool:
            kill(kind)  # again: one that comes while something is freed is lost
            return any(name.startswith(kind) for name in trouble())

        for kinds in rounds(bot):
            for kind, work in kinds.items():
                work()  # of some there is none before there is work
                wait_until(lambda kind=kind: any(t.name.startswith(kind) for t in threading.enumerate()), kind)
            time.sleep(0.2)  # so that they have done it, and wait
            for kind, work in kinds.items():
                kill(kind)
                work()
            for kind in kinds:
                with suppress(AssertionError):
                    wait_until(lambda kind=kind: missed(kind), kind, 10)
                    print(kind, flush=True)
        os._exit(0)  # what is left cannot stop in order


if __name__ == "__main__":
    main(sys.argv[1])
