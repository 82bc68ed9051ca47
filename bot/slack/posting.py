"""Posts to the channels of the store's workspaces, each with its own token."""

from __future__ import annotations

from collections.abc import Callable

from bot.core.message import Message
from bot.slack.errors import NO_TOKEN, chat_error
from bot.slack.render import fits
from bot.slack.web_api import Chat


class Posting:
    """Safe to share between threads."""

    def __init__(self, chat: Chat, token_of: Callable[[str], str | None]) -> None:
        self._chat = chat
        self._token_of = token_of

    def post(self, team_id: str, channel_id: str, message: Message, thread_ts: str) -> str:
        """The message's ts. Raises ChatError; "no_token" until this process has read that the workspace is enabled."""
        token = self._token_of(team_id)
        if token is None:
            raise chat_error(f"The workspace {team_id} is not enabled.", NO_TOKEN)
        return self._chat.post(token, channel_id, message, thread_ts)

    def fits(self, message: Message) -> bool:
        return fits(message)
