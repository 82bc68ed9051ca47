"""One card as the chat shows it: how it is changed, and how its requester is notified of the end."""

from __future__ import annotations

import logging

from bot.core.chat import Chat, Place
from bot.core.errors import ChatError
from bot.core.message import Message
from store.cards import Card

log = logging.getLogger(__name__)


class CardMessage:
    """The message of a card. `ref` changes with every use and has to be stored, so that a restart goes on with it."""

    def __init__(self, chat: Chat, place: Place, card: Card) -> None:
        self._chat = chat
        self._place = place
        self._card = card
        self.ref = card.ref

    def update(self, message: Message, *, last: bool) -> None:
        """Shows the message in place of the card, as far as that is possible; what cannot be shown is left to `reply`.

        Raises ChatError where it may be possible later.
        """
        try:
            if self.ref:
                self.ref = self._chat.update(self._place, self.ref, message, last=last)
            elif not self._card.ephemeral:
                self.ref = self._chat.post(self._place, message)
        except ChatError as error:
            if error.may_pass:
                raise
            log.info("the card of job #%d stays as it is: %s", self._card.job_id, error.words)

    def reply(self, message: Message) -> bool:
        """Notifies the requester by a reply to the card, else in person. False if neither is possible.

        Raises ChatError where it may be possible later.
        """
        in_person = Place(self._place.workspace, self._card.chat_user)
        for place, ref in ((self._place, self.ref), (in_person, "")):
            if place is self._place and not ref:
                continue
            try:
                self._chat.post(place, message, ref)
            except ChatError as error:
                if error.may_pass:
                    raise
                log.info("the end of job #%d is sent in another way: %s", self._card.job_id, error.words)
            else:
                return True
        return False
