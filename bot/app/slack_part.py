"""The Slack edge: the client of its Web API, the queue of what Slack asks for, and the connections over which it asks."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from bot.app.part import ChatClient, Common, Part, Task, run_all
from bot.core.cards import CardOpener
from bot.core.commands import Registry
from bot.core.dispatch import Dispatcher
from bot.core.suggestions import Suggestions
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
from bot.vitals import Load
from bot.webnet.models import Customer
from bot.work_pool import Taken, Timers, WorkPool
from store.errors import StoreError

log = logging.getLogger(__name__)

DRAIN_S = 60.0  # how long a stop waits for the commands that were accepted
SIDE_DRAIN_S = 10.0
HUNG_S = 600.0  # a command that runs for longer hangs, unless requests to WebNet may take very long
WORKSPACES_EVERY_S = 3.0
WATCH_EVERY_S = 60.0
WORKSPACES = "reading the workspaces"  # the name of the task


class SlackClient(ChatClient):
    """The workspaces, and the Web API that is called with their tokens."""

    workspaces: WorkspaceCache

    def __init__(self, common: Common) -> None:
        settings, self._hurry = common.settings, common.hurry
        connections = settings.commands.workers + SENDERS + 4
        self.kind, self.name, self.remedy, self.prompt = SLACK, "Slack", remedy, settings.slack.command
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


class CommandQueue(Part):
    """The workers of commands, and beside them `side`, a small pool for what must not wait behind commands."""

    def __init__(self, common: Common) -> None:
        commands, began = common.settings.commands, common.vitals.heartbeats.must_live
        self.pool = WorkPool("command", commands.workers, commands.queue, began)
        self.side = WorkPool("side", 4, 1024, began)
        self.timers = Timers(began)
        longest_s = max(HUNG_S, 10 * common.settings.webnet.timeout_s)
        common.vitals.load = lambda: Load(self.pool.waiting, self.pool.oldest_s, longest_s)
        self._not_notified = 0
        common.metrics.queue.read = lambda: [{("commands",): self.pool.waiting, ("side",): self.side.waiting}]

    def drain(self) -> int:
        """Gives the callers of commands that could not even be begun in time to `side`, which says so to them."""
        left = self.pool.drain(DRAIN_S)
        self._not_notified = sum(self.side.offer(instead) is not Taken.yes for instead in self.pool.abandon())
        return left

    def stop(self) -> None:
        run_all([self.timers.close, partial(self.side.drain, SIDE_DRAIN_S)])
        if number := self._not_notified + len(self.side.abandon()):
            log.error("%s not notified that nothing was done", count(number, "caller"))


class SlackPart(Part):
    """Receives what Slack sends. Until its connections close, Slack is answered that the bot restarts."""

    def __init__(
        self,
        common: Common,
        client: SlackClient,
        queue: CommandQueue,
        registry: Registry,
        dispatcher: Dispatcher,
        cards: CardOpener,
        customers: Callable[[], Iterable[Customer]],
        suggestions: Suggestions,
        opened: Callable[[str, str], None],
    ) -> None:
        """`customers` reads those that WebNet has; `opened(team, user)` has the home of somebody published who opens it."""
        settings, store, self._workspaces = common.settings.slack, common.store, client.workspaces
        self._metrics = common.metrics
        self._socket_mode, self._api_url = settings.socket_mode, settings.api_url
        token_of = client.workspaces.bot_token
        forms = Forms(
            client.api,
            client.chat,
            store.sealed_texts,
            registry,
            client.workspaces.workspace,
            token_of,
            settings.command,
            ZoneInfo(common.settings.commands.time_zone),
            cards,
            client.blocks,
        )
        intake = Intake(
            registry,
            dispatcher,
            client.api,
            client.chat,
            queue.pool,
            queue.side,
            queue.timers,
            token_of,
            forms,
            opened,
            cards,
            client.blocks,
        )
        uninstalled = Uninstalled(
            store.workspaces, store.audit, store.seen, store.transaction, common.instance, client.workspace_changed
        )
        self._watch = WorkspaceWatch(partial(store.workspaces.list, chat=SLACK), client.api, customers)
        moved = ChannelMoved(store, common.instance)
        events: dict[str, Callable[[Json], object]] = {
            **dict.fromkeys(EVENTS, uninstalled),
            MOVED: moved,
            OPENED: home_opened(opened),
        }
        app = build_app(settings.command, registry, intake, token_of, events)
        self.receive = receiver(app, SlackSuggestions(suggestions))
        by_socket = timed(self.receive, lambda seconds: common.metrics.acks.observe(seconds, "socket"))
        ca_bundle = common.settings.tls.ca_bundle
        self._sockets = Sockets(
            settings.api_url,
            by_socket,
            ca_bundle=ca_bundle,
            connections=settings.connections,
            heartbeats=common.vitals.heartbeats,
        )
        common.metrics.connections.read = lambda: [{(): self.connections()}]
        wanted = client.workspaces.app_tokens
        common.vitals.connections = lambda: self.connections() if settings.socket_mode and wanted() else None

    @property
    def webhooks(self) -> Mapping[str, Webhook]:
        from bot.slack import signed_http  # noqa: PLC0415  # is of use with the HTTP adapter alone

        kept = self._workspaces
        inbound = signed_http.Inbound(
            self.receive, kept.signing_secret, kept.signing_secrets, origins(self._api_url), self._metrics
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
        if self._socket_mode:
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

    def _follow_workspaces(self) -> None:
        self._workspaces.refresh()
        if self._socket_mode:
            self._sockets.follow(self._workspaces.app_tokens())  # every time, so that one that failed is made up for
