"""The composition root: settings become the parts of one bot. `main` hands in what the package `handlers` brings."""

from __future__ import annotations

import logging
import platform
import time
import uuid
from collections import ChainMap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, TypeVar

from bot.app.chats import Chats, Dispatchers
from bot.app.command_queue import CommandQueue
from bot.app.configs_part import ConfigsPart
from bot.app.delivery_part import CardsPart, DeliveryPart, shared_updates
from bot.app.deploys_part import DeploysPart, deploy_cards
from bot.app.edge import Edge
from bot.app.feeds_part import FeedsPart
from bot.app.home_part import HomePart
from bot.app.housekeeping import Housekeeping
from bot.app.lifecycle import Bot
from bot.app.live_logs_part import LiveLogsPart
from bot.app.part import ChatClient, Common, Part
from bot.app.reports_part import ReportsPart
from bot.app.requests_part import RequestsPart
from bot.app.scheduler import Scheduler
from bot.app.services import Joining
from bot.app.slack_part import SlackClient, SlackPart
from bot.app.snoozes_part import SnoozesPart
from bot.app.suggestions_part import SuggestionsPart
from bot.app.webnet_part import WebNetPart
from bot.approvals.messages import RequestViews
from bot.context import Services, context_for
from bot.core.approval_need import without_effect
from bot.core.commands import Registry
from bot.core.dispatch import Dispatcher
from bot.core.errors import BotError, StoreAway
from bot.core.holding import ByQuietHours, Holders
from bot.core.message import Message
from bot.core.metrics import Metrics
from bot.core.notices import Notices
from bot.core.pipeline import Performer, Rules
from bot.core.ratelimit import RateLimit
from bot.delivery.cards import Cards, Views
from bot.delivery.updates import Updates
from bot.deploys.cards import DeployViews
from bot.home_marks import HomeMarks
from bot.jobs.live_log import LiveLogState
from bot.redaction.messages import redact_message
from bot.redaction.redactor import Redactor
from bot.reports.maker import Read
from bot.settings.load import ConfigError
from bot.settings.table import Settings
from bot.snoozes.holders import ByReachability
from bot.vitals import Vitals
from bot.webnet.client import WebNet
from store.database import Store
from store.errors import StoreError

log = logging.getLogger(__name__)

LONGEST_NODE = 32  # characters: the name of a key in WebNet has 100, and holds the instance's

C = TypeVar("C", bound=ChatClient)


@dataclass(frozen=True, slots=True)
class Handlers:
    """The commands, the notices by kind of event, the views of cards, of requests, of deploys and of live logs, and what reads all
    sections of a report."""

    registry: Registry
    notices: Notices
    cards: Views
    requests: RequestViews
    deploys: DeployViews
    live_log: Callable[[LiveLogState], Message]
    report: Read


@dataclass(frozen=True, slots=True)
class ChatParts(Generic[C]):
    """How a chat joins the bot: `client` makes the half that sends, `receivers` the parts that bring requests."""

    client: Callable[[Common], C]
    receivers: Callable[[C, Edge], Sequence[Part]]


def _slack_receivers(client: SlackClient, edge: Edge) -> Sequence[Part]:
    homes = HomePart(client, edge)
    return [homes, SlackPart(client, edge, homes.opened)]


SLACK = ChatParts(SlackClient, _slack_receivers)


@dataclass(frozen=True, slots=True)
class Base:
    """Holds what the other parts of a bot are joined to, among it the services that they share."""

    common: Common
    scheduler: Scheduler
    webnet: WebNetPart
    clients: Sequence[ChatClient]
    chats: Chats
    queue: CommandQueue
    housekeeping: Housekeeping
    services: Services

    @classmethod
    def of(
        cls, settings: Settings, store: Store, redactor: Redactor, handlers: Handlers, kinds: Sequence[ChatParts[Any]]
    ) -> Base:
        vitals, instance = Vitals(), f"{platform.node()[:LONGEST_NODE]}-{uuid.uuid4().hex[:12]}"
        scheduler = Scheduler(vitals.heartbeats)
        common = Common(settings, store, redactor, Metrics(), instance, scheduler.hurry, vitals)
        webnet, clients, queue = WebNetPart(common), [kind.client(common) for kind in kinds], CommandQueue(common)
        chats, first, commands = Chats(clients), clients[0], settings.commands
        housekeeping = Housekeeping(common, chats, handlers.registry)
        services = Joining(
            common,
            webnet,
            housekeeping.audit_log,
            handlers.registry,
            Rules(first.prompt, commands.roles, commands.visibility, commands.visibility_of),
            first.name,
            chats,
            handlers.requests.card,
            handlers.deploys.card,
            handlers.notices,
        ).services()
        return cls(common, scheduler, webnet, clients, chats, queue, housekeeping, services)


