"""WebNet Bot: settings -> store, WebNet, commands, Slack. The command line enters here, and the parts are joined here."""

from __future__ import annotations

import logging
import os
import platform
import signal
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from bot.cli import DEFAULT_CONFIG, Console, app, command, errors_told, notify
from bot.cli.notify import ChannelArgument, TeamOption

# Imports of the parts stand inside the functions: `--help` and the small commands need none of them.
if TYPE_CHECKING:
    from bot.auditing import Auditing
    from bot.core.commands import Registry
    from bot.core.dispatch import Rules
    from bot.core.errors import BotError
    from bot.core.metrics import Metrics
    from bot.core.redact import Redactor
    from bot.notify.cards import Cards
    from bot.notify.delivery import Delivery
    from bot.notify.poller import Poller
    from bot.process import Bot
    from bot.scheduler import Scheduler
    from bot.settings import Settings
    from bot.slack.chat import Chat
    from bot.slack.posting import Posting
    from bot.slack.teams import Teams
    from bot.webnet.client import WebNet
    from bot.webnet.context import Services
    from bot.webnet.copying import Copying
    from bot.webnet.directory import Directory
    from bot.webnet.following import Follower
    from store.database import Store

log = logging.getLogger("webnet_bot")

READERS = 16  # that may ask WebNet at a time beside the workers
OTHER_THREADS = 17  # beside the workers, that may each need a connection to the store
HTTP_THREADS = 20  # the most of the HTTP adapter that may
SWITCH_S = (
    0.001  # after which a thread gives the interpreter to one that waits; Python's own 0.005 keeps acks from their turn
)
CONNECT_S = 5.0  # how long the start waits for a first connection before it says so


def build(settings: Settings, store: Store, redactor: Redactor) -> Bot:
    """Joins the parts; nothing runs yet."""
    import handlers
    from bot.auditing import Auditing
    from bot.core.dispatch import Dispatcher, Rules
    from bot.core.metrics import Metrics
    from bot.core.ratelimit import RateLimit
    from bot.notify import jobs as jobfeed
    from bot.notify.delivery import SENDERS
    from bot.process import POLLING, Bot
    from bot.scheduler import Scheduler
    from bot.slack.app import Door, build_app, receiver, timed
    from bot.slack.chat import Chat
    from bot.slack.interrupted import Interruptions
    from bot.slack.leaving import Leaving
    from bot.slack.posting import Posting
    from bot.slack.socket import Sockets
    from bot.slack.teams import Teams
    from bot.slack.work import Timers, WorkPool
    from bot.webnet.client import WebNet
    from bot.webnet.context import Context
    from bot.webnet.directory import Directory

    metrics = Metrics()
    commands, instance = settings.commands, f"{platform.node()}-{uuid.uuid4().hex[:12]}"
    webnet = WebNet.from_settings(settings.webnet, connections=commands.workers + READERS)
    directory = Directory(webnet, store.directory, store.cursors, patience_s=settings.webnet.timeout_s)
    chat = Chat(settings.slack.api_url, connections=commands.workers + SENDERS + 4)
    teams = Teams(store.workspaces, settings.slack.app_token, redactor.add)
    auditing = Auditing(store.audit, store.seen, redactor, instance, store_queries=settings.audit.store_queries)
    registry = handlers.discover()
    rules = Rules(settings.slack.command, commands.roles, commands.visibility, commands.visibility_of)
    services = _services(settings, store, webnet, directory, auditing, registry, rules, redactor)
    delivery = _delivery(settings, store, Posting(chat, teams.bot_token), metrics)
    follower, copying, poller = _readers(store, services, redactor, instance, metrics, delivery.wake)
    dispatcher = Dispatcher(
        registry=registry,
        rules=rules,
        workspace_of=teams.workspace,
        caller_of=services.people.caller,
        context_for=lambda caller, workspace, record, save: Context(caller, workspace, record, save, services),
        audit=auditing,
        redact=redactor,
        known=_known,
        rate_limit=RateLimit(commands.per_user_per_minute, time.monotonic),
        monotonic=time.monotonic,
        metrics=metrics,
    )
    pool, side, timers = WorkPool("command", commands.workers, commands.queue), WorkPool("side", 4, 1024), Timers()
    scheduler = Scheduler()
    cards = _cards(settings, store, services, chat, teams, instance, partial(scheduler.hurry, POLLING + jobfeed.NAME))
    door = Door(registry, dispatcher, chat, pool, side, timers, teams.bot_token, cards)

    refreshed = _refreshing(teams, scheduler)
    leaving = Leaving(store.workspaces, store.audit, store.seen, store.transaction, instance, refreshed)
    receive = receiver(build_app(settings.slack.command, registry, door, teams.bot_token, leaving))
    by_socket = timed(receive, lambda seconds: metrics.acks.observe(seconds, "socket"))
    sockets = Sockets(settings.slack.api_url, by_socket, connections=settings.slack.connections)
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
        auditing=auditing,
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
        from bot.serving import serve

        bot.server, bot.readiness = serve(
            settings, bot, receive, hint=lambda: scheduler.hurry(POLLING + jobfeed.NAME), refreshed=refreshed
        )
    return bot


