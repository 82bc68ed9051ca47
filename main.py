"""WebNet Bot: settings -> store, WebNet, commands, Slack. The command line enters here, and the parts are joined here."""

from __future__ import annotations

import logging
import signal
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

# Imports of the parts stand inside the functions: `--help` and the small commands need none of them.
if TYPE_CHECKING:
    from bot.auditing import Auditing
    from bot.core.commands import Registry
    from bot.core.dispatch import Rules
    from bot.core.redact import Redactor
    from bot.scheduler import Scheduler
    from bot.settings import Settings
    from bot.slack.chat import Chat
    from bot.slack.interrupted import Interruptions
    from bot.slack.socket import Sockets
    from bot.slack.teams import Teams
    from bot.slack.work import Timers, WorkPool
    from bot.webnet.client import WebNet
    from bot.webnet.context import Services
    from bot.webnet.directory import Directory
    from store.database import Store
    from store.leases import Lease

log = logging.getLogger("webnet_bot")

DRAIN_S = 60.0  # how long a stop waits for running commands
INSTANCE_TTL_S = 30.0  # a process that has not said for so long that it lives is taken for dead
TEAMS_EVERY_S = 3.0
INSTANCE_EVERY_S = 10.0
REFRESH_EVERY_S = 60.0
SWEEP_EVERY_S = 900.0
TIDY_EVERY_S = 24 * 3600.0
SEEN_FOR = timedelta(minutes=15)  # longer than Slack delivers anything again


@dataclass
class Bot:
    """One running process. `start` returns once everything runs; `stop` drains, and returns what was left undone."""

    store: Store
    instance: str
    webnet: WebNet
    directory: Directory
    chat: Chat
    teams: Teams
    interruptions: Interruptions
    pool: WorkPool
    side: WorkPool
    timers: Timers
    sockets: Sockets | None
    scheduler: Scheduler
    redactor: Redactor
    audit_days: int
    _alive: Lease | None = None

    def start(self) -> None:
        if not self.store.database.is_postgres:
            self._end_leases_of_the_dead()
        self._live()
        self._follow()
        if self.sockets is not None:
            self.sockets.start()
            self.sockets.follow(self.teams.app_tokens())
        self.scheduler.every(TEAMS_EVERY_S, "reading the workspaces", self._follow, at_once=False)
        self.scheduler.every(INSTANCE_EVERY_S, "keeping the instance alive", self._live, at_once=False)
        self.scheduler.every(INSTANCE_EVERY_S, "looking for interrupted commands", self.interruptions.tell)
        self.scheduler.every(REFRESH_EVERY_S, "reading changed devices", self.directory.refresh, at_once=False)
        self.scheduler.every(SWEEP_EVERY_S, "reading all devices", self.directory.sweep)
        self.scheduler.every(TIDY_EVERY_S, "removing old rows", self._tidy)
        self.scheduler.start()

    def stop(self) -> int:
        """Takes nothing new, answers what is running; Slack is told "restarting" until the connections close."""
        left = self.pool.drain(DRAIN_S)
        if self.sockets is not None:
            self.sockets.stop()
        self.timers.close()
        left += self.side.drain(5.0)
        self.scheduler.stop()
        if self._alive is not None:
            self.store.leases.release(self._alive)
        self.chat.close()
        self.webnet.close()
        return left

    def _follow(self) -> None:
        if self.teams.refresh():
            self.redactor.add(self.teams.secrets())
            if self.sockets is not None and self.sockets.started:
                self.sockets.follow(self.teams.app_tokens())

    def _live(self) -> None:
        if self._alive is None or not self.store.leases.renew(self._alive, INSTANCE_TTL_S):
            self._alive = self.store.leases.acquire(f"instance:{self.instance}", self.instance, INSTANCE_TTL_S)

    def _end_leases_of_the_dead(self) -> None:
        """Only one process runs on an SQLite store, and this is it."""
        for lease in self.store.leases.all_live(""):
            self.store.leases.release(lease)

    def _tidy(self) -> None:
        now = datetime.now(UTC)
        self.store.audit.sweep(now - timedelta(days=self.audit_days))
        self.store.seen.sweep(now - SEEN_FOR)
        self.store.leases.sweep()


