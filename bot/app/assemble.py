"""The composition root: settings become the parts of one bot. `main` hands in what the package `handlers` brings."""

from __future__ import annotations

import logging
import platform
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bot.app import services as shared
from bot.app.configs_part import ConfigsPart
from bot.app.delivery_part import CardsPart, DeliveryPart
from bot.app.feeds_part import FeedsPart
from bot.app.housekeeping import Housekeeping
from bot.app.lifecycle import Bot
from bot.app.part import ChatClient, Common, Part
from bot.app.scheduler import Scheduler
from bot.app.slack_part import CommandQueue, SlackClient, SlackPart
from bot.app.webnet_part import WebNetPart
from bot.audit_log import AuditLog
from bot.context import Context, Services
from bot.core.cards import CardOpener
from bot.core.commands import Registry
from bot.core.dispatch import Dispatcher, Rules
from bot.core.errors import BotError, StoreAway
from bot.core.metrics import Metrics
from bot.core.notices import Notices
from bot.core.ratelimit import RateLimit
from bot.delivery.cards import Views
from bot.redaction.messages import redact_message
from bot.redaction.redactor import Redactor
from bot.settings.table import Settings
from bot.webnet.client import WebNet
from store.database import Store
from store.errors import StoreError

log = logging.getLogger(__name__)

C = TypeVar("C", bound=ChatClient)


@dataclass(frozen=True, slots=True)
class Handlers:
    """The commands, the notices by kind of event, and the views of cards."""

    registry: Registry
    notices: Notices
    cards: Views


@dataclass(frozen=True, slots=True)
class Edge:
    """What the receiving half of a chat is made from: it hands requests to `dispatcher`, on the workers of `queue` if it likes,
    and cards among the answers to `cards` before it shows them."""

    common: Common
    webnet: WebNet
    queue: CommandQueue
    registry: Registry
    dispatcher: Dispatcher
    cards: CardOpener


@dataclass(frozen=True, slots=True)
class ChatParts(Generic[C]):
    """How a chat joins the bot: `client` makes the half that sends, `receivers` the parts that bring requests."""

    client: Callable[[Common], C]
    receivers: Callable[[C, Edge], Sequence[Part]]


def _slack_receivers(client: SlackClient, edge: Edge) -> Sequence[Part]:
    slack = SlackPart(edge.common, client, edge.queue, edge.registry, edge.dispatcher, edge.cards)
    if not edge.common.settings.http.enabled:
        return [slack]
    from bot.app.http_part import HttpPart  # noqa: PLC0415  # of an extra that may not be installed

    return [HttpPart(edge.common, edge.webnet, client, slack), slack]


SLACK = ChatParts(SlackClient, _slack_receivers)


def build(
    settings: Settings, store: Store, redactor: Redactor, handlers: Handlers, chat: ChatParts[Any] = SLACK
) -> Bot:
    """Joins the parts of a bot, which talks to `chat`; nothing runs yet."""
    scheduler, instance = Scheduler(), f"{platform.node()}-{uuid.uuid4().hex[:12]}"
    common = Common(settings, store, redactor, Metrics(), instance, scheduler.hurry)
    webnet, client, queue = WebNetPart(common), chat.client(common), CommandQueue(common)
    housekeeping = Housekeeping(common, client)
    audit_log, commands = housekeeping.audit_log, settings.commands
    rules = Rules(settings.slack.command, commands.roles, commands.visibility, commands.visibility_of)
    services = shared.join(common, webnet, audit_log, handlers.registry, rules)
    cards = CardsPart(common, client, services, handlers.cards)
    configs = ConfigsPart(common, services)
    delivery = DeliveryPart(common, client, handlers.notices)
    feeds = FeedsPart(common, services, configs.follower, delivery.wake)
    dispatcher = _dispatcher(common, client, audit_log, services)
    edge = Edge(common, webnet.client, queue, handlers.registry, dispatcher, cards.cards)
    # The edges that bring work stand behind the queue: a stop drains and then stops from the end. What reads WebNet goes on
    # until the commands are done. The client of the chat is needed longest, to say that nothing was done.
    readers: list[Part] = [webnet, client, feeds, configs, cards]
    return Bot(common, [*readers, housekeeping, queue, *chat.receivers(client, edge), delivery], scheduler)


def _dispatcher(common: Common, client: ChatClient, audit_log: AuditLog, services: Services) -> Dispatcher:
    redactor = common.redactor
    return Dispatcher(
        chat=client.name,
        registry=services.registry,
        rules=services.rules,
        workspace_of=client.workspaces.workspace,
        caller_of=services.callers.caller,
        context_for=lambda admitted, save: Context.of(admitted, save, services),
        audit=audit_log,
        redact=redactor,
        redact_message=lambda message: redact_message(message, redactor),
        known=_known,
        rate_limit=RateLimit(common.settings.commands.per_user_per_minute, time.monotonic),
        monotonic=time.monotonic,
        metrics=common.metrics,
    )


def _known(error: BaseException) -> BotError | None:
    """The words for errors of the store, which `core` does not see."""
    if not isinstance(error, StoreError):
        return None
    log.error("%s", error.words)
    return StoreAway("The bot's own store does not answer right now, so nothing was done. Try again in a minute.")
