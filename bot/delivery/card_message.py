"""A card as people see it, and the ways to change it: the bot's own message, or what a response_url shows."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.core.errors import ChatError
from bot.core.message import Message
from store.cards import Card as Row

log = logging.getLogger(__name__)

URL_FOR = timedelta(minutes=29)  # Slack takes a response_url for half an hour
USES = 5  # and so often
FOR_THE_END = 2  # uses that are kept: the card's last state, and the word to who asked


class Chat(Protocol):
    """All raise ChatError."""

    def post(self, token: str, channel: str, message: Message, thread_ts: str = "") -> str: ...

    def update(self, token: str, channel: str, ts: str, message: Message) -> None: ...

    def follow_up(self, response_url: str, message: Message, *, ephemeral: bool, instead: bool) -> None: ...


class Screen:
    """One card as people see it: a message that the bot posted, or what a response_url shows. `card` says what is used up."""

    def __init__(self, chat: Chat, token: str, card: Row, now: Callable[[], datetime]) -> None:
        self._chat = chat
        self._token = token
        self.card = card
        self._now = now

    def show(self, message: Message, *, last: bool) -> None:
        """In place, as far as that is possible; what cannot be shown is left to `tell`. Raises what may pass."""
        card = self.card
        try:
            if card.ts:
                self._chat.update(self._token, card.channel_id, card.ts, message)
            elif not card.uses:
                self._first(message)
            elif card.replaceable and self._left() >= FOR_THE_END + (not last):
                self._use(message, instead=True)
        except ChatError as error:
            if error.may_pass:
                raise
            log.info("the card of job #%d stays as it is: %s", card.job_id, error.words)

    def tell(self, message: Message) -> bool:
        """To who asked: in the thread, else by the response_url, else in person. False if none of it is possible."""
        card = self.card
        ways: list[Callable[[], object]] = []
        if card.ts:
            ways.append(lambda: self._chat.post(self._token, card.channel_id, message, card.ts))
        if self._left():
            ways.append(lambda: self._use(message, instead=False))
        ways.append(lambda: self._chat.post(self._token, card.slack_user_id, message))
        for way in ways:
            try:
                way()
            except ChatError as error:
                if error.may_pass:
                    raise
                log.info("the end of job #%d is told in another way: %s", card.job_id, error.words)
            else:
                return True
        return False

    def _first(self, message: Message) -> None:
        """Whoever opened it was killed before it was shown, or before that was noted."""
        if not self.card.ephemeral:
            try:
                self.card = replace(self.card, ts=self._chat.post(self._token, self.card.channel_id, message))
            except ChatError as error:
                if error.may_pass:
                    raise
            else:
                return
        if self._left():
            self._use(message, instead=False)

    def _left(self) -> int:
        card = self.card
        in_time = card.response_url and self._now() - card.created_at < URL_FOR
        return max(0, USES - card.uses) if in_time else 0

    def _use(self, message: Message, *, instead: bool) -> None:
        card = self.card
        assert card.response_url
        self._chat.follow_up(card.response_url, message, ephemeral=card.ephemeral, instead=instead)
        self.card = replace(card, uses=card.uses + 1)