def build(settings: Settings, store: Store, redactor: Redactor) -> Bot:
    """Joins the parts; nothing runs yet."""
    import handlers
    from bot.auditing import Auditing
    from bot.core.dispatch import Dispatcher, Rules
    from bot.core.ratelimit import RateLimit
    from bot.scheduler import Scheduler
    from bot.slack.app import Door, build_app, receiver
    from bot.slack.chat import Chat
    from bot.slack.interrupted import Interruptions
    from bot.slack.socket import Sockets
    from bot.slack.teams import Teams
    from bot.slack.work import Timers, WorkPool
    from bot.webnet.client import WebNet
    from bot.webnet.context import Context
    from bot.webnet.directory import Directory

    commands, instance = settings.commands, uuid.uuid4().hex
    webnet = WebNet.from_settings(settings.webnet, connections=commands.workers + 4)
    directory = Directory(webnet, store.directory, store.cursors)
    chat = Chat(settings.slack.api_url, connections=commands.workers + 4)
    teams = Teams(store.workspaces, settings.slack.app_token)
    auditing = Auditing(store.audit, store.seen, redactor, instance)
    registry = handlers.discover()
    rules = Rules(settings.slack.command, commands.roles, commands.visibility, commands.visibility_of)
    services = _services(settings, store, webnet, directory, auditing, registry, rules)
    dispatcher = Dispatcher(
        registry=registry,
        rules=rules,
        workspace_of=teams.workspace,
        caller_of=services.people.caller,
        context_for=lambda caller, workspace, record, save: Context(caller, workspace, record, save, services),
        audit=auditing,
        rate_limit=RateLimit(commands.per_user_per_minute, time.monotonic),
        monotonic=time.monotonic,
    )
    pool, side, timers = WorkPool("command", commands.workers, commands.queue), WorkPool("side", 4, 1024), Timers()
    door = Door(dispatcher, chat, pool, side, timers)
    sockets = None
    if settings.slack.socket_mode:
        app = build_app(settings.slack.command, registry, door, teams.bot_token)
        sockets = Sockets(settings.slack.api_url, receiver(app), connections=settings.slack.connections)
    return Bot(
        store=store,
        instance=instance,
        webnet=webnet,
        directory=directory,
        chat=chat,
        teams=teams,
        interruptions=Interruptions(store.audit, chat, teams.bot_token, settings.slack.command),
        pool=pool,
        side=side,
        timers=timers,
        sockets=sockets,
        scheduler=Scheduler(),
        redactor=redactor,
        audit_days=settings.retention.audit_days,
    )


def _services(
    settings: Settings,
    store: Store,
    webnet: WebNet,
    directory: Directory,
    auditing: Auditing,
    registry: Registry,
    rules: Rules,
) -> Services:
    from bot.webnet.context import Services
    from bot.webnet.people import People
    from bot.webnet.starting import Starter

    def mapped(workspace: int, slack_user: str) -> int | None:
        mapping = store.users.find(workspace, slack_user)
        return mapping.user if mapping else None

    return Services(
        webnet=webnet,
        directory=directory,
        people=People(webnet, mapped),
        starter=Starter(
            webnet,
            store.leases,
            auditing.last_of,
            timeout_s=settings.webnet.timeout_s,
            job_page=settings.webnet.job_page,
        ),
        history=auditing,
        registry=registry,
        rules=rules,
        job_page=settings.webnet.job_page,
        now=lambda: datetime.now(UTC),
    )


def run(settings: Settings, *, ready: Callable[[], None] | None = None) -> int:
    """Until SIGTERM or SIGINT; 0 if everything that was taken was also answered. Raises StoreError."""
    from bot import logs
    from bot.core.redact import Redactor
    from store.database import open_store
    from store.lock import RunLock

    redactor = Redactor(settings.secrets())
    logs.set_up(settings.logging.level, settings.logging.format, redactor)
    with RunLock(settings.store.url):
        migrate(settings)
        with open_store(settings.store.url, keys=settings.store.encryption_keys) as store:
            store.check_secrets()
            return _serve(build(settings, store, redactor), ready)


def migrate(settings: Settings) -> None:
    """An SQLite store by itself; a PostgreSQL store, which others may be using, only by `db migrate`."""
    from store.database import migrate_store

    if settings.store.url.startswith("sqlite:"):
        migrate_store(settings.store.url)


def _serve(bot: Bot, ready: Callable[[], None] | None) -> int:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    bot.start()
    log.info("running; %d workspaces", len(bot.store.workspaces.list(enabled=True)))
    if ready is not None:
        ready()
    ended.wait()
    log.info("stopping: answering what is running")
    left = bot.stop()
    if left:
        log.error("%d commands were not answered before the stop", left)
    return 1 if left else 0


def main() -> None:
    from bot.cli import app

    app()


if __name__ == "__main__":
    main()
