"""Guesses which interaction led to a post that does not say so."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab.slack.interactions import Interaction
    from lab.slack.world import Channel

WITHIN_S = 60.0
OUT_OF = 64


class Causes:
    """A post that names no cause is credited to the latest interaction where it appears, or of its reader, that has no
    answer yet."""

    def __init__(self) -> None:
        self._recent: dict[tuple[str, str], deque[Interaction]] = {}

    def note(self, interaction: Interaction) -> None:
        for where in (interaction.channel, interaction.user):
            self._recent.setdefault((interaction.team, where), deque(maxlen=OUT_OF)).append(interaction)

    def likely(self, channel: Channel, reader: str | None = None) -> Interaction | None:
        if channel.kind == "im":
            reader = next(iter(channel.members))
        noted = reversed(self._recent.get((channel.team, reader or channel.id), ()))
        recent = [found for found in noted if time.monotonic() - found.sent_at < WITHIN_S]
        silent = (found for found in recent if not found.appeared)
        unanswered = (found for found in recent if all(message.ephemeral_to for message in found.appeared))
        return next(silent, None) or next(unanswered, None) or next(iter(recent), None)
