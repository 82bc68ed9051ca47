"""The bot's shortcuts: what Slack's menus call them, and the command that each of them runs; and what they make
of a payload."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.core.chat import Place
from bot.core.commands import CommandRequest
from bot.ids.slack import is_direct
from bot.log_setup import new_request_id
from bot.slack.shapes import of_guest, of_other_workspace, team_of, word
from bot.slack.text import inbound

CALLBACK = "webnet:shortcut:"  # before the name of the command
MOST_TEXT = 20_000  # characters of a message that are looked at
DEEPEST = 12  # levels; Slack's own messages have about eight
_SHOWN = frozenset({"text", "fallback", "pretext", "title", "value"})  # fields that hold what people read


@dataclass(frozen=True, slots=True)
class Shortcut:
    """Runs `command`: on a message, or anywhere."""

    command: str
    name: str
    description: str
    on_message: bool = False

    @property
    def manifest(self) -> dict[str, str]:
        return {
            "name": self.name,
            "type": "message" if self.on_message else "global",
            "callback_id": CALLBACK + self.command,
            "description": self.description,
        }


SHORTCUTS = (
    Shortcut("pick_command", "WebNet command", "Pick a command and fill in its form"),
    Shortcut(
        "search_message", "Search configs for this", "Search the configs for a line of this message", on_message=True
    ),
    Shortcut(
        "devices_in_message",
        "Status of a device here",
        "Find the devices that this message names",
        on_message=True,
    ),
    Shortcut("why_message", "Why this notice?", "Explain why this notice came", on_message=True),
)
BY_CALLBACK = {CALLBACK + shortcut.command: shortcut for shortcut in SHORTCUTS}


def request_of(shortcut: Shortcut, body: Mapping[str, Any], keys: tuple[str, ...]) -> CommandRequest:
    """Makes the request of whoever used the shortcut; where that names no channel, it is the conversation with them."""
    user, channel = body.get("user"), body.get("channel")
    place = Place(team_of(body), word(channel, "id") or word(user, "id"))
    return CommandRequest(
        place=place,
        chat_user=word(user, "id"),
        text=shortcut.command,
        request_id=new_request_id(),
        way="shortcut",
        keys=keys,
        chat_user_name=word(user, "username", "name"),
        channel_name=word(channel, "name"),
        asked=time.monotonic(),
        guest=of_guest(body),
        foreign=of_other_workspace(body),
        direct=is_direct(place.channel),
        message=text_of(body.get("message")),
    )


def text_of(message: Any) -> str:
    """Returns what people read in a message, each text once and in its order, as it was typed. Buttons and menus are left out: what
    they carry is for the bot alone, such as the proof in a button that approves."""
    pieces = dict.fromkeys(piece.strip() for piece in _pieces(message, 0))
    return inbound("\n".join(filter(None, pieces)))[:MOST_TEXT]


def _pieces(node: Any, depth: int) -> Iterator[str]:
    if depth > DEEPEST or (isinstance(node, Mapping) and "action_id" in node):
        return
    if isinstance(node, list):
        for each in node:
            yield from _pieces(each, depth + 1)
    elif isinstance(node, Mapping):
        for name, value in node.items():
            if isinstance(value, str):
                if name in _SHOWN:
                    yield value
            else:
                yield from _pieces(value, depth + 1)
