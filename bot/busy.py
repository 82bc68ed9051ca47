"""What a caller reads whose command the queue does not accept, and the audit rows of such refusals."""

from __future__ import annotations

import logging
import threading
from collections import deque

from bot.core.commands import CommandRequest
from bot.core.dispatch import Dispatcher
from bot.work_pool import Taken, WorkPool

log = logging.getLogger(__name__)

MOST_REFUSED = 20_000  # audit rows that may wait to be written; some seconds' worth
BUSY = {
    Taken.full: "The bot is busy right now: its queue is full. Nothing was done; try again in a minute.",
    Taken.share_full: "This workspace has too many commands waiting. Nothing was done; try again in a minute.",
    Taken.closing: "The bot is restarting. Nothing was done; try again in a minute.",
}


class Refusals:
    """Has the audit rows of refusals written by `side`. One piece of work writes them one after the other: thousands of them must not
    hold up what else `side` is for, and stand aside for the commands in `pool`."""

    def __init__(self, dispatcher: Dispatcher, pool: WorkPool, side: WorkPool) -> None:
        self._dispatcher = dispatcher
        self._pool = pool
        self._side = side
        self._lock = threading.Lock()
        self._refused: deque[tuple[CommandRequest, str, bool]] = deque()
        self._writing = False

    def add(self, request: CommandRequest, words: str, *, delivered: bool) -> None:
        """Says that a request was refused with these words, and whether its caller is known to have read them. Never waits or raises."""
        with self._lock:
            if len(self._refused) >= MOST_REFUSED:
                log.error("request %s was refused without an audit row", request.request_id)
                return
            self._refused.append((request, words, delivered))
            if not self._writing:
                self._writing = self._side.offer(self._write) is Taken.yes

    def _write(self) -> None:
        while True:
            self._pool.step_aside()
            with self._lock:
                if not self._refused:
                    self._writing = False
                    return
                request, words, delivered = self._refused.popleft()
            self._dispatcher.record_busy(request, words, delivered=delivered)
