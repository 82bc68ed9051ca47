"""Joins those who answer a command with those who follow the job that it started. A card is that answer, kept up to date
until the job has ended. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.core.message import Card


@dataclass(frozen=True, slots=True)
class Requester:
    """Names who asked for a card, and where."""

    team_id: str
    channel: str
    user: str
    user_name: str


class Opened(Protocol):
    """Stands for a card that is being shown for the first time. Exactly one of its methods is called, once; none raises."""

    @property
    def token(self) -> str:
        """The bot's token to post with; empty if it has none."""

    def posted(self, ts: str) -> None:
        """The card was posted as the message `ts`."""

    def answered(self, uses: int, *, replaceable: bool) -> None:
        """The card was sent to the response_url, of which `uses` are gone. `replaceable`: a later use can replace the card."""

    def dropped(self) -> None:
        """The card was not shown."""


class Desk(Protocol):
    """Opens cards for the chat that answers."""

    def open(self, card: Card, requester: Requester, *, ephemeral: bool, response_url: str) -> Opened | None:
        """Stores a card before it is shown, so that its job is followed whatever happens.

        None, and the answer is no card, if that is not possible now. Raises nothing.
        """
