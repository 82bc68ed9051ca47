"""Has requests performed in the pool, since Teams is answered at once, and says so where one takes longer or cannot be performed."""

from __future__ import annotations

import logging
from collections.abc import Callable

from bot.busy import BUSY, Refusals
from bot.core.dispatch import Dispatcher
from bot.core.errors import ChatError
from bot.core.message import sentence
from bot.core.pipeline import Answer
from bot.log_setup import request_id
from bot.teams.reply import TeamsReply
from bot.work_pool import Taken, Timers, WorkPool

log = logging.getLogger(__name__)

WORKING_AFTER_S = 0.8

# Performs a request; False if it was performed before.
Perform = Callable[[Dispatcher, TeamsReply], object]


def handle(dispatcher: Dispatcher, reply: TeamsReply) -> bool:
    return dispatcher.handle(reply.request, reply)


class Queue:
    """No method waits or raises. `side` is a small pool for what must not wait behind commands."""

    def __init__(self, dispatcher: Dispatcher, pool: WorkPool, side: WorkPool, timers: Timers) -> None:
        self._dispatcher = dispatcher
        self._pool = pool
        self._side = side
        self._timers = timers
        self._refusals = Refusals(dispatcher, pool, side)

    def offer(self, reply: TeamsReply, perform: Perform = handle, *, shown: bool) -> str:
        """Returns an empty text, or what the caller reads if the queue did not accept the request; `shown` says that they read it in the
        response to what they did."""
        request = reply.request
        taken = self._pool.offer(
            lambda: self._work(reply, perform), share=request.place.workspace, instead=lambda: self._give_up(reply)
        )
        if taken is Taken.yes:
            self._timers.after(WORKING_AFTER_S, lambda: self._show_working(reply))
            return ""
        words = BUSY[taken]
        self._refusals.add(request, words, delivered=shown)
        if not shown:
            self._side.offer(lambda: self._say_busy(reply, words))
        return words

    def _show_working(self, reply: TeamsReply) -> None:
        if not reply.answered:
            self._side.offer(reply.working)

    def _work(self, reply: TeamsReply, perform: Perform) -> None:
        request_id.set(reply.request.request_id)  # for every log line of this thread, and for WebNet's
        if perform(self._dispatcher, reply) is False:
            reply.answered = True

    def _give_up(self, reply: TeamsReply) -> None:
        """Refuses a command that the stop came before. Its row comes first: there is not much time."""
        words = BUSY[Taken.closing]
        self._dispatcher.record_busy(reply.request, words, delivered=False)
        self._say_busy(reply, words)

    @staticmethod
    def _say_busy(reply: TeamsReply, words: str) -> None:
        try:
            reply(Answer(sentence(words), ephemeral=True, ok=False))
        except ChatError as error:
            log.warning("a caller does not know that nothing was done: %s", error.words)
