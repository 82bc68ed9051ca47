"""The composition root: settings become the parts of one bot. `main` hands in what the package `handlers` brings."""

from __future__ import annotations

import logging
import platform
import time
import uuid
from dataclasses import dataclass

from bot.app import services as shared
from bot.app.configs_part import ConfigsPart
from bot.app.delivery_part import CardsPart, DeliveryPart
from bot.app.feeds_part import FeedsPart
from bot.app.housekeeping import Housekeeping
from bot.app.lifecycle import Bot
from bot.app.part import Common, Part
from bot.app.scheduler import Scheduler
from bot.app.slack_part import CommandQueue, SlackClient, SlackPart
from bot.app.webnet_part import WebNetPart
from bot.audit_log import AuditLog
from bot.context import Context, Services
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
from store.database import Store
from store.errors import StoreError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Handlers:
    """The commands, the notices by kind of event, and the views of cards."""

    registry: Registry
    notices: Notices
    cards: Views


def build(settings: Settings, store: Store, redactor: Redactor, handlers: Handlers) -> Bot:
    """Joins the parts of a bot; nothing runs yet."""
    scheduler, instance = Scheduler(), f"{platform.node()}-{uuid.uuid4().hex[:12]}"
    common = Common(settings, store, redactor, Metrics(), instance, scheduler.hurry)
    webnet, client, queue = WebNetPart(common), SlackClient(common), CommandQueue(common)
    housekeeping = Housekeeping(common, client)
    audit_log, commands = housekeeping.audit_log, settings.commands
    rules = Rules(settings.slack.command, commands.roles, commands.visibility, commands.visibility_of)
    services = shared.join(common, webnet, audit_log, handlers.registry, rules)
    cards = CardsPart(common, client, services, handlers.cards)
    configs = ConfigsPart(common, services)
    delivery = DeliveryPart(common, client, handlers.notices)
    feeds = FeedsPart(common, services, configs.follower, delivery.wake)
    dispatcher = _dispatcher(common, client, audit_log, services)
    slack = SlackPart(common, client, queue, handlers.registry, dispatcher, cards.cards)
    # The edges that bring work stand behind the queue: a stop drains and then stops from the end. What reads WebNet goes on
    # until the commands are done. The client of Slack is needed longest, to say that nothing was done.
    readers: list[Part] = [webnet, client, feeds, configs, cards]
    return Bot(
        common, [*readers, housekeeping, queue, *_http(common, webnet, client, slack), slack, delivery], scheduler
    )


def _http(common: Common, webnet: WebNetPart, client: SlackClient, slack: SlackPart) -> list[Part]:
    if not common.settings.http.enabled:
        return []
    from bot.app.http_part import HttpPart  # noqa: PLC0415  # of an extra that may not be installed

    return [HttpPart(common, webnet.client, client, slack)]


def _dispatcher(common: Common, client: SlackClient, audit_log: AuditLog, services: Services) -> Dispatcher:
    redactor = common.redactor
    return Dispatcher(
        registry=services.registry,
        rules=services.rules,
        workspace_of=client.teams.workspace,
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
