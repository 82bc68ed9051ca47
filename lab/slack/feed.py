"""The page's event stream: numbered events, kept for a while so that a page that was away can go on where it was."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from lab.slack import page_data
from lab.slack.interactions import Interaction
from lab.slack.sockets import Hub
from lab.slack.traffic import Refused
from lab.slack.views import Views
from lab.slack.world import Json, Message, World

RECENT = 2_000  # events that a page may have missed
BACKLOG = 500  # events that one page may lag behind
WIRE = 300
NOTES = 200
AT_MOST = 32  # pages at once


@dataclass(frozen=True)
class Reader:
    """Who looks at the page, which decides what they see."""

    team: str
    user: str


@dataclass(frozen=True)
class Item:
    """One event. `team`, `channel` and `user`, where they are set, are those that it is meant for."""

    number: int
    event: str
    data: str
    team: str | None = None
    channel: str | None = None
    user: str | None = None


@dataclass(eq=False)
class Page:
    """One open page. `lost` says that it lagged too far behind and has to load again."""

    reader: Reader
    loop: asyncio.AbstractEventLoop
    items: asyncio.Queue[Item] = field(default_factory=lambda: asyncio.Queue(BACKLOG))
    lost: bool = False

    def put(self, item: Item) -> None:
        if self.items.full():
            self.lost = True
        else:
            self.items.put_nowait(item)


class TooManyPages(Exception):
    pass


class Feed:
    """Receives everything that happens in the world, from any thread, and hands it to the pages that may see it.

    `run` names this life of the lab: the numbers of another mean nothing here.
    """

    def __init__(self, world: World, views: Views, hub: Hub) -> None:
        self.world = world
        self.views = views
        self.hub = hub
        self.run = secrets.token_hex(4)
        self.last = 0
        self.wire: deque[Json] = deque(maxlen=WIRE)
        self.notes: deque[Item] = deque(maxlen=NOTES)
        self._recent: deque[Item] = deque(maxlen=RECENT)
        self._pages: list[Page] = []
        self._wire_ids = count(1)
        self._wire_of: dict[Interaction, Json] = {}

    def listen(self) -> None:
        """Begins to record events; a lab that nobody looks at costs nothing."""
        with self.world.changed:
            if self._heard not in self.world.listeners:
                self.world.listeners.append(self._heard)

    @contextmanager
    def opened(self, reader: Reader, after: int) -> Iterator[Page]:
        """Opens a page with the events after `after`; it is lost from the start if those are not kept any more."""
        page = Page(reader, asyncio.get_running_loop())
        with self.world.changed:
            if len(self._pages) >= AT_MOST:
                raise TooManyPages
            missed = [item for item in self._recent if item.number > after]
            oldest = missed[0].number if missed else self.last + 1
            page.lost = after > self.last or oldest > after + 1
            for item in missed:
                if self.sees(reader, item):
                    page.put(item)
            self._pages.append(page)
        try:
            yield page
        finally:
            with self.world.changed:
                self._pages.remove(page)

    def sees(self, reader: Reader, item: Item) -> bool:
        if item.team not in (None, reader.team) or item.user not in (None, reader.user):
            return False
        if item.channel is None:
            return True
        channel = self.world.teams[reader.team].channels.get(item.channel)
        return channel is not None and reader.user in channel.members

    def _heard(self, kind: str, thing: Any) -> None:
        with self.world.changed:
            match kind:
                case "message":
                    self._message(thing)
                case "views":
                    team, user = thing
                    self._say("views", page_data.views(self.views, team, user), team=team, user=user)
                case "home":
                    team, user = thing
                    self._say("home", page_data.home(self.views, team, user) or {}, team=team, user=user)
                case "sockets":
                    self._say("sockets", {"app": thing.id, "count": len(self.hub.of(thing.id))})
                case "interaction":
                    self._interaction(thing)
                case "call":
                    self._on_wire(page_data.call(thing), page_data.call_detail(thing))
                case "refused":
                    self._refused(thing)

    def _message(self, message: Message) -> None:
        where = {"team": message.team, "channel": message.channel, "user": message.ephemeral_to}
        self._say("message", page_data.message(message), **where)

    def _interaction(self, interaction: Interaction) -> None:
        known = self._wire_of.get(interaction)
        if known is None:
            known = self._on_wire(page_data.interaction(interaction), {})
            self._wire_of[interaction] = known
        known |= page_data.interaction(interaction)
        known["detail"] = page_data.interaction_detail(interaction)
        self._say("wire", page_data.summary(known))
        if interaction.error and interaction.kind != "events_api":
            where = {"team": interaction.team, "channel": interaction.channel or None, "user": interaction.user}
            self._note(page_data.failure(interaction, self.world.new_ts()), **where)
        if len(self._wire_of) > 2 * WIRE:
            kept = set(map(id, self.wire))
            self._wire_of = {key: entry for key, entry in self._wire_of.items() if id(entry) in kept}

    def _refused(self, refused: Refused) -> None:
        where = {"team": refused.team, "channel": refused.channel, "user": refused.reader}
        self._note(page_data.refused(refused, self.world.new_ts()), **where)

    def _on_wire(self, entry: Json, detail: Json) -> Json:
        entry |= {"id": next(self._wire_ids), "detail": detail}
        self.wire.append(entry)
        if entry["what"] != "interaction":
            self._say("wire", page_data.summary(entry))
        return entry

    def _note(self, note: Json, **where: Any) -> None:
        self.notes.append(self._say("note", note, **where))

    def _say(self, event: str, data: Json | list[Json], **where: Any) -> Item:
        self.last += 1
        item = Item(self.last, event, json.dumps(data), **where)
        self._recent.append(item)
        for page in self._pages:
            if self.sees(page.reader, item):
                page.loop.call_soon_threadsafe(page.put, item)
        return item