@dataclass(frozen=True, slots=True)
class NoticeParts:
    """Holds the parts that follow WebNet, and bring notices and cards to the chats."""

    configs: ConfigsPart
    cards: CardsPart
    snoozes: SnoozesPart
    delivery: DeliveryPart
    feeds: FeedsPart

    @classmethod
    def of(cls, base: Base, handlers: Handlers, updates: Updates) -> NoticeParts:
        common, chats, services = base.common, base.chats, base.services
        configs, snoozes = ConfigsPart(common, services), SnoozesPart(common)
        cards = CardsPart(common, chats, services, handlers.cards, updates, configs.follower.backed_up)
        holders = Holders(ByQuietHours(), ByReachability(common.store.reachability), reading=[snoozes.holder])
        delivery = DeliveryPart(common, chats, handlers.notices, updates, holders)
        feeds = FeedsPart(common, services, configs.follower, holders, delivery.reminders.after, delivery.wake)
        return cls(configs, cards, snoozes, delivery, feeds)


@dataclass(frozen=True, slots=True)
class CommandParts:
    """Holds the parts that go on with what commands began."""

    live: LiveLogsPart
    requests: RequestsPart
    deploys: DeploysPart

    @classmethod
    def of(cls, base: Base, handlers: Handlers, updates: Updates, cards: Cards, performer: Performer) -> CommandParts:
        joined = base.common, base.chats, base.services
        live, shown = LiveLogsPart(*joined, handlers.live_log, updates), deploy_cards(*joined, handlers.deploys)
        requests = RequestsPart(*joined, performer, cards, shown, live.live_logs, handlers.requests)
        return cls(live, requests, DeploysPart(*joined, performer, shown))


def build(
    settings: Settings,
    store: Store,
    redactor: Redactor,
    handlers: Handlers,
    of_chats: Sequence[ChatParts[Any]] | None = None,
) -> Bot:
    """Joins the parts of a bot, which talks to the chats of the settings, or to those of `of_chats`; nothing runs yet. Raises
    ConfigError for a rule without effect."""
    if idle := without_effect(settings.commands.approval, handlers.registry):
        raise ConfigError(f"commands.approval.{name}: `{name}` changes nothing in WebNet; remove it" for name in idle)
    kinds = of_chats or _chats(settings)
    base = Base.of(settings, store, redactor, handlers, kinds)
    common, chats, services, updates = base.common, base.chats, base.services, shared_updates(base.common)
    notices = NoticeParts.of(base, handlers, updates)
    dispatchers = {client: _dispatcher(base, client) for client in base.clients}
    commands = CommandParts.of(base, handlers, updates, notices.cards.cards, Dispatchers(chats, dispatchers))
    reports = ReportsPart(common, services, handlers.report, notices.delivery.wake)
    names, homes = SuggestionsPart(common, chats, services), HomeMarks(store, services.jobs.unended, services.callers)
    edge = partial(Edge, common, base.webnet.client, base.queue, handlers.registry)
    shared, edges = (commands.requests.cards, names.suggestions, homes), list[Part]()
    for kind, client in zip(kinds, base.clients, strict=True):
        edges += kind.receivers(client, edge(dispatchers[client], *shared))
    # The edges that bring work stand behind the queue: a stop drains and then stops from the end. What reads WebNet goes on
    # until the commands are done. The clients of the chats are needed longest, to say that nothing was done.
    readers: list[Part] = [base.webnet, *base.clients, notices.feeds, notices.configs, notices.cards]
    readers += [commands.live, commands.requests, commands.deploys, reports, names, notices.snoozes]
    by_http = _by_http(common, base.webnet.client, chats, edges)
    return Bot(common, [*readers, base.housekeeping, base.queue, *edges, *by_http, notices.delivery], base.scheduler)


def _chats(settings: Settings) -> Sequence[ChatParts[Any]]:
    if not settings.teams.enabled:
        return [SLACK]
    from bot.app import teams_part  # noqa: PLC0415  # of an extra that may not be installed

    return [SLACK, ChatParts(teams_part.TeamsClient, teams_part.receivers)]


def _by_http(common: Common, webnet: WebNet, chats: Chats, edges: Sequence[Part]) -> Sequence[Part]:
    if not common.settings.http.enabled:
        return []
    from bot.app.http_part import HttpPart  # noqa: PLC0415  # of an extra that may not be installed

    return [HttpPart(common, webnet, chats, dict(ChainMap(*(dict(edge.webhooks) for edge in edges))))]


def _dispatcher(base: Base, client: ChatClient) -> Dispatcher:
    common, services, redactor = base.common, base.services, base.common.redactor
    own = replace(services, rules=replace(services.rules, prompt=client.prompt))
    return Dispatcher(
        chat=client.name,
        registry=own.registry,
        rules=own.rules,
        workspace_of=client.workspaces.workspace,
        caller_of=own.callers.caller,
        context_for=lambda admitted, save: context_for(admitted, save, own),
        audit=base.housekeeping.audit_log,
        redact=redactor,
        redact_message=lambda message: redact_message(message, redactor),
        known=_known,
        user_limit=RateLimit(common.settings.commands.per_user_per_minute, time.monotonic),
        workspace_limit=RateLimit(common.settings.commands.per_workspace_per_minute, time.monotonic),
        monotonic=time.monotonic,
        metrics=common.metrics,
    )


def _known(error: BaseException) -> BotError | None:
    """The words for errors of the store, which `core` does not see."""
    if not isinstance(error, StoreError):
        return None
    log.error("%s", error.words)
    return StoreAway(f"The bot's own store {error.state} right now.")
