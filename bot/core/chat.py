"""The port to a chat: what the bot needs of Slack, or of any other chat, with no word of it. Pure.

A chat is one package. It implements `Chat`, hands what its users type or click to a dispatcher of `core.dispatch`, and raises
`core.errors.ChatError`, whose `kind` says what a refusal means. Deliveries and cards know nothing else of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.core.errors import ChatError
from bot.core.message import Message


@dataclass(frozen=True, slots=True)
class Place:
    """Says where a message stands. `workspace` and `channel` are the chat's own ids; a user's id instead of a channel's is
    the direct conversation with that user. `thread` is the ref of the message that the thread hangs on, empty outside one."""

    workspace: str
    channel: str
    thread: str = ""


class Chat(Protocol):
    """Sends messages. Its methods may be called from any thread, and all but `fits` and `has_thread` raise ChatError. Where the chat refuses the
    content of a message they show its summary as plain text, unless it has to be shown `whole`.

    A `ref` names a message that was sent, or a request that is still to be answered. It is opaque text of the chat's, and may
    be as good as a key: it is sealed wherever it is stored for longer than a delivery, and never logged.
    """

    def post(self, place: Place, message: Message, reply_to: str = "") -> str:
        """Posts a message and returns its ref. With the ref of another message, or of a request, it is a reply to that."""

    def update(self, place: Place, ref: str, message: Message, *, last: bool) -> str:
        """Puts the message in place of what `ref` shows and returns the ref that names it from now on, which has to be stored.

        A request that has shown nothing yet shows the message. Where the chat takes no further change nothing happens and
        the ref comes back as it was. `last`: no other update will follow, so nothing is kept back for one.
        """

    def has_thread(self, place: Place, ref: str) -> bool:
        """Returns whether any number of replies can be posted to the message of this ref at the place, each of which can be changed."""

    def whisper(self, place: Place, caller: str, message: Message) -> None:
        """Posts a message that only the user `caller` sees there."""

    def fits(self, place: Place, message: Message) -> bool:
        """Returns whether the message can be shown whole there."""


def reply_or_post(chat: Chat, below: tuple[Place, str] | None, otherwise: Place, message: Message) -> None:
    """Replies below a message, named by its place and its ref; posts the message to the other place where there is none to reply to, or
    the chat refuses the reply for good. Raises ChatError."""
    if below is not None:
        place, ref = below
        try:
            chat.post(place, message, ref)
        except ChatError as error:
            if error.may_pass:
                raise
        else:
            return
    chat.post(otherwise, message)
