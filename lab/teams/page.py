"""The web page at `/`: who is here, what stands in each conversation, and what a member writes, presses or fills in, which goes to the bot as
Teams sends it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from lab.page_files import sent
from lab.teams.activities import NOC, ONCALL, Member
from lab.teams.connector import Posted

if TYPE_CHECKING:
    from lab.teams.server import TeamsLab

OWN_FILES = Path(__file__).with_name("page_files")
SHARED_FILES = Path(__file__).parents[1] / "slack" / "page"  # the look that both chats' pages have
NEWEST = 200  # messages that are shown
NAMES = {NOC: "noc", ONCALL: "on call"}
OWN = {"127.0.0.1", "localhost"}


class Page:
    """Serves only a browser on this machine: no other site's page, and no name that points here. `slack_url` is where the emulated Slack is,
    in a demo of both."""

    slack_url: str | None = None

    def __init__(self, lab: TeamsLab) -> None:
        self._lab = lab
        self._acts: dict[str, Callable[[Member, dict[str, Any]], dict[str, Any]]] = {
            "say": self._say,
            "press": lambda member, body: lab.made.clicked(member, body["data"], _place(body), body.get("below", "")),
            "open": lambda member, body: lab.made.opened(member, body["data"], _place(body), body.get("below", "")),
            "send": lambda member, body: lab.made.sent(member, body["data"], _place(body)),
            "search": lambda member, body: lab.made.searched(member, body["dataset"], body["typed"], _place(body)),
        }

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/", self._index)
        app.router.add_get("/page/{file}", self._file)
        app.router.add_get("/_page/state", self._state)
        app.router.add_post("/_page/{act}", self._act)

    async def _index(self, request: web.Request) -> web.StreamResponse:
        _only_here(request)
        return sent("index.html", OWN_FILES)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        _only_here(request)
        return sent(request.match_info["file"], OWN_FILES, SHARED_FILES)

    async def _state(self, request: web.Request) -> web.Response:
        """Returns what there is, and nothing to a page that knows it: `at` is the state that it has."""
        _only_here(request)
        teams = self._lab.connector
        with teams.changed:
            at, posted = teams.changes, list(teams.posted.values())[-NEWEST:]
        if request.query.get("at") == str(at):
            return web.Response(status=204)
        places = [{"id": place, "name": NAMES.get(place, place)} for place in teams.conversations]
        members = [{"id": each.id, "name": each.name, "personal": each.personal} for each in teams.members.values()]
        found = {"at": at, "slack": self.slack_url, "bot": self._lab.bot_url, "places": places, "members": members}
        return web.json_response({**found, "messages": list(map(_shown, posted))})

    async def _act(self, request: web.Request) -> web.Response:
        _only_here(request)
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType(text="The lab's page sends JSON.")
        body, act = await request.json(), self._acts.get(request.match_info["act"])
        member = self._lab.connector.members.get(str(body.get("member")))
        if act is None or member is None:
            raise web.HTTPNotFound
        return web.json_response(await self._lab.send(act(member, body)))

    def _say(self, member: Member, body: dict[str, Any]) -> dict[str, Any]:
        place, text = _place(body), str(body["text"])
        activity = self._lab.made.message(member, text, place, mention=bool(body.get("mention")))
        at = f"@{self._lab.name} " if place and body.get("mention") else ""
        shown = {"type": "message", "text": at + text}
        number, conversation = activity["id"], activity["conversation"]["id"]
        self._lab.connector.keep(Posted(member.tenant, conversation, number, shown, author=member.name))
        return activity


def _place(body: dict[str, Any]) -> str:
    """Returns the channel or chat, empty for the conversation with the bot alone."""
    place = str(body.get("place") or "")
    return "" if place.startswith("a:") else place


def _shown(message: Posted) -> dict[str, Any]:
    place, _, thread = message.conversation.partition(";messageid=")
    return {
        "id": message.id,
        "place": place,
        "thread": thread,
        "author": message.author,
        "activity": message.activity,
        "versions": message.versions,
        "at": message.at,
    }


def _only_here(request: web.Request) -> None:
    origin = request.headers.get("Origin")
    if request.url.host not in OWN or (origin and origin != str(request.url.origin())):
        raise web.HTTPForbidden(text="The lab's page is for this machine only.")
