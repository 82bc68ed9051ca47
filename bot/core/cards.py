"""Joins those who answer a command with those who follow the job that it started, or the request or deploy that it stored. A card is that
answer, kept up to date until the job or the deploy has ended, or the request is decided. Pure."""

from __future__ import annotations

from typing import Protocol

from bot.core.commands import CommandRequest
from bot.core.message import AnyCard

FOUND = "(found)"  # shown by a card whose requester does not know yet that the job was started after all


class NewCard(Protocol):
    """A card that is being shown for the first time. One of the methods is called, once; they raise nothing."""

    def shown(self, ref: str) -> None:
        """The chat shows it, and `ref` is the ref by which it can be changed; empty where its requester alone got a copy, which stays
        as it is."""

    def dropped(self) -> None:
        """The card was not shown."""


class CardOpener(Protocol):
    """Stores new cards."""

    def open(self, card: AnyCard, request: CommandRequest, *, ephemeral: bool, ref: str) -> NewCard | None:
        """Stores a card before it is shown, so that it is followed whatever happens, and returns it. Raises nothing.

        `ref` is that of the request which it answers. None if it cannot be stored now: then the answer is no card.
        """
