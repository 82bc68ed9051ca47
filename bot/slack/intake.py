"""Makes a CommandRequest of what Slack sends: it is acknowledged at once, and performed in the pool."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

from bot.busy import BUSY, Refusals
from bot.core.cards import CardOpener
from bot.core.chat import Chat, Place
from bot.core.commands import CommandRequest
from bot.core.dispatch import Dispatcher
from bot.core.errors import ChatError
from bot.core.line import split
from bot.core.message import sentence
from bot.core.pipeline import Answer
from bot.core.pressed import Pressed
from bot.ids.slack import is_direct
from bot.log_setup import new_request_id, request_id
from bot.slack.buttons import read_action, without_button
from bot.slack.files import Files
from bot.slack.form_view import command_of
from bot.slack.forms import DirectReply, Forms, Trigger
from bot.slack.modal import Modals, Origin, Reply
from bot.slack.refused_blocks import SIMPLE, SimpleBlocks
from bot.slack.response_url import ResponseUrl
from bot.slack.shapes import of_guest, of_other_workspace, team_of, word
from bot.slack.shortcuts import BY_CALLBACK, request_of
from bot.slack.text import inbound
from bot.slack.thread import Threads
from bot.slack.web_api import WebApi
from bot.work_pool import Taken, Timers, WorkPool

log = logging.getLogger(__name__)

Json = Mapping[str, Any]

HOME = "home"  # the line of the button that refreshes a home
WORKING_AFTER_S = 0.8  # the caller sees an answer within a second, or that it takes longer


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
        forms: Forms,
        home_opened: Callable[[str, str], object],
        cards: CardOpener | None = None,
        blocks: SimpleBlocks = SIMPLE,
    ) -> None:
        """`names` are the subcommands. `side` is a small pool for what must not wait behind commands. `home_opened(team, user)` has the
        home of a user published. `cards` stores the cards among the answers."""
        self._home_opened = home_opened
        self._forms = forms
        self._cards = cards
        self._blocks = blocks
        self._names = names
        self._dispatcher = dispatcher
        self._api = api
        self._chat = chat
        self._pool = pool
        self._side = side
        self._timers = timers
        self._bot_token_of = bot_token_of
        self._threads = Threads(chat, bot_token_of)
        self._modals = Modals(api, bot_token_of, self._threads, blocks)
        self._files = Files(api, bot_token_of)
        self._refusals = Refusals(dispatcher, pool, side)

    def typed(self, body: Json, envelope_id: str) -> str:
        """Queues a typed command. Returns an empty text, or the sentence for the ack if the queue did not accept it."""
        request = CommandRequest(
            place=Place(word(body, "team_id"), word(body, "channel_id")),
            chat_user=word(body, "user_id"),
            text=inbound(word(body, "text")),
            request_id=new_request_id(),
            keys=_keys(body, envelope_id),
            chat_user_name=word(body, "user_name"),
            channel_name=word(body, "channel_name"),
            direct=is_direct(word(body, "channel_id")),
            asked=time.monotonic(),
        )
        url = word(body, "response_url")
        reply = ResponseUrl(self._api, self._chat, url, request, clicked=False, cards=self._cards, blocks=self._blocks)
        return self._queue(request, reply, Trigger(word(body, "trigger_id"), reply))

    def clicked(self, body: Json, action: Json, envelope_id: str) -> None:
        """Queues a click. Its ack is not shown, so a click that the queue does not accept is answered by `side`."""
        pressed, origin = read_action(action), Origin.of(body)
        request = _click(body, pressed, origin, envelope_id)
        home = origin is not None and origin.home
        if home and pressed.command == HOME:  # which asks for all of it again
            self._home_opened(request.place.workspace, request.chat_user)
            return
        below = ResponseUrl(
            self._api,
            self._chat,
            word(body, "response_url"),
            request,
            clicked=True,
            replace=pressed.replace,
            spent={} if pressed.thread else without_button(body.get("message") or {}, action),
            cards=self._cards,
            blocks=self._blocks,
        )
        reply: Reply = below
        if origin:
            reply = DirectReply(self._chat, request, self._cards, None if home else below)
        elif pressed.thread:
            reply = self._threads.reply(body, request, below)
        if (pressed.modal or (origin and not home)) and not pressed.form:
            otherwise = reply if home else below
            taken = self._side.offer(lambda: self._queue_in_modal(body, request, pressed.page, otherwise))
            if taken is not Taken.yes:
                self._refuse(request, BUSY[taken])
            return
        push = word(body.get("view"), "type") == "modal"
        if words := self._queue(request, reply, Trigger(word(body, "trigger_id"), below, clicked=True, push=push)):
            self._side.offer(lambda: self._say_busy(reply, words))

    def submitted(self, body: Json, envelope_id: str) -> dict[str, str]:
        """Queues the command of a form that was filled in. Returns what the ack says instead of closing it: what is wrong, by the
        block that shows it."""
        view, user = body.get("view") or {}, body.get("user") or {}
        name = command_of(view)
        if errors := self._forms.wrong(view):
            return errors
        request = CommandRequest(
            place=Place(team_of(body), word(user, "id")),
            chat_user=word(user, "id"),
            text=name if name in self._names else "",
            request_id=new_request_id(),
            way="form",
            keys=_keys(body, envelope_id),
            chat_user_name=word(user, "username", "name"),
            asked=time.monotonic(),
            guest=of_guest(body),
            foreign=of_other_workspace(body),
            direct=True,
        )
        direct = DirectReply(self._chat, request, self._cards)
        taken = self._pool.offer(
            lambda: self._work_form(view, request, direct),
            share=request.place.workspace,
            instead=lambda: self._give_up(request, direct),
        )
        if taken is Taken.yes:
            return {}
        self._refuse(request, BUSY[taken])
        return self._forms.above(view, BUSY[taken])  # so that nothing is lost that was filled in

    def used(self, body: Json, envelope_id: str) -> None:
        """Queues the command of a shortcut, with the text of the message that it was used on. What is used anywhere is answered in a
        modal."""
        shortcut = BY_CALLBACK.get(word(body, "callback_id"))
        if shortcut is None:
            log.warning("a shortcut was used that is none of ours")
            return
        request = request_of(shortcut, body, _keys(body, envelope_id))
        if not shortcut.on_message:
            direct = DirectReply(self._chat, request, self._cards)
            taken = self._side.offer(lambda: self._queue_in_modal(body, request, 0, direct))
            if taken is not Taken.yes:
                self._refuse(request, BUSY[taken])
            return
        url = word(body, "response_url")
        reply = ResponseUrl(self._api, self._chat, url, request, clicked=False, cards=self._cards, blocks=self._blocks)
        if words := self._queue(request, reply):
            self._side.offer(lambda: self._say_busy(reply, words))

    def _work_form(self, view: Json, request: CommandRequest, direct: DirectReply) -> None:
        request_id.set(request.request_id)
        try:
            request, reply = self._forms.submitted(view, request)
        except Exception as error:
            self._dispatcher.refuse(request, error, direct)
            return
        self._timers.after(WORKING_AFTER_S, lambda: self._show_working(request, reply))
        self._work(request, reply)

    def _queue_in_modal(self, body: Json, request: CommandRequest, page: int, otherwise: Reply) -> None:
        reply = self._modals.reply(body, request, page, otherwise)
        if words := self._queue(request, reply):
            self._say_busy(reply, words)

    def _queue(self, request: CommandRequest, reply: Reply, trigger: Trigger | None = None) -> str:
        taken = self._pool.offer(
            lambda: self._work(request, reply, trigger),
            share=request.place.workspace,
            instead=lambda: self._give_up(request, reply),
        )
        if taken is not Taken.yes:
            words = BUSY[taken]
            self._refuse(request, words)
            return words
        if not request.form:
            self._timers.after(WORKING_AFTER_S, lambda: self._show_working(request, reply))
        return ""

    def _show_working(self, request: CommandRequest, reply: Reply) -> None:
        if reply.answered:
            return
        name, _ = split(request.text)
        known = name in self._names and request.way != "shortcut"
        words = f"Working on `{name}`…" if known else "Working…"
        self._side.offer(lambda: reply.working(words))

    def _work(self, request: CommandRequest, reply: Reply, trigger: Trigger | None = None) -> None:
        request_id.set(request.request_id)  # for every log line of this thread, and for WebNet's

        def answered(answer: Answer) -> None:
            if answer.form and trigger and self._forms.open(request, answer.form, trigger):
                reply.drop()
            else:
                reply(self._files.sent(request, answer))

        if not self._dispatcher.handle(request, answered):
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
        """The ack of a typed command, or of a form, said so; whether words reach who clicked in time is not known here."""
        self._refusals.add(request, words, delivered=request.way in {"command", "form"})


def _click(body: Json, pressed: Pressed, origin: Origin | None, envelope_id: str) -> CommandRequest:
    user, channel = body.get("user") or {}, body.get("channel") or body.get("container") or {}
    place = Place(team_of(body), origin.channel if origin else word(channel, "id", "channel_id"))
    return CommandRequest(
        place=place,
        chat_user=word(user, "id"),
        text=pressed.command,
        request_id=new_request_id(),
        way="button",
        keys=_keys(body, envelope_id),
        chat_user_name=word(user, "username", "name"),
        channel_name=origin.channel_name if origin else word(channel, "name"),
        asked=time.monotonic(),
        guest=of_guest(body),
        foreign=of_other_workspace(body),
        direct=is_direct(place.channel),
        form=pressed.form,
    )


def _keys(body: Json, envelope_id: str) -> tuple[str, ...]:
    keys = (("trigger", word(body, "trigger_id")), ("envelope", envelope_id))
    return tuple(f"{kind}:{key}" for kind, key in keys if key)
