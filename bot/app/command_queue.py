"""The workers of commands, which all chats share."""

from __future__ import annotations

import logging
from functools import partial

from bot.app.part import Common, Part, run_all
from bot.core.text import count
from bot.vitals import Load
from bot.work_pool import Taken, Timers, WorkPool

log = logging.getLogger(__name__)

DRAIN_S = 60.0  # how long a stop waits for the commands that were accepted
SIDE_DRAIN_S = 10.0
HUNG_S = 600.0  # a command that runs for longer hangs, unless requests to WebNet may take very long


class CommandQueue(Part):
    """The workers of commands, and beside them `side`, a small pool for what must not wait behind commands."""

    def __init__(self, common: Common) -> None:
        commands, began = common.settings.commands, common.vitals.heartbeats.must_live
        self.pool = WorkPool("command", commands.workers, commands.queue, began)
        self.side = WorkPool("side", 4, 1024, began)
        self.timers = Timers(began)
        longest_s = max(HUNG_S, 10 * common.settings.webnet.timeout_s)
        common.vitals.load = lambda: Load(self.pool.waiting, self.pool.oldest_s, longest_s)
        self._not_notified = 0
        common.metrics.queue.read = lambda: [{("commands",): self.pool.waiting, ("side",): self.side.waiting}]

    def drain(self) -> int:
        """Gives the callers of commands that could not even be begun in time to `side`, which says so to them."""
        left = self.pool.drain(DRAIN_S)
        self._not_notified = sum(self.side.offer(instead) is not Taken.yes for instead in self.pool.abandon())
        return left

    def stop(self) -> None:
        run_all([self.timers.close, partial(self.side.drain, SIDE_DRAIN_S)])
        if number := self._not_notified + len(self.side.abandon()):
            log.error("%s not notified that nothing was done", count(number, "caller"))