def _refreshing(teams: Teams, scheduler: Scheduler) -> Callable[[], None]:
    """For whoever changed a workspace."""
    from bot.process import FOLLOWING
    from store.errors import StoreError

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
    instance: str,
    ended: Callable[[], None],
) -> Cards:
    from bot.notify.cards import Cards, Views
    from bot.webnet.outcomes import Outcomes
    from handlers import shown

    return Cards(
        store.cards,
        services.webnet,
        Outcomes(services.logs),
        chat,
        teams,
        Views(shown.card, shown.card_ended),
        instance=instance,
        card_interval_s=settings.notifications.card_interval_s,
        poll_interval_s=settings.notifications.poll_interval_s,
        job_page=settings.webnet.job_page,
        ended=ended,
        now=lambda: datetime.now(UTC),
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
    from bot.notify import feeds
    from bot.webnet.copying import Copying
    from bot.webnet.following import Follower

    follower = Follower(services.webnet, store, instance)
    copying = Copying(services.webnet, store, services.directory, follower, redactor.config, instance)
    follower.add(copying.take)
    return follower, copying, feeds.poller(store, instance, redactor, services, metrics, follower, written)


def _delivery(settings: Settings, store: Store, posting: Posting, metrics: Metrics) -> Delivery:
    import handlers.notices
    from bot.notify.delivery import Delivery

    def outbox() -> list[dict[tuple[str, ...], float]]:
        found = store.outbox.depth()
        oldest_s = (datetime.now(UTC) - found.oldest).total_seconds() if found.oldest else 0.0
        return [{("waiting",): found.waiting, ("parked",): found.parked}, {(): oldest_s}]

    metrics.outbox.read = outbox
    return Delivery(
        store,
        posting,
        handlers.notices.discover(),
        metrics,
        prompt=settings.slack.command,
        job_page=settings.webnet.job_page,
        digest_over=settings.notifications.digest_over,
    )


def _known(error: BaseException) -> BotError | None:
    """The words for errors of the store, which `core` does not see."""
    from bot.core.errors import StoreAway
    from store.errors import StoreError

    if not isinstance(error, StoreError):
        return None
    log.error("%s", error.words)
    return StoreAway("The bot's own store does not answer right now, so nothing was done. Try again in a minute.")


def _services(
    settings: Settings,
    store: Store,
    webnet: WebNet,
    directory: Directory,
    auditing: Auditing,
    registry: Registry,
    rules: Rules,
    redactor: Redactor,
) -> Services:
    from bot.webnet.configs import Sources
    from bot.webnet.context import Services
    from bot.webnet.jobindex import JobIndex
    from bot.webnet.joblogs import JobLogs
    from bot.webnet.people import People
    from bot.webnet.snapshots import Snapshots
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
            most_waiting=max(1, settings.commands.workers // 4),
            job_page=settings.webnet.job_page,
        ),
        history=auditing,
        jobs=JobIndex(webnet, store.jobs),
        logs=JobLogs(webnet, redactor.config),
        registry=registry,
        rules=rules,
        configs=Sources(store.configs, store.directory, webnet.device, Snapshots(webnet), redactor),
        job_page=settings.webnet.job_page,
        webnet_page=settings.webnet.public_url,
        now=lambda: datetime.now(UTC),
    )


