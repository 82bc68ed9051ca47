"""`SlackLab`: the emulated Slack as one object, its server in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Sequence

from aiohttp import web

from lab.faults import Faults
from lab.life import OnThread, listening
from lab.slack.acme import acme_and_globex
from lab.slack.console import Console
from lab.slack.feed import Feed
from lab.slack.interaction_sender import InteractionSender
from lab.slack.interactions import Interaction
from lab.slack.pages import Pages
from lab.slack.plain import plain
from lab.slack.response_urls import ResponseUrls
from lab.slack.signing import SignedRequest
from lab.slack.traffic import Ack, Call, Ledger, RateLimits, Refused
from lab.slack.trouble import Trouble
from lab.slack.user_actions import UserActions
from lab.slack.views import TRIGGER_VALID_S, Views
from lab.slack.webapi import WebApi
from lab.slack.world import KEEP, App, Channel, Member, Message, Team, World

MAX_BODY_BYTES = 16 * 1024 * 1024


class SlackLab(OnThread, UserActions, Trouble):
    """An emulated Slack on `http://127.0.0.1:port`; a context manager, or `start()` and `stop()`.

    What it knows survives `stop()`; `start()` again takes the same port. `clock_skew_s` of `world` moves Slack's clock.
    Of each channel's messages, the calls and the acks about the newest `keep` are kept, so that it does not grow for ever;
    who must hear of all of them registers with `world.watchers` (messages) and `world.listeners`.
    """

    thread_name = "slack-lab"

    def __init__(
        self,
        port: int = 0,
        rate_limits: bool = False,
        seed: int = 1,
        *,
        keep: int = KEEP,
        host: str = "127.0.0.1",
        ack_timeout_s: float = 3.0,
        ping_interval_s: float = 5.0,
        trigger_valid_s: float = TRIGGER_VALID_S,
        event_retry_s: Sequence[float] = (0.0, 60.0, 300.0),
    ) -> None:
        self.host = host
        self.port = port
        self.world = World(seed, keep)
        acme_and_globex(self.world)
        self.ledger = Ledger(keep, news=self.world.news)
        self.rates = RateLimits(self.world.now, rate_limits)
        self.views = Views(self.world, trigger_valid_s)
        self.faults = Faults()
        self.response_urls = ResponseUrls(self.world, self.ledger, self.rates, self.faults)
        self.sender = InteractionSender(
            self.world,
            self.ledger,
            self.views,
            ack_timeout_s,
            event_retry_s=tuple(event_retry_s),
            ping_interval_s=ping_interval_s,
        )
        self.hub = self.sender.hub
        self.feed = Feed(self.world, self.views, self.hub)
        self.pages = Pages(self, self.feed)
        self._web_api = WebApi(self.world, self.ledger, self.rates, self.faults, self.hub, self.views)
        self.files = self._web_api.files

    # Life

    async def _serve(self, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        runner = web.AppRunner(self._routes(), access_log=None, shutdown_timeout=0.1)
        async with listening(runner, self.host, self.port) as self.port:
            self._web_api.base_url = self.url
            ready.set()
            try:
                await self._stopping.wait()
            finally:
                self.hub.kill(self.hub.of())
                await self.sender.close()
                await self.pages.close()

    def _routes(self) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_route("*", "/api/{method}", self._web_api.handle)
        app.router.add_get("/link/", self.hub.handle)
        app.router.add_post("/upload/v1/{key}", self.files.receive)
        app.router.add_post("/commands/{team}/{key}", self.response_urls.handle)
        Console(self).add_routes(app)
        self.pages.add_routes(app)
        return app

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    # What members see

    def messages(self, channel: str, user: str | None = None, team: str | None = None) -> list[Message]:
        """Returns snapshots of what this member sees in a channel now; without `user` what everybody sees there."""
        with self.world.changed:
            found = self._channel(channel, team)
            reader = None if user is None else self.world.teams[found.team].member(user).id
            if reader is not None and reader not in found.members:
                return []
            return [m.snapshot() for m in found.messages if m.seen_by(reader)]

    def wait_message(self, channel: str, text: str, user: str | None = None, timeout: float = 30.0) -> Message:
        """Waits for a message in a channel whose plain rendering holds `text`, and returns the newest."""

        def found() -> Message | None:
            return next((m for m in reversed(self.messages(channel, user)) if text in plain(m)), None)

        with self.world.changed:
            message = self.world.changed.wait_for(found, timeout)
            if message is None:
                shown = [plain(m) for m in self.messages(channel, user)]
                raise TimeoutError(f"waited {timeout} s for {text!r} in {channel}; there is {shown}")
            return message

    # What the app did

    @property
    def calls(self) -> list[Call]:
        return list(self.ledger.calls)

    @property
    def acks(self) -> list[Ack]:
        return list(self.ledger.acks)

    @property
    def refused(self) -> list[Refused]:
        return list(self.ledger.refused)

    def forget(self) -> None:
        """Drops what has been recorded and shown, so that a run of hours does not grow."""
        with self.world.changed:
            for kept in (self.ledger.calls, self.ledger.acks, self.ledger.refused):
                kept.clear()
            for team in self.world.teams.values():
                for channel in team.channels.values():
                    channel.messages.clear()
            self.response_urls.forget()
            self.views.forget()
        self._on_loop(self.sender.forget)

    def wait_connected(self, n: int = 1, timeout: float = 30.0, app: str | None = None) -> None:
        """Waits until the app holds `n` sockets that are not being closed."""

        def count() -> int:
            return sum(not c.draining for c in self.connections(app))

        with self.world.changed:
            if not self.world.changed.wait_for(lambda: count() >= n, timeout):
                raise TimeoutError(f"waited {timeout} s for {n} connections, there are {count()}")

    # How the app is reached

    def http_mode(self, team: str, base_url: str | None) -> None:
        """Sends commands, clicks and events of this team to `base_url` as signed requests, or by sockets again for None."""
        with self.world.changed:
            if base_url is None:
                self.sender.http.pop(team, None)
            else:
                self.sender.http[team] = base_url

    def signed(
        self, interaction: Interaction, secret: str | None = None, timestamp: float | None = None
    ) -> SignedRequest:
        """Makes the request that would carry this interaction over HTTP, with any secret and time."""
        return self.sender.request_for(interaction, secret, timestamp)

    # More members and channels

    def add_app(self, app_id: str, token: str, signing_secret: str = "lab-signing-secret") -> App:
        with self.world.changed:
            return self.world.add_app(app_id, token, signing_secret)

    def add_team(
        self, team_id: str, name: str, bot_token: str, app: str = "A0WEBNET", members: Iterable[Member] = ()
    ) -> Team:
        with self.world.changed:
            return self.world.add_team(team_id, name, bot_token, self.world.apps[app], members)

    def add_channel(
        self,
        channel_id: str,
        name: str,
        team: str = "T0ACME",
        *,
        private: bool = False,
        bot_member: bool = True,
        members: Iterable[str] | None = None,
    ) -> Channel:
        with self.world.changed:
            where = self.world.teams[team]
            return self.world.add_channel(
                where, channel_id, name, private=private, bot_member=bot_member, members=members
            )

    def channel(self, channel: str, team: str | None = None) -> Channel:
        """Returns the live channel, to archive it or to change its members."""
        return self._channel(channel, team)

    def _channel(self, channel: str, team: str | None) -> Channel:
        for where in self.world.teams.values():
            if team in (None, where.id) and channel in where.channels:
                return where.channels[channel]
        raise ValueError(f"There is no channel {channel}.")
