"""Joins the parts of one bot: settings -> store, WebNet, commands, notices, Slack. What `handlers` shows is handed in by `main`."""

from __future__ import annotations

import logging
import platform
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from bot.app.lifecycle import FOLLOWING, POLLING, Bot
from bot.app.scheduler import Scheduler
from bot.audit_log import AuditLog
from bot.callers import Callers
from bot.configs.access import ConfigSources
from bot.configs.follower import Follower
from bot.configs.history import Snapshots
from bot.configs.search_copy import Copying
from bot.context import Context, Services
from bot.core.commands import Registry
from bot.core.dispatch import Dispatcher, Rules
from bot.core.errors import BotError, StoreAway
from bot.core.metrics import Metrics
from bot.core.notices import Notices
from bot.core.ratelimit import RateLimit
from bot.delivery.cards import Cards, Views
from bot.delivery.worker import SENDERS, Delivery
from bot.devices.directory import Directory
from bot.feeds import all_feeds
from bot.feeds import jobs as jobfeed
from bot.feeds.poller import Poller
from bot.jobs.access import JobSources
from bot.jobs.index import JobIndex
from bot.jobs.logs import JobLogs
from bot.jobs.outcome import Outcomes
from bot.jobs.starter import Starter
from bot.redaction.messages import redact_message
from bot.redaction.redactor import Redactor
from bot.settings.table import Settings
from bot.slack.app import build_app, receiver, timed
from bot.slack.errors import remedy
from bot.slack.intake import Door
from bot.slack.interrupted import Interruptions
from bot.slack.posting import Posting
from bot.slack.socket import Sockets
from bot.slack.uninstalled import Leaving
from bot.slack.web_api import Chat
from bot.slack.workspace_cache import Teams
from bot.webnet.client import WebNet
from bot.work_pool import Timers, WorkPool
from store.database import Store
from store.errors import StoreError

log = logging.getLogger(__name__)

READERS = 16  # that may ask WebNet at a time beside the workers


@dataclass(frozen=True, slots=True)
class Faces:
    """What people see of the bot: its commands, its notices by kind of event, and its cards."""

    registry: Registry
    notices: Notices
    cards: Views


def build(settings: Settings, store: Store, redactor: Redactor, faces: Faces) -> Bot:
    """Joins the parts; nothing runs yet."""
    metrics = Metrics()
    commands, instance = settings.commands, f"{platform.node()}-{uuid.uuid4().hex[:12]}"
    webnet = WebNet.from_settings(settings.webnet, connections=commands.workers + READERS)
    directory = Directory(webnet, store.directory, store.cursors, patience_s=settings.webnet.timeout_s)
    chat = Chat(settings.slack.api_url, ca_bundle=settings.tls.ca_bundle, connections=commands.workers + SENDERS + 4)
    teams = Teams(store.workspaces, settings.slack.app_token, redactor.add)
    audit_log = AuditLog(store.audit, store.seen, redactor, instance, store_queries=settings.audit.store_queries)
    rules = Rules(settings.slack.command, commands.roles, commands.visibility, commands.visibility_of)
    services = _services(settings, store, webnet, directory, audit_log, faces.registry, rules, redactor)
    delivery = _delivery(settings, store, Posting(chat, teams.bot_token), faces.notices, metrics)
    follower, copying, poller = _readers(store, services, redactor, instance, metrics, delivery.wake)
    dispatcher = Dispatcher(
        registry=faces.registry,
        rules=rules,
        workspace_of=teams.workspace,
        caller_of=services.callers.caller,
        context_for=lambda admitted, save: Context.of(admitted, save, services),
        audit=audit_log,
        redact=redactor,
        redact_message=lambda message: redact_message(message, redactor),
        known=_known,
        rate_limit=RateLimit(commands.per_user_per_minute, time.monotonic),
        monotonic=time.monotonic,
        metrics=metrics,
    )
    pool, side, timers = WorkPool("command", commands.workers, commands.queue), WorkPool("side", 4, 1024), Timers()
    scheduler = Scheduler()
    ended = partial(scheduler.hurry, POLLING + jobfeed.NAME)
    cards = _cards(settings, store, services, chat, teams, faces.cards, instance, ended)
    door = Door(faces.registry, dispatcher, chat, pool, side, timers, teams.bot_token, cards)

    refreshed = _refreshing(teams, scheduler)
    leaving = Leaving(store.workspaces, store.audit, store.seen, store.transaction, instance, refreshed)
    receive = receiver(build_app(settings.slack.command, faces.registry, door, teams.bot_token, leaving))
    by_socket = timed(receive, lambda seconds: metrics.acks.observe(seconds, "socket"))
    sockets = Sockets(
        settings.slack.api_url, by_socket, ca_bundle=settings.tls.ca_bundle, connections=settings.slack.connections
    )
    metrics.connections.read = lambda: [{(): sum(sockets.open_connections().values())}]
    metrics.queue.read = lambda: [{("commands",): pool.waiting, ("side",): side.waiting}]
    bot = Bot(
        store=store,
        instance=instance,
        webnet=webnet,
        directory=directory,
        follower=follower,
        copying=copying,
        chat=chat,
        teams=teams,
        audit_log=audit_log,
        interruptions=Interruptions(store.audit, chat, teams.bot_token, settings.slack.command, instance),
        pool=pool,
        side=side,
        timers=timers,
        sockets=sockets,
        poller=poller,
        delivery=delivery,
        scheduler=scheduler,
        cards=cards,
        card_interval_s=settings.notifications.card_interval_s,
        redactor=redactor,
        metrics=metrics,
        retention=settings.retention,
        poll_interval_s=settings.notifications.poll_interval_s,
        socket_mode=settings.slack.socket_mode,
    )
    if settings.http.enabled:
        from bot.app.http_part import serve  # noqa: PLC0415  # of an extra that may not be installed

        bot.server, bot.readiness = serve(
            settings, bot, receive, hint=lambda: scheduler.hurry(POLLING + jobfeed.NAME), refreshed=refreshed
        )
    return bot


