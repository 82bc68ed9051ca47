"""Answers one request in Teams: in its thread, in person where nobody else may read it, or in place of the message whose button was pressed."""

from __future__ import annotations

import logging

from bot.core.cards import CardOpener
from bot.core.commands import CommandRequest
from bot.core.detail_pages import page_of
from bot.core.errors import ChatError
from bot.core.pipeline import Answer
from bot.core.pressed import Pressed
from bot.teams.chat import TeamsChat

log = logging.getLogger(__name__)

TYPED = Pressed("")  # for what was not pressed


class TeamsReply:
    """Answers one request. `below` is the ref of the message whose button was pressed, "" where none was."""

    def __init__(
        self, chat: TeamsChat, request: CommandRequest, cards: CardOpener | None, pressed: Pressed, below: str
    ) -> None:
        self.made_of = chat, request, cards, pressed, below
        self.request = request
        self.answered = False
        self._chat = chat
        self._cards = cards
        self._pressed = pressed
        self._below = below

    def working(self) -> None:
        """Shows that it takes longer, unless the answer is on its way. Raises nothing."""
        if self.answered:
            return
        try:
            self._chat.typing(self.request.place)
        except ChatError as error:
            log.info("the caller does not know that it takes longer: %s", error.words)

    def __call__(self, answer: Answer) -> None:
        self.answered = True
        card = answer.message.card
        new = card and self._cards and self._cards.open(card, self.request, ephemeral=answer.ephemeral, ref="")
        try:
            ref = self._show(answer)
        except ChatError:
            if new:
                new.dropped()
            raise
        if new:
            new.shown(ref)

    def _show(self, answer: Answer) -> str:
        request, pressed, message = self.request, self._pressed, answer.message
        if pressed.modal:  # what would open in a window of its own
            message = page_of(message, pressed.page, pressed.command)
        if (answer.ephemeral or pressed.modal) and not request.direct:
            return self._chat.in_person(request.place, request.chat_user, message)
        if self._below and pressed.replace and answer.ok:
            return self._chat.update(request.place, self._below, message, last=True)
        return self._chat.post(request.place, message, self._below)
