"""What Slack sends becomes a CommandRequest: acknowledged at once, and worked on in the pool."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping
from typing import Any

from bot.core.cards import Desk, Requester
from bot.core.commands import CommandRequest
from bot.core.dispatch import Answer, Dispatcher
from bot.core.errors import ChatError
from bot.core.line import split
from bot.core.message import sentence
from bot.log_setup import new_request_id, request_id
from bot.slack.buttons import read_action, without_button
from bot.slack.files import Files
from bot.slack.modal import Modals, Place, Reply
from bot.slack.text import inbound
from bot.slack.thread import Threads
from bot.slack.web_api import Chat, ResponseUrl
from bot.work_pool import Taken, Timers, WorkPool

log = logging.getLogger(__name__)

Json = Mapping[str, Any]

MOST_TURNED_AWAY = 20_000  # audit rows that may wait to be written; some seconds' worth
WORKING_AFTER_S = 0.8  # an answer within a second, or a word that it takes longer
BUSY = {
    Taken.full: "The bot is busy right now: its queue is full. Nothing was done; try again in a minute.",
    Taken.share_full: "This workspace has too many commands waiting. Nothing was done; try again in a minute.",
    Taken.closing: "The bot is restarting. Nothing was done; try again in a minute.",
}


class Door:
    """Both ways in, typed and clicked, lead through here to the dispatcher. No method waits or raises."""

    def __init__(
        self,
        names: Collection[str],
        dispatcher: Dispatcher,
        chat: Chat,
        pool: WorkPool,
        side: WorkPool,
        timers: Timers,
        bot_token_of: Callable[[str], str | None],
        desk: Desk | None = None,
    ) -> None:
        """`names` are the subcommands; `side` is a small pool for what must not wait behind commands; `desk` follows cards."""
        self._desk = desk
        self._names = names
        self._dispatcher = dispatcher
        self._chat = chat
        self._pool = pool
        self._side = side
        self._timers = timers
        self._threads = Threads(chat, bot_token_of)
        self._modals = Modals(chat, bot_token_of, self._threads)
        self._files = Files(chat, bot_token_of)
        self._lock = threading.Lock()
        self._turned_away: deque[tuple[CommandRequest, str]] = deque()
        self._writing = False

    def typed(self, body: Json, envelope_id: str) -> str:
        """Empty if the command was taken, else the sentence for the ack."""
        request = CommandRequest(
            team_id=_word(body, "team_id"),
            slack_user=_word(body, "user_id"),
            channel=_word(body, "channel_id"),
            text=inbound(_word(body, "text")),
            request_id=new_request_id(),
            keys=_keys(body, envelope_id),
            slack_user_name=_word(body, "user_name"),
            channel_name=_word(body, "channel_name"),
            asked=time.monotonic(),
        )
        reply = ResponseUrl(
            self._chat, _word(body, "response_url"), clicked=False, requester=_requester(request), desk=self._desk
        )
        return self._take(request, reply)

    def clicked(self, body: Json, action: Json, envelope_id: str) -> None:
        """A click's ack is not shown, so what the queue does not take is answered by the side."""
        pressed, place = read_action(action), Place.of(body)
        user, channel = body.get("user") or {}, body.get("channel") or body.get("container") or {}
        request = CommandRequest(
            team_id=_word(body.get("team") or {}, "id"),
            slack_user=_word(user, "id"),
            channel=place.channel if place else _word(channel, "id", "channel_id"),
            text=pressed.command,
            request_id=new_request_id(),
            way="button",
            keys=_keys(body, envelope_id),
            slack_user_name=_word(user, "username", "name"),
            channel_name=place.channel_name if place else _word(channel, "name"),
            asked=time.monotonic(),
        )
        below = ResponseUrl(
            self._chat,
            _word(body, "response_url"),
            clicked=True,
            replace=pressed.replace,
            spent={} if pressed.thread else without_button(body.get("message") or {}, action),
            requester=_requester(request),
            desk=self._desk,
        )
        if place or pressed.modal:
            taken = self._side.offer(lambda: self._take_in_modal(body, request, pressed.page, below))
            if taken is not Taken.yes:
                self._turn_away(request, BUSY[taken])
        elif words := self._take(request, self._threads.reply(body, request, below) if pressed.thread else below):
            self._side.offer(lambda: self._tell(below, words))

    def _take_in_modal(self, body: Json, request: CommandRequest, page: int, otherwise: ResponseUrl) -> None:
        reply = self._modals.reply(body, request, page, otherwise)
        if words := self._take(request, reply):
            self._tell(reply, words)

    def _take(self, request: CommandRequest, reply: Reply) -> str:
        taken = self._pool.offer(
            lambda: self._work(request, reply), share=request.team_id, instead=lambda: self._give_up(request, reply)
        )
        if taken is not Taken.yes:
            words = BUSY[taken]
            self._turn_away(request, words)
            return words
        self._timers.after(WORKING_AFTER_S, lambda: self._tell_working(request, reply))
        return ""

    def _tell_working(self, request: CommandRequest, reply: Reply) -> None:
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
        """The stop came before it was begun. The row comes first: Slack may be slow, and there is not much time."""
        words = BUSY[Taken.closing]
        self._dispatcher.record_busy(request, words, delivered=False)
        self._tell(reply, words)

    @staticmethod
    def _tell(reply: Reply, words: str) -> None:
        try:
            reply(Answer(sentence(words), ephemeral=True, ok=False))
        except ChatError as error:
            log.warning("somebody was not told that nothing was done: %s", error.words)

    def _turn_away(self, request: CommandRequest, words: str) -> None:
        """The rows are written one after the other by one piece of work: thousands of them must not keep back what else
        the side is for."""
        with self._lock:
            if len(self._turned_away) >= MOST_TURNED_AWAY:
                log.error("request %s was turned away without an audit row", request.request_id)
                return
            self._turned_away.append((request, words))
            if not self._writing:
                self._writing = self._side.offer(self._write_turned_away) is Taken.yes

    def _write_turned_away(self) -> None:
        while True:
            self._pool.step_aside()
            with self._lock:
                if not self._turned_away:
                    self._writing = False
                    return
                request, words = self._turned_away.popleft()
            # A typed command was told so in its ack; whether a click is told in time is not known here.
            self._dispatcher.record_busy(request, words, delivered=request.way == "command")


def _word(body: Json, *names: str) -> str:
    """The first of these fields that is a string."""
    return next((value for name in names if isinstance(value := body.get(name), str)), "")


def _requester(request: CommandRequest) -> Requester:
    return Requester(request.team_id, request.channel, request.slack_user, request.slack_user_name)


def _keys(body: Json, envelope_id: str) -> tuple[str, ...]:
    keys = (("trigger", _word(body, "trigger_id")), ("envelope", envelope_id))
    return tuple(f"{kind}:{key}" for kind, key in keys if key)
