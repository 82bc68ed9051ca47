"""Keeps all that changes messages of a workspace together within what the chat allows: cards, live logs, and what else changes in
place."""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.core.errors import ChatError
from bot.core.ratelimit import RateLimit

UPDATES_A_MINUTE = 50  # of all messages of a workspace: Slack allows about so many
OWN_LIMIT = "own limit"  # the reason of a ChatError that no chat raised


class Updates:
    """Is shared by the parts of one process, and safe to share between threads."""

    def __init__(self, replicas: Callable[[], int], monotonic: Callable[[], float] = time.monotonic) -> None:
        """`replicas` says how many bots share the updates that a workspace may have."""
        self._limit = RateLimit(UPDATES_A_MINUTE, monotonic)
        self._replicas = replicas
        self._monotonic = monotonic
        self._silent_until: dict[int, float] = {}  # by workspace

    def allow(self, workspace: int) -> None:
        """Counts one update. Raises ChatError, which says for how long to wait, for one more than the workspace may have."""
        if wait_s := self.silent_s(workspace) or self._limit.wait_s(workspace, share=self._replicas()):
            words = f"There are more than {UPDATES_A_MINUTE} changes of messages in a minute."
            raise ChatError(words, kind="passing", reason=OWN_LIMIT, retry_after_s=wait_s)

    def silence(self, workspace: int, seconds: float) -> None:
        """Notes that the chat asked for silence: its limits are the workspace's, so nothing there is changed meanwhile."""
        self._silent_until[workspace] = self._monotonic() + seconds

    def silent_s(self, workspace: int) -> float:
        """Returns for how many seconds nothing is changed in this workspace."""
        return max(0.0, self._silent_until.get(workspace, 0.0) - self._monotonic())
