"""All chats of the bot as one: whatever concerns a workspace goes to the chat that it is of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.app.part import ChatClient
from bot.core.chat import Place
from bot.core.commands import Workspace
from bot.core.dispatch import Dispatcher
from bot.core.message import Message
from bot.core.pipeline import Reply, StoredRequest


class Chats:
    """Is the port `core.chat.Chat` and finds workspaces as `Workspaces` does, for all chats together."""

    def __init__(self, clients: Sequence[ChatClient]) -> None:
        self._clients = clients

    def of(self, chat_id: str) -> ChatClient:
        """Returns the chat of the workspace with this id there. For one that nobody knows it is the first, which refuses what it is asked."""
        return next((each for each in self._clients if each.workspaces.workspace(chat_id)), self._clients[0])

    def remedy_of(self, chat_id: str) -> Callable[[str], str]:
        return self.of(chat_id).remedy

    def prompt_of(self, chat_id: str) -> str:
        return self.of(chat_id).prompt

    def workspace_changed(self) -> None:
        for each in self._clients:
            each.workspace_changed()

    def wrong_in(self, values: Mapping[str, Any]) -> str:
        """Asks the chat of a workspace with these fields which of them does not fit; empty for none, and for a chat that is switched off.
        Raises ChatError."""
        asked = (each for each in self._clients if each.kind == values["chat"])
        return next((each.wrong_in(values) for each in asked), "")

    def workspace(self, chat_id: str, /) -> Workspace | None:
        return self.of(chat_id).workspaces.workspace(chat_id)

    def by_id(self, workspace: int, /) -> Workspace | None:
        return next(filter(None, (each.workspaces.by_id(workspace) for each in self._clients)), None)

    def post(self, place: Place, message: Message, reply_to: str = "") -> str:
        return self.of(place.workspace).chat.post(place, message, reply_to)

    def update(self, place: Place, ref: str, message: Message, *, last: bool) -> str:
        return self.of(place.workspace).chat.update(place, ref, message, last=last)

    def has_thread(self, place: Place, ref: str) -> bool:
        return self.of(place.workspace).chat.has_thread(place, ref)

    def whisper(self, place: Place, caller: str, message: Message) -> None:
        self.of(place.workspace).chat.whisper(place, caller, message)

    def fits(self, place: Place, message: Message) -> bool:
        return self.of(place.workspace).chat.fits(place, message)


class Dispatchers:
    """Performs what was stored by the dispatcher of its chat, whose words it is answered in."""

    def __init__(self, chats: Chats, by_client: Mapping[ChatClient, Dispatcher]) -> None:
        self._chats = chats
        self._by_client = by_client

    def handle_stored(self, stored: StoredRequest, reply: Reply, *, audited: bool = True) -> None:
        dispatcher = self._by_client[self._chats.of(stored.request.place.workspace)]
        dispatcher.handle_stored(stored, reply, audited=audited)
