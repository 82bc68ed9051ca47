"""Makes a CommandRequest of what Slack sends: it is acknowledged at once, and performed in the pool."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping
from typing import Any

from bot.core.cards import CardOpener
from bot.core.chat import Chat, Place
from bot.core.commands import CommandRequest
from bot.core.dispatch import Answer, Dispatcher
from bot.core.errors import ChatError
from bot.core.line import split
from bot.core.message import sentence
from bot.log_setup import new_request_id, request_id
from bot.slack.buttons import read_action, without_button
from bot.slack.files import Files
from bot.slack.modal import Modals, Origin, Reply
from bot.slack.response_url import ResponseUrl
from bot.slack.text import inbound
from bot.slack.thread import Threads
from bot.slack.web_api import WebApi
from bot.work_pool import Taken, Timers, WorkPool

log = logging.getLogger(__name__)

Json = Mapping[str, Any]

MOST_REFUSED = 20_000  # audit rows that may wait to be written; some seconds' worth
WORKING_AFTER_S = 0.8  # the caller sees an answer within a second, or that it takes longer
BUSY = {
    Taken.full: "The bot is busy right now: its queue is full. Nothing was done; try again in a minute.",
    Taken.share_full: "This workspace has too many commands waiting. Nothing was done; try again in a minute.",
    Taken.closing: "The bot is restarting. Nothing was done; try again in a minute.",
}


class Intake:
    """Hands what was typed and what was clicked to the dispatcher. No method waits or raises."""

    def __init__(
        self,
        names: Collection[str],
        dispatcher: Dispatcher,
        api: WebApi,
        chat: Chat,
        pool: WorkPool,
        side: WorkPool,
        timers: Timers,
        bot_token_of: Callable[[str], str | None],
        cards: CardOpener | None = None,
    ) -> None:
        """`names` are the subcommands. `side` is a small pool for what must not wait behind commands. `cards` stores the cards
        among the answers."""
        self._cards = cards
        self._names = names
        self._dispatcher = dispatcher
        self._api = api
        self._chat = chat
        self._pool = pool
        self._side = side
        self._timers = timers
        self._threads = Threads(chat, bot_token_of)
        self._modals = Modals(api, bot_token_of, self._threads)
        self._files = Files(api, bot_token_of)
        self._lock = threading.Lock()
        self._refused: deque[tuple[CommandRequest, str]] = deque()
        self._writing = False

    def typed(self, body: Json, envelope_id: str) -> str:
        """Queues a typed command. Returns an empty text, or the sentence for the ack if the queue did not accept it."""
        request = CommandRequest(
            place=Place(_word(body, "team_id"), _word(body, "channel_id")),
            chat_user=_word(body, "user_id"),
            text=inbound(_word(body, "text")),
            request_id=new_request_id(),
            keys=_keys(body, envelope_id),
            chat_user_name=_word(body, "user_name"),
            channel_name=_word(body, "channel_name"),
            asked=time.monotonic(),
        )
        url = _word(body, "response_url")
        reply = ResponseUrl(self._api, self._chat, url, request, clicked=False, cards=self._cards)
        return self._queue(request, reply)

    def clicked(self, body: Json, action: Json, envelope_id: str) -> None:
        """Queues a click. Its ack is not shown, so a click that the queue does not accept is answered by `side`."""
        pressed, origin = read_action(action), Origin.of(body)
        user, channel = body.get("user") or {}, body.get("channel") or body.get("container") or {}
        request = CommandRequest(
            place=Place(
                _word(body.get("team") or {}, "id"),
                origin.channel if origin else _word(channel, "id", "channel_id"),
            ),
            chat_user=_word(user, "id"),
            text=pressed.command,
            request_id=new_request_id(),
            way="button",
            keys=_keys(body, envelope_id),
            chat_user_name=_word(user, "username", "name"),
            channel_name=origin.channel_name if origin else _word(channel, "name"),
            asked=time.monotonic(),
        )
        below = ResponseUrl(
            self._api,
            self._chat,
            _word(body, "response_url"),
            request,
            clicked=True,
            replace=pressed.replace,
            spent={} if pressed.thread else without_button(body.get("message") or {}, action),
            cards=self._cards,
        )
        if origin or pressed.modal:
            taken = self._side.offer(lambda: self._queue_in_modal(body, request, pressed.page, below))
            if taken is not Taken.yes:
                self._refuse(request, BUSY[taken])
        elif words := self._queue(request, self._threads.reply(body, request, below) if pressed.thread else below):
            self._side.offer(lambda: self._say_busy(below, words))

    def _queue_in_modal(self, body: Json, request: CommandRequest, page: int, otherwise: ResponseUrl) -> None:
        reply = self._modals.reply(body, request, page, otherwise)
        if words := self._queue(request, reply):
            self._say_busy(reply, words)

    def _queue(self, request: CommandRequest, reply: Reply) -> str:
        taken = self._pool.offer(
            lambda: self._work(request, reply),
            share=request.place.workspace,
            instead=lambda: self._give_up(request, reply),
        )
        if taken is not Taken.yes:
            words = BUSY[taken]
            self._refuse(request, words)
            return words
        self._timers.after(WORKING_AFTER_S, lambda: self._show_working(request, reply))
        return ""

    def _show_working(self, request: CommandRequest, reply: Reply) -> None:
        if reply.answered:
            return
        name, _ = split(request.text)
        words = f"Working on `{name}`…" if name in self._names else "Working…"
        self._side.offer(lambda: reply.working(words))

    def _work(self, request: CommandRequest, reply: Reply) -> None:
        request_id.set(request.request_id)  # for every log line of this thread, and for WebNet's
        if not self._dispatcher.handle(request, lambda answer: reply(self._files.sent(request, answer))):
            reply.drop()

    def _give_up(self, request: CommandRequest, reply: Reply) -> None:
        """Refuses a command that the stop came before. Its row comes first: Slack may be slow, and there is not much time."""
        words = BUSY[Taken.closing]
        self._dispatcher.record_busy(request, words, delivered=False)
        self._say_busy(reply, words)

    @staticmethod
    def _say_busy(reply: Reply, words: str) -> None:
        try:
            reply(Answer(sentence(words), ephemeral=True, ok=False))
        except ChatError as error:
            log.warning("a caller does not know that nothing was done: %s", error.words)

    def _refuse(self, request: CommandRequest, words: str) -> None:
        """Has the audit row of a refusal written. One piece of work writes them one after the other: thousands of them must
        not hold up what else `side` is for."""
        with self._lock:
            if len(self._refused) >= MOST_REFUSED:
                log.error("request %s was refused without an audit row", request.request_id)
                return
            self._refused.append((request, words))
            if not self._writing:
                self._writing = self._side.offer(self._write_refused) is Taken.yes

    def _write_refused(self) -> None:
        while True:
            self._pool.step_aside()
            with self._lock:
                if not self._refused:
                    self._writing = False
                    return
                request, words = self._refused.popleft()
            # The ack of a typed command said so; whether the words below a click arrive in time is not known here.
            self._dispatcher.record_busy(request, words, delivered=request.way == "command")


def _word(body: Json, *names: str) -> str:
    """Returns the first of these fields that is a string, else an empty text."""
    return next((value for name in names if isinstance(value := body.get(name), str)), "")


def _keys(body: Json, envelope_id: str) -> tuple[str, ...]:
    keys = (("trigger", _word(body, "trigger_id")), ("envelope", envelope_id))
    return tuple(f"{kind}:{key}" for kind, key in keys if key)
