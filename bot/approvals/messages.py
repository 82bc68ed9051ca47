"""Keeps the messages that show a request up to date, wherever it was decided, and notifies its requester of the end.

What a message is to show is in the store before it is shown, so a bot that was killed goes on with it. A message is changed in
place, which may be done twice; a requester is notified at most once, and the message in place says the same.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.approvals.requests import ANSWER_S, ANSWERING, Kept, is_on
from bot.core.cards import NewCard
from bot.core.chat import Chat, Place, reply_or_post
from bot.core.commands import CommandRequest, Workspaces
from bot.core.errors import ChatError
from bot.core.message import AnyCard, Mention, Message, RequestCard, Span
from store.errors import StoreError
from store.requests import RequestMessage, Requests

log = logging.getLogger(__name__)

GIVEN_UP = "given up"  # is shown by a message that the chat refuses for good
NEVER = "never shown"  # and by one that it refused before it had shown anything


@dataclass(frozen=True, slots=True)
class RequestViews:
    """`card` shows a request, and `end` notifies its requester of how it ended."""

    card: Callable[[Kept], Message]
    end: Callable[[Kept, Span], Message]


class Messages:
    """Is `core.cards.CardOpener` for the answers that show a request."""

    def __init__(self, store: Requests, chat: Chat, views: RequestViews, workspaces: Workspaces) -> None:
        self._store = store
        self._chat = chat
        self._views = views
        self._workspaces = workspaces

    def open(self, card: AnyCard, request: CommandRequest, *, ephemeral: bool, ref: str) -> NewCard | None:
        assert isinstance(card, RequestCard)
        try:
            message = self._first(card, request) or (self._copy(card, request) if ephemeral else None)
            if message is None:
                message = self._add(card, request, ephemeral=ephemeral)
            self._store.keep_message(message, ref=ref, shown=ANSWERING)
        except StoreError as error:
            log.warning("request #%d is answered by a message that does not change: %s", card.request, error.words)
            return None
        return _NewMessage(self._store, card, message, ephemeral=ephemeral)

    def _first(self, card: RequestCard, request: CommandRequest) -> int | None:
        """Returns the message that was stored together with the request, if this answer is to show it."""
        first = next(iter(self._store.messages(card.request)), None)  # none is left where the chat refused it
        if first is None:
            return None
        waits = (first.shown, first.channel_id, first.chat_user) == (
            ANSWERING,
            request.place.channel,
            request.chat_user,
        )
        return first.id if waits else None

    def _add(self, card: RequestCard, request: CommandRequest, *, ephemeral: bool) -> int:
        here, place = self._workspaces.workspace(request.place.workspace), request.place.channel
        return self._store.add_message(
            card.request,
            channel_id=place,
            chat_user=request.chat_user,
            ephemeral=ephemeral,
            shown=ANSWERING,
            workspace=here.id if here else None,
        )

    def _copy(self, card: RequestCard, request: CommandRequest) -> int | None:
        """Returns the message that showed this reader the request here before: only the newest is kept up to date, so that a
        decision does not wait until everything is changed that somebody has typed."""
        here = request.place.channel, request.chat_user
        copies = (each for each in self._store.messages(card.request)[1:] if each.ephemeral)
        return next((each.id for each in copies if (each.channel_id, each.chat_user) == here), None)

    def update(self, kept: Kept) -> bool:
        """Shows the state of the request in all its messages, in every chat. False if no chat takes one.

        Raises ChatError where a message may be shown later.
        """
        late: ChatError | None = None
        for message in self._store.messages(kept.number):
            if message.shown in (kept.row.state, GIVEN_UP, NEVER) or self._is_being_answered(kept, message):
                continue
            workspace = self._workspaces.by_id(message.workspace or kept.row.workspace)
            if not is_on(workspace, kept):
                continue
            try:
                self._show(kept, Place(workspace.chat_id, message.channel_id), message)
            except ChatError as error:
                late = error
        if late is not None:
            raise late
        messages = self._store.messages(kept.number)
        return not messages or any(message.shown != NEVER for message in messages)

    def _is_being_answered(self, kept: Kept, message: RequestMessage) -> bool:
        until = kept.row.created_at + timedelta(seconds=ANSWER_S)
        return message.shown == ANSWERING and not message.ref and self._store.now() < until

    def _show(self, kept: Kept, place: Place, message: RequestMessage) -> None:
        ref, shown = message.ref, str(kept.row.state)
        try:
            if ref:
                ref = self._chat.update(place, ref, self._views.card(kept), last=not kept.open)
            elif not message.ephemeral:
                ref = self._chat.post(place, self._views.card(kept))
        except ChatError as error:
            if error.may_pass:
                raise
            log.warning("request #%d is not shown in %s: %s", kept.number, message.channel_id, error.words)
            shown = GIVEN_UP if ref or message.shown else NEVER
        self._store.keep_message(message.id, ref=ref, shown=shown)

    def notify(self, kept: Kept, team: str) -> None:
        """Notifies the requester of the end, at most once. Raises ChatError if that was not sent and may be possible later."""
        if not self._store.mark_notified(kept.row):
            return
        request = kept.payload.request
        message = self._views.end(kept, Mention(request.chat_user, request.chat_user_name or request.chat_user))
        try:
            self._reply(kept, team, message)
        except ChatError as error:
            if error.kind == "passing":  # it certainly was not sent
                self._store.mark_notified(kept.row, notified=False)
                raise
            log.warning("the requester of request #%d was not notified: %s", kept.number, error.words)

    def _reply(self, kept: Kept, team: str, message: Message) -> None:
        request, first = kept.payload.request, next(iter(self._store.messages(kept.number)), None)
        below = None
        if kept.payload.purpose != "mapping" and not request.direct and first and first.ref and not first.ephemeral:
            below = Place(team, first.channel_id), first.ref
        reply_or_post(self._chat, below, Place(team, request.chat_user), message)


class _NewMessage:
    def __init__(self, store: Requests, card: RequestCard, message: int, *, ephemeral: bool) -> None:
        self._store = store
        self._card = card
        self._message = message
        self._ephemeral = ephemeral

    def shown(self, ref: str) -> None:
        if not ref and not self._ephemeral:  # whoever decides reads no copy of the requester's
            self.dropped()
            return

        def write() -> None:
            self._store.keep_message(self._message, ref=ref, shown=self._card.shown)
            self._store.hurry(self._card.request)  # it may have been decided meanwhile

        self._write(write)

    def dropped(self) -> None:
        """Leaves a message for all to the runner, which posts it."""
        if self._ephemeral:
            self._write(lambda: self._store.drop_message(self._message))
        else:
            self._write(lambda: self._store.keep_message(self._message, ref="", shown=""))
            self._write(lambda: self._store.hurry(self._card.request))

    def _write(self, write: Callable[[], None]) -> None:
        try:
            write()
        except StoreError as error:
            log.warning("a message of request #%d was not stored: %s", self._card.request, error.words)
