"""The Slack edge: the client of its Web API, the queue of what Slack asks for, and the connections over which it asks."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from functools import partial

from bot.app.part import ChatClient, Common, Part, Task, run_all
from bot.core.cards import CardOpener
from bot.core.commands import Registry
from bot.core.dispatch import Dispatcher
from bot.delivery.worker import SENDERS
from bot.slack.app import build_app, receiver, timed
from bot.slack.chat import SlackChat
from bot.slack.errors import remedy
from bot.slack.intake import Intake
from bot.slack.socket import Sockets
from bot.slack.uninstalled import Uninstalled
from bot.slack.web_api import WebApi
from bot.slack.workspace_cache import WorkspaceCache
from bot.work_pool import Taken, Timers, WorkPool
from store.errors import StoreError

log = logging.getLogger(__name__)

DRAIN_S = 60.0  # how long a stop waits for the commands that were accepted
SIDE_DRAIN_S = 10.0
WORKSPACES_EVERY_S = 3.0
WORKSPACES = "reading the workspaces"  # the name of the task


class SlackClient(ChatClient):
    """The workspaces, and the Web API that is called with their tokens."""

    workspaces: WorkspaceCache

    def __init__(self, common: Common) -> None:
        settings, self._hurry = common.settings, common.hurry
        connections = settings.commands.workers + SENDERS + 4
        self.name, self.remedy = "Slack", remedy
        self.api = WebApi(settings.slack.api_url, ca_bundle=settings.tls.ca_bundle, connections=connections)
        self.workspaces = WorkspaceCache(common.store.workspaces, settings.slack.app_token, common.redactor.add)
        self.chat = SlackChat(self.api, self.workspaces.bot_token)

    def start(self) -> None:
        self.workspaces.refresh()

    def stop(self) -> None:
        self.api.close()

    def workspace_changed(self) -> None:
        """Reads the workspaces again now, and soon connects to what is new among them."""
        with suppress(StoreError):  # the change itself is in the store, and the next run of the task reads it
            self.workspaces.refresh()
        self._hurry(WORKSPACES)


class CommandQueue(Part):
    """The workers of commands, and beside them `side`, a small pool for what must not wait behind commands."""

    def __init__(self, common: Common) -> None:
        commands = common.settings.commands
        self.pool, self.side = WorkPool("command", commands.workers, commands.queue), WorkPool("side", 4, 1024)
        self.timers = Timers()
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
            log.error("%d callers were not notified that nothing was done", number)


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
    ) -> None:
        settings, store, self._workspaces = common.settings.slack, common.store, client.workspaces
        self._socket_mode = settings.socket_mode
        token_of = client.workspaces.bot_token
        intake = Intake(
            registry, dispatcher, client.api, client.chat, queue.pool, queue.side, queue.timers, token_of, cards
        )
        uninstalled = Uninstalled(
            store.workspaces, store.audit, store.seen, store.transaction, common.instance, client.workspace_changed
        )
        self.receive = receiver(build_app(settings.command, registry, intake, token_of, uninstalled))
        by_socket = timed(self.receive, lambda seconds: common.metrics.acks.observe(seconds, "socket"))
        ca_bundle = common.settings.tls.ca_bundle
        self._sockets = Sockets(settings.api_url, by_socket, ca_bundle=ca_bundle, connections=settings.connections)
        common.metrics.connections.read = lambda: [{(): self.connections()}]

    @property
    def tasks(self) -> tuple[Task, ...]:
        return (Task(WORKSPACES, WORKSPACES_EVERY_S, self._follow_workspaces, at_once=False, alone=True),)

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
