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

from bot.app import services as shared
from bot.app.chats import Chats, Dispatchers
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
from bot.app.slack_part import CommandQueue, SlackClient, SlackPart
from bot.app.snoozes_part import SnoozesPart
from bot.app.suggestions_part import SuggestionsPart
from bot.app.webnet_part import WebNetPart
from bot.approvals.messages import RequestViews
from bot.audit_log import AuditLog
from bot.context import Services, context_for
from bot.core.approval_need import without_effect
from bot.core.commands import Registry
from bot.core.dispatch import Dispatcher
from bot.core.errors import BotError, StoreAway
from bot.core.holding import ByQuietHours, Holders
from bot.core.message import Message
from bot.core.metrics import Metrics
from bot.core.notices import Notices
from bot.core.pipeline import Rules
from bot.core.ratelimit import RateLimit
from bot.delivery.cards import Views
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
    homes = HomePart(edge.common, client, edge.queue, edge.dispatcher, edge.homes)
    customers = edge.webnet.customers
    slack = SlackPart(
        edge.common,
        client,
        edge.queue,
        edge.registry,
        edge.dispatcher,
        edge.cards,
        customers,
        edge.suggestions,
        homes.opened,
    )
    return [homes, slack]


SLACK = ChatParts(SlackClient, _slack_receivers)


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
    vitals, instance = Vitals(), f"{platform.node()[:LONGEST_NODE]}-{uuid.uuid4().hex[:12]}"
    scheduler = Scheduler(vitals.heartbeats)
    common = Common(settings, store, redactor, Metrics(), instance, scheduler.hurry, vitals)
    parts = of_chats or _chats(settings)
    webnet, clients, queue = WebNetPart(common), [each.client(common) for each in parts], CommandQueue(common)
    chats = Chats(clients)
    housekeeping = Housekeeping(common, chats, handlers.registry)
    audit_log, commands = housekeeping.audit_log, settings.commands
    rules = Rules(clients[0].prompt, commands.roles, commands.visibility, commands.visibility_of)
    views = handlers.requests.card, handlers.deploys.card
    services = shared.join(
        common,
        webnet,
        audit_log,
        handlers.registry,
        rules,
        clients[0].name,
        chats,
        *views,
        handlers.notices,
    )
    configs = ConfigsPart(common, services)
    updates = shared_updates(common)
    cards = CardsPart(common, chats, services, handlers.cards, updates, configs.follower.backed_up)
    snoozes = SnoozesPart(common)
    holders = Holders(ByQuietHours(), ByReachability(store.reachability), reading=[snoozes.holder])
    delivery = DeliveryPart(common, chats, handlers.notices, updates, holders)
    feeds = FeedsPart(common, services, configs.follower, holders, delivery.reminders.after, delivery.wake)
    dispatchers = {client: _dispatcher(common, client, audit_log, services) for client in clients}
    stored = Dispatchers(chats, dispatchers)
    shown = deploy_cards(common, chats, services, handlers.deploys)
    live = LiveLogsPart(common, chats, services, handlers.live_log, updates)
    openers = cards.cards, shown, live.live_logs
    requests = RequestsPart(common, chats, services, stored, *openers, handlers.requests)
    deploys = DeploysPart(common, chats, services, stored, shown)
    reports = ReportsPart(common, services, handlers.report, delivery.wake)
    names, homes = SuggestionsPart(common, chats, services), HomeMarks(store, services.jobs.unended, services.callers)
    edge = partial(Edge, common, webnet.client, queue, handlers.registry)
    edges: list[Part] = []
    for each, client in zip(parts, clients, strict=True):
        edges += each.receivers(client, edge(dispatchers[client], requests.cards, names.suggestions, homes))
    # The edges that bring work stand behind the queue: a stop drains and then stops from the end. What reads WebNet goes on
    # until the commands are done. The clients of the chats are needed longest, to say that nothing was done.
    readers: list[Part] = [webnet, *clients, feeds, configs, cards, live, requests, deploys, reports, names, snoozes]
    by_http = _by_http(common, webnet.client, chats, edges)
    return Bot(common, [*readers, housekeeping, queue, *edges, *by_http, delivery], scheduler)


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


def _dispatcher(common: Common, client: ChatClient, audit_log: AuditLog, services: Services) -> Dispatcher:
    redactor = common.redactor
    own = replace(services, rules=replace(services.rules, prompt=client.prompt))
    return Dispatcher(
        chat=client.name,
        registry=own.registry,
        rules=own.rules,
        workspace_of=client.workspaces.workspace,
        caller_of=own.callers.caller,
        context_for=lambda admitted, save: context_for(admitted, save, own),
        audit=audit_log,
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
