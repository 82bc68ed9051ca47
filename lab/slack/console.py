"""`/_lab/`: typing and clicking from outside, for `main.py lab say`."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from aiohttp import web

from lab.slack.interactions import Interaction
from lab.slack.plain import plain
from lab.slack.world import Json, Message

if TYPE_CHECKING:
    from lab.slack.server import SlackLab

QUIET_S = 1.5
AT_MOST_S = 30.0


class Console:
    """Streams what appears as JSON Lines: `event` is new, edited, deleted, failed (with the `error`) or end."""

    def __init__(self, lab: SlackLab) -> None:
        self.lab = lab

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/_lab/say", self.say)
        app.router.add_post("/_lab/click", self.click)

    async def say(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        known, typed = self.lab.pages.around.command, body["text"].partition(" ")[0]
        try:
            if typed.startswith("/") and typed != known:
                raise ValueError(f"There is no command {typed} here; type {known} help.")
            interaction = self.lab.say(body["user"], body["text"], body.get("channel", "C0NOC"), body.get("team"))
        except ValueError as error:
            return web.json_response({"error": str(error)}, status=400)
        return await self._stream(request, interaction, body)

    async def click(self, request: web.Request) -> web.StreamResponse:
        """Presses `label` on the newest message of the channel that this member sees and that has such a button."""
        body = await request.json()
        try:
            interaction = self._click(body["user"], body["label"], body.get("channel", "C0NOC"), body.get("team"))
        except ValueError as error:
            return web.json_response({"error": str(error)}, status=400)
        return await self._stream(request, interaction, body)

    def _click(self, user: str, label: str, channel: str, team: str | None) -> Interaction:
        where, member, _ = self.lab.world.place(user, channel, team)
        for message in reversed(self.lab.messages(channel, member.id, where.id)):
            try:
                return self.lab.click(user, message, label)
            except ValueError:
                continue
        raise ValueError(f"{member.id} sees no button {label!r} in {channel}.")

    async def _stream(self, request: web.Request, interaction: Interaction, body: Json) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        changes: asyncio.Queue[Json] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def watch(message: Message) -> None:
            # The message holding a clicked button is changed by that click, though an earlier one caused it.
            if message.cause is interaction or message.ts == interaction.clicked_ts:
                loop.call_soon_threadsafe(changes.put_nowait, shown(message))

        self.lab.world.watchers.append(watch)
        try:
            await response.prepare(request)
            async for line in _until_quiet(changes, interaction, float(body.get("quiet_s", QUIET_S))):
                await response.write(json.dumps(line).encode() + b"\n")
            await response.write_eof()
        except ConnectionResetError:
            pass  # who reads has seen enough: `lab say … | head`
        finally:
            self.lab.world.watchers.remove(watch)
        return response


async def _until_quiet(changes: asyncio.Queue[Json], interaction: Interaction, quiet_s: float) -> AsyncIterator[Json]:
    """Ends when it has been quiet; never while the last words end in "…", the sign of work under way."""
    give_up_at, last = time.monotonic() + AT_MOST_S, None
    while (left_s := give_up_at - time.monotonic()) > 0:
        busy = last is None or (last["event"] != "deleted" and last["plain"].rstrip().endswith("…"))
        if busy and interaction.error:
            break
        try:
            last = await asyncio.wait_for(changes.get(), min(left_s, 0.1 if busy else quiet_s))
            yield last
        except TimeoutError:
            if not busy:
                break
    if interaction.error:
        yield {"event": "failed", "error": interaction.error}
    yield {"event": "end"}


def shown(message: Message) -> Json:
    event = "deleted" if message.deleted else "edited" if message.edited else "new"
    who = {"author": message.author, "ephemeral_to": message.ephemeral_to}
    return {"event": event, "ts": message.ts, "plain": plain(message), "via": message.via, **who}
