"""A card is the answer to a command that started a job, kept up to date until the job has ended. Here is what whoever
answers and whoever follows the job know of each other. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.core.message import Card


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asked for a card, and where."""

    team_id: str
    channel: str
    user: str
    user_name: str


class Opened(Protocol):
    """A card that is being shown for the first time. The methods raise nothing; one of them is called, once."""

    @property
    def token(self) -> str:
        """To post with; empty where the bot may not."""

    def posted(self, ts: str) -> None: ...

    def answered(self, uses: int, *, replaceable: bool) -> None:
        """By response_url, of which `uses` are gone. `replaceable`: a later use can take the answer's place."""

    def dropped(self) -> None:
        """It was not shown."""


class Desk(Protocol):
    def open(self, card: Card, asker: Asker, *, ephemeral: bool, response_url: str) -> Opened | None:
        """Noted before it is shown, so that it is followed whatever happens. None if that is not possible now: then the
        answer is no card. Raises nothing."""
