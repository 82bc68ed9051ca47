"""The web page at `/`: its files, the server-sent events that keep it fresh, and what it does in a member's name."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web

from lab.page_files import sent
from lab.slack import page_data
from lab.slack.feed import Feed, Item, Reader, TooManyPages
from lab.slack.page_acts import Act, PageActs
from lab.slack.world import Channel, Json, Message

if TYPE_CHECKING:
    from lab.slack.server import SlackLab

FOLDER = Path(__file__).parent / "page"
MESSAGES = 500  # of one channel, the newest
KEEP_ALIVE_S = 10.0
SETTLED_S = 5.0
LOCAL = {"127.0.0.1", "localhost", "::1"}
IMAGES = "'self' http: https: data:"  # which messages may show from anywhere


@dataclass
class Around:
    """Facts that only the lab's owner knows and the page shows: where the simulated WebNet and the emulated Teams are, which of WebNet's
    customers each team is, the app's slash command, hints for it (usage, summary, example), and the app's shortcuts as its manifest has them."""

    webnet_url: str | None = None
    teams_url: str | None = None
    customers: dict[str, int] = field(default_factory=dict)
    command: str = "/webnet"
    hints: Sequence[Json] = ()
    shortcuts: Sequence[Json] = ()


class Pages:
    """Serves only a browser on this machine: no other site's page, and no name that points here."""

    def __init__(self, lab: SlackLab, feed: Feed) -> None:
        self.lab = lab
        self.feed = feed
        self.around = Around()
        self.acts = PageActs(lab)
        self._session: aiohttp.ClientSession | None = None

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/", self._index)
        app.router.add_get("/page/{file}", self._file)
        app.router.add_get("/_page/state", self._guarded(self._state))
        app.router.add_get("/_page/events", self._guarded(self._events))
        app.router.add_get("/_page/wire/{id}", self._guarded(self._wire))
        for name, act in self.acts.all.items():
            app.router.add_post(f"/_page/{name}", self._guarded(self._acted(act)))
        app.router.add_route("*", "/_page/webnet/{path:.*}", self._guarded(self._webnet))

    async def close(self) -> None:
        if self._session:
            await self._session.close()
            self._session = None

    # --- files

    async def _index(self, _: web.Request) -> web.StreamResponse:
        return sent("index.html", FOLDER, images=IMAGES)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        return sent(request.match_info["file"], FOLDER, images=IMAGES)

    # --- what there is, and what happens

    def _guarded(
        self, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def guarded(request: web.Request) -> web.StreamResponse:
            if (request.url.host or "") not in {*LOCAL, self.lab.host}:
                raise web.HTTPForbidden(text="The lab's page is for this machine only.")
            if request.method not in ("GET", "HEAD") and request.content_type != "application/json":
                raise web.HTTPUnsupportedMediaType(text="The lab's page sends JSON.")
            try:
                return await handler(request)
            except (KeyError, TypeError) as missing:
                return web.json_response({"error": f"The request is not whole: {missing}."}, status=400)
            except ValueError as error:
                return web.json_response({"error": str(error)}, status=400)

        return guarded

    def _acted(self, act: Act) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def acted(request: web.Request) -> web.StreamResponse:
            body = await request.json()
            return web.json_response(await act(self._reader(body), body))

        return acted

    def _reader(self, given: Json) -> Reader:
        team = self.lab.world.teams.get(str(given["team"]))
        if team is None:
            raise ValueError(f"There is no workspace {given['team']}.")
        return Reader(team.id, team.member(str(given["user"])).id)

    async def _state(self, request: web.Request) -> web.Response:
        self.feed.listen()
        with self.lab.world.changed:
            teams = self.lab.world.teams
            asked = dict(request.query)
            where = teams.get(asked.get("team", "")) or next(iter(teams.values()))
            user = asked.get("user", "")
            reader = Reader(
                where.id, (where.member(user) if where.has(user) else next(iter(where.members.values()))).id
            )
            mine = [channel for channel in where.channels.values() if reader.user in channel.members]
            return web.json_response(
                {
                    "run": self.feed.run,
                    "at": self.feed.last,
                    "teams": [page_data.team(team) for team in teams.values()],
                    "team": page_data.team(where),
                    "people": [page_data.member(member) for member in where.members.values()],
                    "me": page_data.member(where.members[reader.user]),
                    "channels": [page_data.channel(channel) for channel in mine],
                    "messages": [page_data.message(m) for channel in mine for m in _newest(channel, reader)],
                    "notes": [json.loads(item.data) for item in self.feed.notes if self.feed.sees(reader, item)],
                    "views": page_data.views(self.lab.views, reader.team, reader.user),
                    "home": page_data.home(self.lab.views, reader.team, reader.user),
                    "wire": [page_data.summary(entry) for entry in self.feed.wire],
                    "sockets": len(self.lab.hub.of(where.app.id)),
                    "by_http": self.lab.sender.http.get(where.id),
                    "webnet": self.around.webnet_url,
                    "teams_page": self.around.teams_url,
                    "customer": self.around.customers.get(where.id),
                    "command": self.around.command,
                    "hints": list(self.around.hints),
                    "shortcuts": list(self.around.shortcuts),
                }
            )

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """`after`, or the browser's own Last-Event-ID: the run and the number of the last event that arrived."""
        reader = self._reader(dict(request.query))
        run, _, number = (request.headers.get("Last-Event-ID") or request.query["after"]).partition("-")
        after = int(number) if run == self.feed.run and number.isdecimal() else self.feed.last + 1
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        try:
            with self.feed.opened(reader, after) as page:
                await response.prepare(request)
                await response.write(b"retry: 1000\n\n")
                while not page.lost:
                    await response.write(await self._next(page.items))
                await response.write(b"event: lost\ndata: {}\n\n")
        except TooManyPages:
            return web.json_response({"error": "Too many pages are open."}, status=503)
        except ConnectionError:
            pass  # the page was closed
        return response

    async def _next(self, items: asyncio.Queue[Item]) -> bytes:
        try:
            item = await asyncio.wait_for(items.get(), KEEP_ALIVE_S)
        except TimeoutError:
            return b": still here\n\n"
        return f"id: {self.feed.run}-{item.number}\nevent: {item.event}\ndata: {item.data}\n\n".encode()

    async def _wire(self, request: web.Request) -> web.Response:
        with self.lab.world.changed:
            found = next((entry for entry in self.feed.wire if str(entry["id"]) == request.match_info["id"]), None)
            if found is None:
                raise ValueError("That is too long ago: only the last 300 are kept.")
            return web.json_response(found["detail"])

    # --- the simulated WebNet

    async def _webnet(self, request: web.Request) -> web.Response:
        """Hands on the simulated WebNet's own controls, so that the page needs one address only."""
        if self.around.webnet_url is None:
            raise ValueError("This emulated Slack knows of no simulated WebNet; `main.py demo` brings both.")
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SETTLED_S))
        url = f"{self.around.webnet_url}/_lab/{request.match_info['path']}"
        body = await request.read()
        try:
            async with self._session.request(request.method, url, data=body or None, params=request.query) as answer:
                return web.Response(status=answer.status, body=await answer.read(), content_type="application/json")
        except (aiohttp.ClientError, TimeoutError):
            return web.json_response({"error": "The simulated WebNet does not answer."}, status=502)


def _newest(channel: Channel, reader: Reader) -> list[Message]:
    return [message for message in channel.messages if message.seen_by(reader.user)][-MESSAGES:]
