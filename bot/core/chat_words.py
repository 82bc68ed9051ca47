"""The words with which a chat refuses. Each chat has a table of its own words, and finds errors in it in the same way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.errors import ChatError, ChatTrouble


@dataclass(frozen=True, slots=True)
class ChatWords:
    """`shape` is what the chat's own words look like, and `kinds` is the trouble that each of them stands for."""

    shape: re.Pattern[str]
    kinds: Mapping[str, ChatTrouble]

    def word_of(self, value: object) -> str:
        """Returns the word of a refusal, "unknown" for what is none: it is stored and counted."""
        return value if isinstance(value, str) and self.shape.fullmatch(value) else "unknown"

    def chat_error(self, words: str, reason: str, retry_after_s: float | None = None) -> ChatError:
        """Returns the error for a word. One that is new to the bot passes: only what is known to be final is given up."""
        return ChatError(words, kind=self.kinds.get(reason, "passing"), reason=reason, retry_after_s=retry_after_s)