def run(settings: Settings, *, ready: Callable[[], None] | None = None) -> int:
    """Until SIGTERM or SIGINT; 0 if everything that was taken was also answered. Raises StoreError."""
    from bot import logs
    from bot.config import ConfigError
    from bot.core.redact import Redactor
    from store.drivers import load_only_for

    load_only_for(settings.store.url)
    from store.lock import RunLock

    problems = []
    if settings.http.enabled and not _http_is_installed():
        problems.append("http.enabled needs an extra: pip install 'webnet-bot[http]'.")
    if not settings.webnet.api_key:
        problems.append(
            "webnet.api_key is empty: set it, or WEBNET_BOT_WEBNET__API_KEY, to the service account's API key."
        )
    if problems:
        raise ConfigError(problems)
    redactor = Redactor(settings.secrets())
    logs.set_up(settings.logging.level, settings.logging.format, redactor)
    with RunLock(settings.store.url), opened(settings) as store:
        store.check_secrets()
        return _serve(build(settings, store, redactor), ready)


def _http_is_installed() -> bool:
    from importlib.util import find_spec

    return all(find_spec(name) is not None for name in ("fastapi", "uvicorn", "prometheus_client"))


def opened(settings: Settings) -> Store:
    """The store of a running bot, with a connection for each of its threads."""
    from store.database import open_store

    connections = settings.commands.workers + OTHER_THREADS + (HTTP_THREADS if settings.http.enabled else 0)
    return open_store(settings.store.url, keys=settings.store.encryption_keys, max_connections=connections)


def _serve(bot: Bot, ready: Callable[[], None] | None) -> int:
    sys.setswitchinterval(SWITCH_S)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    bot.start()
    enabled = len(bot.store.workspaces.list(enabled=True))
    if not bot.socket_mode:
        log.info("running; %d workspaces, by HTTP alone", enabled)
    elif connections := bot.connections(CONNECT_S):
        log.info("running; %d workspaces, %d connections to Slack so far", enabled, connections)
    else:
        log.warning("running; %d workspaces, but no connection to Slack yet; `check` says what may be wrong", enabled)
    if ready is not None:
        ready()
    ended.wait()
    log.info("stopping: answering what is running")
    left = bot.stop()
    if left:
        log.error("%d commands were not answered before the stop", left)
    return 1 if left else 0


# -- the commands that join the parts


@command(app, "run", example="run --config config.toml")
def run_command(console: Console) -> None:
    """Connect every enabled workspace and answer, until SIGTERM or Ctrl-C."""
    if code := run(console.settings):
        raise typer.Exit(code)


@command(app, "demo", example="demo")
def demo_command(
    _: Console,
    webnet_port: Annotated[int, typer.Option(help="Port of the simulated WebNet; 0 takes a free one.")] = 8100,
    slack_port: Annotated[int, typer.Option(help="Port of the emulated Slack; 0 takes a free one.")] = 8200,
) -> None:
    """Start an emulated Slack, a simulated WebNet and the bot between them; nothing else is needed, nothing is kept."""
    from lab.demo import labs

    with labs(webnet_port, slack_port, hints()) as demo, tempfile.TemporaryDirectory(prefix="webnet-bot-") as folder:
        settings = _demo_settings(demo.variables, Path(folder))
        _seed(settings, demo.seed)
        if code := run(settings, ready=lambda: typer.echo(demo.greeting)):
            raise typer.Exit(code)


