"""Sends a message with Slack's newest blocks, and in simple ones where the workspace does not take those."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from bot.core.errors import ChatError
from bot.core.message import Message
from bot.core.metrics import Counter
from bot.slack.newest_blocks import IN_MESSAGES, IN_MODALS
from bot.slack.render import payload
from store import refused_blocks
from store.errors import StoreError

log = logging.getLogger(__name__)

FOR = timedelta(days=1)  # a workspace is sent none of a type that it refused; Slack may have it by then
# What Slack answers to a block that it does not know, to a second table, and to such a block in a view. That a message is too
# long says nothing about its blocks.
_UNKNOWN = frozenset({"invalid_blocks", "invalid_blocks_format", "invalid_attachments", "invalid_arguments"})
_NEWEST = IN_MESSAGES | IN_MODALS

T = TypeVar("T")
Content = dict[str, Any]


class SimpleBlocks:
    """Sends every message in simple blocks."""

    def load(self) -> None:
        """Does nothing."""

    def send(self, _team: str, message: Message, _allowed: frozenset[str], send: Callable[[Content], T], /) -> T:
        """Sends by `send`, which raises ChatError, and returns what it returns. The other arguments are the
        workspace, and the newest blocks that may stand at the message's place."""
        return send(payload(message))


SIMPLE = SimpleBlocks()


class NewestBlocks(SimpleBlocks):
    """Remembers for a day which of the newest blocks a workspace refuses. Safe to share between threads.

    A refusal is remembered only if the same message was taken in simple blocks: what Slack refuses in either form it refuses for
    its text, and one such text must not change every other message.
    """

    def __init__(
        self, store: refused_blocks.RefusedBlocks, refused: Counter, now: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._count = refused
        self._now = now
        self._until: dict[tuple[str, str], float] = {}  # by workspace and block

    def load(self) -> None:
        """Reads what was refused before this process began. Another replica that runs finds it out by itself. Raises StoreError."""
        for row in self._store.since(datetime.fromtimestamp(self._now(), UTC) - FOR):
            self._until[row.team_id, row.block] = (row.refused_at + FOR).timestamp()

    def send(self, team: str, message: Message, allowed: frozenset[str], send: Callable[[Content], T], /) -> T:
        now = self._now()
        content = payload(message, frozenset(each for each in allowed if self._until.get((team, each), 0.0) <= now))
        used = {block["type"] for block in content["blocks"]} & _NEWEST
        try:
            return send(content)
        except ChatError as error:
            if error.kind != "content" or not used:
                raise
            reason = error.reason
        log.info("a message to %s is sent without %s: %s", team, ", ".join(sorted(used)), reason)
        sent = send(payload(message))
        if reason in _UNKNOWN:
            self._remember(team, used)
        return sent

    def _remember(self, team: str, used: set[str]) -> None:
        for block in sorted(used):
            self._count.add(block)
            self._until[team, block] = self._now() + FOR.total_seconds()
            try:
                self._store.note(team, block)
            except StoreError as error:
                log.warning("that %s refuses %s is known to this process alone: %s", team, block, error.words)
