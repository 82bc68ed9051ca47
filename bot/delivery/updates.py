"""Keeps all that changes messages of a workspace together within what the chat allows: cards, live logs, and what else changes in
place."""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.core.errors import OWN_LIMIT, ChatError
from bot.core.ratelimit import RateLimit

UPDATES_A_MINUTE = 50  # of all messages of a workspace: Slack allows about so many
HANGS_AFTER_S, HANGS_FOR_S = 5.0, 30.0


class Updates:
    """Is shared by the parts of one process, and safe to share between threads."""

    def __init__(self, replicas: Callable[[], int], monotonic: Callable[[], float] = time.monotonic) -> None:
        """`replicas` says how many bots share the updates that a workspace may have."""
        self._limit = RateLimit(UPDATES_A_MINUTE, monotonic)
        self._replicas = replicas
        self._monotonic = monotonic
        self._silent_until: dict[tuple[int, str], float] = {}  # by workspace, and channel or "" for all of them

    def allow(self, workspace: int, channel: str) -> None:
        """Counts one update in a channel, the chat's id. Raises ChatError, which says for how long to wait, for one more than the
        workspace may have, and where the chat asked for silence."""
        if silent_s := self.silent_s(workspace, channel):
            words = "The chat takes no more changes there right now."
            raise ChatError(words, kind="passing", reason=OWN_LIMIT, retry_after_s=silent_s, of_place=True)
        if wait_s := self._limit.wait_s(workspace, share=self._replicas()):
            words = f"There are more than {UPDATES_A_MINUTE} changes of messages in a minute."
            raise ChatError(words, kind="passing", reason=OWN_LIMIT, retry_after_s=wait_s)

    def began(self) -> float:
        """Returns the moment that `silence` is given after a change that failed."""
        return self._monotonic()

    def silence(self, workspace: int, channel: str, seconds: float, error: ChatError, began: float) -> None:
        """Keeps still for so long, if the chat asked for that with this error: in the channel, or in all of the workspace. Keeps still
        for HANGS_FOR_S in all of a workspace that hangs, since changes are made one after another and each of its own holds up all others."""
        now = self._monotonic()
        if error.retry_after_s is None:
            if now - began < HANGS_AFTER_S:
                return
            channel, seconds = "", max(seconds, HANGS_FOR_S)
        elif not error.of_place:
            channel = ""
        self._silent_until = {key: until for key, until in self._silent_until.items() if until > now}
        self._silent_until[workspace, channel] = now + seconds

    def silent_s(self, workspace: int, channel: str) -> float:
        """Returns for how many seconds nothing is changed in this channel."""
        until = max(self._silent_until.get((workspace, each), 0.0) for each in ("", channel))
        return max(0.0, until - self._monotonic())
