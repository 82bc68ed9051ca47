"""The Slack edge: the client of its Web API, and the connections over which Slack asks."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from bot.app.edge import Edge
from bot.app.part import ChatClient, Common, Part, Task
from bot.core.text import count
from bot.core.webhook import PREFIX, Webhook
from bot.delivery.worker import SENDERS
from bot.ids.chats import SLACK
from bot.slack.app import build_app, receiver, timed
from bot.slack.bot_tokens import owner
from bot.slack.channel_moved import MOVED, ChannelMoved
from bot.slack.chat import SlackChat
from bot.slack.errors import remedy
from bot.slack.forms import Forms
from bot.slack.home import home_opened
from bot.slack.hosts import origins
from bot.slack.intake import Intake, Json
from bot.slack.manifest import EVENTS, OPENED
from bot.slack.refused_blocks import NewestBlocks, SimpleBlocks
from bot.slack.socket import Sockets
from bot.slack.suggestions import SlackSuggestions
from bot.slack.uninstalled import Uninstalled
from bot.slack.web_api import WebApi
from bot.slack.workspace_cache import WorkspaceCache
from bot.slack.workspace_watch import WorkspaceWatch
from bot.vitals import ChatHealth
from store.errors import StoreError

log = logging.getLogger(__name__)

WORKSPACES_EVERY_S = 3.0
WATCH_EVERY_S = 60.0
NAME = "Slack"  # what its users call it
WORKSPACES = "reading the workspaces"  # the name of the task


class SlackClient(ChatClient):
    """The workspaces, and the Web API that is called with their tokens."""

    workspaces: WorkspaceCache

    def __init__(self, common: Common) -> None:
        settings, self._hurry = common.settings, common.hurry
        connections = settings.commands.workers + SENDERS + 4
        self.kind, self.name, self.remedy, self.prompt = SLACK, NAME, remedy, settings.slack.command
        self.api = WebApi(settings.slack.api_url, ca_bundle=settings.tls.ca_bundle, connections=connections)
        self.workspaces = WorkspaceCache(common.store.workspaces, settings.slack.app_token, common.redactor.add)
        new = settings.slack.blocks == "new"
        self.blocks = (
            NewestBlocks(common.store.refused_blocks, common.metrics.blocks_refused) if new else SimpleBlocks()
        )
        self.chat = SlackChat(self.api, self.workspaces.bot_token, blocks=self.blocks)

    def start(self) -> None:
        self.workspaces.refresh()
        self.blocks.load()

    def stop(self) -> None:
        self.api.close()

    def workspace_changed(self) -> None:
        """Reads the workspaces again now, and soon connects to what is new among them."""
        with suppress(StoreError):  # the change itself is in the store, and the next run of the task reads it
            self.workspaces.refresh()
        self._hurry(WORKSPACES)

    def wrong_in(self, values: Mapping[str, Any]) -> str:
        return owner(self.api, *(values[name] for name in ("bot_token", "team_id", "bot_user_id"))).wrong


class SlackPart(Part):
    """Receives what Slack sends. Until its connections close, Slack is answered that the bot restarts."""

    def __init__(self, client: SlackClient, edge: Edge, opened: Callable[[str, str], None]) -> None:
        """`opened(team, user)` has the home of somebody published who opens it."""
        common, store, token_of = edge.common, edge.common.store, client.workspaces.bot_token
        self._settings, self._metrics, self._workspaces = common.settings.slack, common.metrics, client.workspaces
        uninstalled = Uninstalled(
            store.workspaces, store.audit, store.seen, store.transaction, common.instance, client.workspace_changed
        )
        events: dict[str, Callable[[Json], object]] = {
            **dict.fromkeys(EVENTS, uninstalled),
            MOVED: ChannelMoved(store, common.instance),
            OPENED: home_opened(opened),
        }
        intake = _intake(client, edge, opened)
        app = build_app(self._settings.command, edge.registry, intake, token_of, events)
        self.receive = receiver(app, SlackSuggestions(edge.suggestions))
        self._watch = WorkspaceWatch(partial(store.workspaces.list, chat=SLACK), client.api, edge.webnet.customers)
        self._sockets = Sockets(
            self._settings.api_url,
            timed(self.receive, lambda seconds: common.metrics.acks.observe(seconds, "socket")),
            ca_bundle=common.settings.tls.ca_bundle,
            connections=self._settings.connections,
            heartbeats=common.vitals.heartbeats,
        )
        common.metrics.connections.read = lambda: [{(): self.connections()}]
        common.vitals.chats.append(self._health)

    @property
    def webhooks(self) -> Mapping[str, Webhook]:
        from bot.slack import signed_http  # noqa: PLC0415  # is of use with the HTTP adapter alone

        kept = self._workspaces
        inbound = signed_http.Inbound(
            self.receive, kept.signing_secret, kept.signing_secrets, origins(self._settings.api_url), self._metrics
        )
        answers = {"commands": inbound.commands, "events": inbound.events, "interactions": inbound.interactions}
        signed = partial(Webhook, signed_http.HEADER, signed_http.SIGNATURE)
        return {f"{PREFIX}/slack/{name}": signed(answer) for name, answer in answers.items()}

    @property
    def tasks(self) -> tuple[Task, ...]:
        return (
            Task(WORKSPACES, WORKSPACES_EVERY_S, self._follow_workspaces, at_once=False, alone=True),
            Task("looking at the workspaces", WATCH_EVERY_S, self._watch.look, at_once=False),
        )

    def start(self) -> None:
        if self._settings.socket_mode:
            self._sockets.start()
        self._follow_workspaces()

    def stop(self) -> None:
        self._sockets.stop()

    def connections(self, wait_s: float = 0.0) -> int:
        """How many Socket Mode connections are open. Waits up to `wait_s` seconds for the first."""
        deadline = time.monotonic() + wait_s
        while not (found := sum(self._sockets.open_connections().values())) and time.monotonic() < deadline:
            time.sleep(0.02)
        return found

    def _health(self, customer: int | None) -> ChatHealth | None:
        if not self._workspaces.of(customer):
            return None
        if not (self._settings.socket_mode and self._workspaces.app_tokens()):
            return ChatHealth(NAME, "reaches the bot over HTTP.")
        if not (connections := self.connections()):
            words = "no Socket Mode connection is open, so new commands do not arrive here."
            return ChatHealth(NAME, words, "shut", "0 connections to Slack.")
        return ChatHealth(NAME, "connected.", more=f"{count(connections, 'connection')} to Slack.")

    def _follow_workspaces(self) -> None:
        self._workspaces.refresh()
        if self._settings.socket_mode:
            self._sockets.follow(self._workspaces.app_tokens())  # every time, so that one that failed is made up for


def _intake(client: SlackClient, edge: Edge, opened: Callable[[str, str], None]) -> Intake:
    settings, token_of, queue = edge.common.settings, client.workspaces.bot_token, edge.queue
    forms = Forms(
        client.api,
        client.chat,
        edge.common.store.sealed_texts,
        edge.registry,
        client.workspaces.workspace,
        token_of,
        settings.slack.command,
        ZoneInfo(settings.commands.time_zone),
        edge.cards,
        client.blocks,
    )
    return Intake(
        edge.registry,
        edge.dispatcher,
        client.api,
        client.chat,
        queue.pool,
        queue.side,
        queue.timers,
        token_of,
        forms,
        opened,
        edge.cards,
        client.blocks,
    )