lab_group = typer.Typer(name="lab", help="The stand-ins for WebNet and Slack, one at a time.", no_args_is_help=True)
app.add_typer(lab_group)


@command(lab_group, "webnet", example="lab webnet --port 8100")
def lab_webnet(console: Console, port: Annotated[int, typer.Option(help="0 takes a free one.")] = 8100) -> None:
    """Run a simulated WebNet until Ctrl-C."""
    from lab.webnet import serve

    serve(port, ready=lambda lab: console.say(f"Simulated WebNet at {lab.url}. Ctrl-C ends it."), recent=True)


@command(lab_group, "slack", example="lab slack --port 8200")
def lab_slack(_: Console, port: Annotated[int, typer.Option(help="0 takes a free one.")] = 8200) -> None:
    """Run an emulated Slack until Ctrl-C."""
    from lab.slack import serve

    raise typer.Exit(serve(port))


@command(lab_group, "say", example='lab say alice "/webnet status rtr-fra1-001"')
def lab_say(
    _: Console,
    user: Annotated[str, typer.Argument(help="Who types: a name or an id, such as alice or U0ALICE.")],
    text: Annotated[str, typer.Argument(help="A whole line, such as /webnet help.")] = "",
    channel: Annotated[str, typer.Option(help="Where.")] = "C0NOC",
    click: Annotated[str, typer.Option(metavar="LABEL", help="Press the newest button with this label.")] = "",
    url: Annotated[str, typer.Option(help="Address of the emulated Slack.")] = "http://127.0.0.1:8200",
) -> None:
    """Type into the running emulated Slack and print what appears."""
    from lab.slack import say

    if bool(text) == bool(click):
        raise typer.BadParameter("say either a TEXT or --click LABEL")
    raise typer.Exit(say.click(user, click, channel, url) if click else say.say(user, text, channel, url))


def hints() -> list[dict[str, str]]:
    """What the lab's page completes."""
    import handlers

    return [{"usage": c.usage, "summary": c.summary, "example": c.example} for c in handlers.discover().values()]


@command(notify, "test", example="notify test C0123456789")
def notify_test(console: Console, channel: ChannelArgument, team: TeamOption = None) -> None:
    """Post one sample of each kind of notice to a configured channel, whatever its flags say."""
    import handlers.notices
    from bot.cli.notify import send_samples

    send_samples(console, handlers.notices.discover(), channel, team)


def _demo_settings(variables: Mapping[str, str], folder: Path) -> Settings:
    """The defaults, between the labs, with a key and a store that end with the demo."""
    from bot.config import load
    from store.secrets import generate_key

    own = {
        "WEBNET_BOT_STORE__URL": f"sqlite:///{folder / 'demo.db'}",
        "WEBNET_BOT_STORE__ENCRYPTION_KEYS": generate_key(),
    }
    return load(Path(__file__).with_name("config.toml"), {**variables, **own})


def _seed(settings: Settings, file: Path) -> None:
    from bot.cli.people import People
    from bot.cli.seed import Planting, Reading
    from bot.webnet.client import WebNet
    from store.database import open_store

    reading = Reading(file, {})
    reading.look_up(People.of(WebNet.from_settings(settings.webnet)).find)
    with open_store(settings.store.url, keys=settings.store.encryption_keys) as store:
        Planting(store).plant(reading.workspaces)


def main() -> None:
    """`run` by itself starts without the parser of the command line, which would hold 8 MiB (pydantic) as long as the bot runs."""
    match sys.argv[1:]:
        case ["run"]:
            _run_plainly(DEFAULT_CONFIG)
        case ["run", "--config", file]:
            _run_plainly(Path(file))
        case _:
            app()


def _run_plainly(config: Path) -> NoReturn:
    try:
        with errors_told():
            code = run(Console(config, os.environ).settings)
    except typer.Exit as ended:
        code = ended.exit_code
    sys.exit(code)


if __name__ == "__main__":
    main()
