"""What the page does in a member's name: types, clicks, fills in, submits, uses shortcuts, opens the home tab."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from lab.slack.feed import Reader
from lab.slack.fields import refusals
from lab.slack.interactions import Interaction
from lab.slack.view import View
from lab.slack.world import Json, Message

if TYPE_CHECKING:
    from lab.slack.server import SlackLab

SETTLED_S = 5.0
Act = Callable[[Reader, Json], Awaitable[Json]]


class PageActs:
    """Each act is handed who does it and what the page sent, and returns what the page hears of it."""

    def __init__(self, lab: SlackLab) -> None:
        self.lab = lab
        self.all: dict[str, Act] = {
            "type": self._type,
            "act": self._act,
            "suggest": self._suggest,
            "submit": self._submit,
            "close": self._close,
            "shortcut": self._shortcut,
            "home": self._home,
        }

    async def _type(self, reader: Reader, body: Json) -> Json:
        text, thread_ts = str(body["text"]).strip(), body.get("thread_ts")
        if text.startswith("/") and not thread_ts:
            self.lab.say(reader.user, text, str(body["channel"]), reader.team)
        elif text:
            self.lab.chat(reader.user, text, str(body["channel"]), reader.team, thread_ts)
        return {}

    async def _act(self, reader: Reader, body: Json) -> Json:
        where, action_id = self._where(reader, body), str(body["action_id"])
        chosen = body.get("chosen")
        if chosen is None:
            return await _settled(self.lab.click(reader.user, where, action_id))
        return await _settled(self.lab.act(reader.user, where, action_id, dict(chosen)))

    async def _suggest(self, reader: Reader, body: Json) -> Json:
        where, menu = self._where(reader, body), str(body["action_id"])
        return await _settled(self.lab.type_ahead(reader.user, where, menu, str(body["value"])))

    async def _submit(self, reader: Reader, body: Json) -> Json:
        """Answers with `errors` for the fields that Slack itself does not take."""
        view = self._view(reader, body)
        errors = refusals(view.blocks, view.state)
        return {"errors": errors} if errors else await _settled(self.lab.submit_view(reader.user, view))

    async def _close(self, reader: Reader, body: Json) -> Json:
        view = self._view(reader, body)
        self.lab.close_view(reader.user, view, whole_stack=body.get("whole_stack") is True)
        return {}

    async def _shortcut(self, reader: Reader, body: Json) -> Json:
        message = self._message(reader, body) if body.get("ts") else None
        return await _settled(self.lab.shortcut(reader.user, str(body["callback_id"]), message, reader.team))

    async def _home(self, reader: Reader, body: Json) -> Json:
        return await _settled(self.lab.look_at_home(reader.user, reader.team, str(body.get("tab", "home"))))

    def _where(self, reader: Reader, body: Json) -> Message | View:
        return self._view(reader, body) if body.get("view") else self._message(reader, body)

    def _message(self, reader: Reader, body: Json) -> Message:
        with self.lab.world.changed:
            channel = self.lab.world.teams[reader.team].channels.get(str(body["channel"]))
            message = self.lab.world.find(channel, str(body["ts"])) if channel else None
            if message is None:
                raise ValueError("That message is not there any more.")
            return message

    def _view(self, reader: Reader, body: Json) -> View:
        """Finds the modal or the home tab, and keeps in it what has been filled in on the page."""
        home = self.lab.views.homes.get((reader.team, reader.user))
        there = [*self.lab.views.stack(reader.team, reader.user), *([home] if home else [])]
        view = next((view for view in there if view.id == body["view"]), None)
        if view is None:
            raise ValueError("That window is closed already.")
        view.hold(dict(body.get("values") or {}))
        return view


async def _settled(interaction: Interaction) -> Json:
    """Waits until an interaction is acknowledged, or Slack has given up on it."""
    try:
        await asyncio.to_thread(interaction.wait_ack, SETTLED_S)
    except TimeoutError:
        return {"failed": interaction.error or "no answer"}
    if interaction.error:
        return {"failed": interaction.error}
    groups = (interaction.ack_payload or {}).get("option_groups")
    return {"acked_ms": interaction.acked_ms, "options": groups or interaction.options}
