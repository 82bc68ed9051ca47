"""Where else something is shown that waits for a second person: in the channel of the settings, which belongs to one chat."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.commands import Workspace
from bot.core.errors import Conflict
from bot.ids.chats import CHATS, chat_of, of_channel
from store.channels import Channels
from store.workspaces import Workspaces


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A channel in the workspace with this id. `chat` is what users call the chat, if it is another one than where was asked."""

    workspace: int
    channel: str
    chat: str = ""

    def __str__(self) -> str:
        return f"the channel for approvals{f' in {self.chat}' if self.chat else ''}"


class ApprovalChannel:
    """Is `channel`, the id of a channel of any chat, or empty for none. In a workspace of another chat it stands for the channel of its
    customer's workspace in that chat."""

    def __init__(self, channel: str, workspaces: Workspaces, channels: Channels) -> None:
        self._channel = channel
        self._workspaces = workspaces
        self._channels = channels

    def required(self, here: Workspace, begin: str) -> Elsewhere:
        """Returns where is shown what was asked for in a direct message. Raises Conflict, whose sentence starts with `begin`, where
        nobody else would see it."""
        if not self._channel:
            place, why = None, ""
        elif self._is_here(here):
            place, why = Elsewhere(here.id, self._channel), ""
        else:
            chat = of_channel(self._channel).name
            place, why = (
                self.beside(here),
                f", and the channel for approvals is in {chat}, which your organization does not use here",
            )
        if place is None:
            raise Conflict(f"{begin}, who cannot read this conversation{why}. Ask in a channel.")
        return place

    def beside(self, here: Workspace) -> Elsewhere | None:
        """Returns where something is shown in another chat, too; None if the channel is of this chat or the customer has no enabled
        workspace in the other. Of several it is the one that has the channel among those that get notices."""
        if not self._channel or self._is_here(here):
            return None
        chat = of_channel(self._channel)
        rows = [
            row
            for row in self._workspaces.list(enabled=True)
            if row.customer == here.customer and CHATS.get(row.chat) is chat
        ]
        rows.sort(key=lambda row: self._channels.find(row.id, self._channel) is None)
        return Elsewhere(rows[0].id, self._channel, chat.name) if rows else None

    def _is_here(self, here: Workspace) -> bool:
        return of_channel(self._channel) is CHATS[chat_of(here.chat_id)]
