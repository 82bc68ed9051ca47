"""One card as the chat shows it: how it is changed, and how its requester is notified of the end."""

from __future__ import annotations

import logging
from collections.abc import Callable

from bot.core.chat import Chat, Place
from bot.core.errors import ChatError
from bot.core.message import Message
from bot.delivery.updates import Updates
from store.cards import Card
from store.cards import Cards as Store
from store.errors import StoreError

log = logging.getLogger(__name__)


class CardMessage:
    """The message of a card. `ref` changes with every use and has to be stored, so that a restart goes on with it. Without
    `patience` what the chat may take later counts as refused."""

    def __init__(self, chat: Chat, place: Place, card: Card, updates: Updates, *, patience: bool) -> None:
        self._chat = chat
        self._place = place
        self._card = card
        self._updates = updates
        self._patience = patience
        self.ref = card.ref
        self._in_person = Place(place.workspace, card.chat_user)

    def update(self, message: Message, *, last: bool) -> bool:
        """Shows the message in place of the card. False if the chat refuses that, such as for a message that is too old to be
        changed, or gone; what cannot be shown is left to `reply`.

        Raises ChatError where it may be possible later, and for more updates than the workspace may have.
        """
        self._updates.allow(self._card.workspace, self._card.channel_id)
        try:
            if self.ref:
                self.ref = self._chat.update(self._place, self.ref, message, last=last)
            elif not self._card.ephemeral:
                self.ref = self._chat.post(self._place, message)
        except ChatError as error:
            if error.may_pass and self._patience:
                raise
            log.info("the card of job #%d stays as it is: %s", self._card.job_id, error.words)
            return False
        return True

    def whisper(self, message: Message) -> None:
        """Writes to the requester in person, at most once. Raises ChatError if it was not sent and may be possible later."""
        try:
            self._chat.post(self._in_person, message)
        except ChatError as error:
            if error.kind == "passing" and self._patience:
                raise
            log.info("the requester of job #%d was not notified of it: %s", self._card.job_id, error.words)

    def reply(self, message: Message) -> bool:
        """Notifies the requester by a reply to the card, else in person. False if neither is possible.

        Raises ChatError where it may be possible later.
        """
        for place, ref in ((self._place, self.ref), (self._in_person, "")):
            if place is self._place and not ref:
                continue
            try:
                self._chat.post(place, message, ref)
            except ChatError as error:
                if error.may_pass and self._patience:
                    raise
                log.info("the end of job #%d is sent in another way: %s", self._card.job_id, error.words)
            else:
                return True
        return False


class OpenedCard:
    """A card that is in the store and is about to be shown, as `first`; it is due in `due_in_s`."""

    def __init__(self, store: Store, card: Card, first: str, due_in_s: float) -> None:
        self._store = store
        self._card = card
        self._first = first
        self._due_in_s = due_in_s

    def shown(self, ref: str) -> None:
        self._write(lambda: self._store.let_go(self._card, self._due_in_s, ref=ref, shown=self._first))

    def dropped(self) -> None:
        self._write(lambda: self._store.drop(self._card))

    def _write(self, write: Callable[[], object]) -> None:
        """Logs a store that fails: the card is shown already, so that costs a second one at most, once the claim has ended."""
        try:
            write()
        except StoreError as error:
            log.warning("the card of job #%d was not stored: %s", self._card.job_id, error.words)
