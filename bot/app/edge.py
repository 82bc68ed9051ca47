"""What the receiving half of a chat is made from."""

from __future__ import annotations

from dataclasses import dataclass

from bot.app.command_queue import CommandQueue
from bot.app.part import Common
from bot.core.cards import CardOpener
from bot.core.commands import Registry
from bot.core.dispatch import Dispatcher
from bot.core.suggestions import Suggestions
from bot.home_marks import HomeMarks
from bot.webnet.client import WebNet


@dataclass(frozen=True, slots=True)
class Edge:
    """What the receiving half of a chat is made from: it hands requests to `dispatcher`, on the workers of `queue` if it likes,
    and cards among the answers to `cards` before it shows them. `suggestions` answer while somebody types into a form. `homes` says
    which pages of users would show something else."""

    common: Common
    webnet: WebNet
    queue: CommandQueue
    registry: Registry
    dispatcher: Dispatcher
    cards: CardOpener
    suggestions: Suggestions
    homes: HomeMarks