def _refreshing(teams: Teams, scheduler: Scheduler) -> Callable[[], None]:
    """For whoever changed a workspace."""

    def refreshed() -> None:
        with suppress(StoreError):  # the change itself is in the store, and read at the next turn
            teams.refresh()
        scheduler.hurry(FOLLOWING)

    return refreshed


def _cards(
    settings: Settings,
    store: Store,
    services: Services,
    chat: Chat,
    teams: Teams,
    views: Views,
    instance: str,
    ended: Callable[[], None],
) -> Cards:
    return Cards(
        store.cards,
        services.webnet,
        services.outcomes,
        chat,
        teams,
        views,
        instance=instance,
        card_interval_s=settings.notifications.card_interval_s,
        poll_interval_s=settings.notifications.poll_interval_s,
        job_page=settings.webnet.job_page,
        ended=ended,
        now=services.now,
    )


def _readers(
    store: Store,
    services: Services,
    redactor: Redactor,
    instance: str,
    metrics: Metrics,
    written: Callable[[], None],
) -> tuple[Follower, Copying, Poller]:
    """What reads WebNet by itself. Whoever wants its new snapshots takes them from the follower."""
    follower = Follower(services.webnet, store, instance)
    copying = Copying(services.webnet, store, services.directory, follower, redactor.config, instance)
    follower.add(copying.take)
    return follower, copying, all_feeds.poller(store, instance, redactor, services, metrics, follower, written)


def _delivery(settings: Settings, store: Store, posting: Posting, notices: Notices, metrics: Metrics) -> Delivery:
    def outbox() -> list[dict[tuple[str, ...], float]]:
        found = store.outbox.depth()
        oldest_s = (datetime.now(UTC) - found.oldest).total_seconds() if found.oldest else 0.0
        return [{("waiting",): found.waiting, ("parked",): found.parked}, {(): oldest_s}]

    metrics.outbox.read = outbox
    return Delivery(
        store,
        posting,
        notices,
        metrics,
        remedy=remedy,
        prompt=settings.slack.command,
        job_page=settings.webnet.job_page,
        digest_over=settings.notifications.digest_over,
    )


def _known(error: BaseException) -> BotError | None:
    """The words for errors of the store, which `core` does not see."""
    if not isinstance(error, StoreError):
        return None
    log.error("%s", error.words)
    return StoreAway("The bot's own store does not answer right now, so nothing was done. Try again in a minute.")


def _now() -> datetime:
    return datetime.now(UTC)


def _services(
    settings: Settings,
    store: Store,
    webnet: WebNet,
    directory: Directory,
    audit_log: AuditLog,
    registry: Registry,
    rules: Rules,
    redactor: Redactor,
) -> Services:
    def mapped(workspace: int, slack_user: str) -> int | None:
        mapping = store.users.find(workspace, slack_user)
        return mapping.user if mapping else None

    callers, logs = Callers(webnet, mapped), JobLogs(webnet, redactor.config)
    job_page = settings.webnet.job_page
    jobs = JobSources(
        webnet=webnet,
        starter=Starter(
            webnet,
            store.leases,
            audit_log.last_of,
            timeout_s=settings.webnet.timeout_s,
            most_waiting=max(1, settings.commands.workers // 4),
            job_page=job_page,
        ),
        history=audit_log,
        index=JobIndex(webnet, store.jobs),
        logs=logs,
        names=callers.names,
        now=_now,
    )
    return Services(
        webnet=webnet,
        directory=directory,
        callers=callers,
        outcomes=Outcomes(logs, directory.name_of),
        jobs=jobs,
        configs=ConfigSources(store.configs, store.directory, webnet.device, Snapshots(webnet), redactor),
        registry=registry,
        rules=rules,
        job_page=job_page,
        webnet_page=settings.webnet.public_url,
        now=_now,
    )
