"""WebNet Bot enters here from the command line. `bot.app.assemble` joins the parts of a bot with what `handlers` brings."""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from bot.cli import DEFAULT_CONFIG, Console, app, command, errors_reported, notify
from bot.cli.notify import ChannelArgument, TeamOption

# Imports of the parts stand inside the functions: `--help` and the small commands need none of them.
if TYPE_CHECKING:
    from bot.app.lifecycle import Bot
    from bot.redaction.redactor import Redactor
    from bot.settings.table import Settings
    from store.database import Store

log = logging.getLogger("webnet_bot")

OTHER_THREADS = 17  # threads beside the workers that may each need a connection to the store
HTTP_THREADS = 20  # threads of the HTTP adapter that may need one
SWITCH_S = 0.001  # a thread hands the interpreter over to one that waits for so long; Python's 0.005 delays acks
LOOK_S = 0.1  # between two looks whether a signal has come
CONNECT_S = 5.0  # how long the start waits for a first connection before it says so


def build(settings: Settings, store: Store, redactor: Redactor) -> Bot:
    """Joins a bot with everything in `handlers`; nothing runs yet."""
    import handlers
    import handlers.notices
    from bot.app import assemble
    from bot.delivery.cards import Views
    from handlers import _views

    brought = assemble.Handlers(handlers.discover(), handlers.notices.discover(), Views(_views.card, _views.card_ended))
    return assemble.build(settings, store, redactor, brought)


def run(settings: Settings, *, ready: Callable[[], None] | None = None) -> int:
    """Runs until SIGTERM or SIGINT. Returns 0 if every command that was begun was also answered. Raises StoreError."""
    from bot import log_setup, proxies, tls
    from bot.redaction.redactor import Redactor
    from bot.settings.load import ConfigError
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
    addresses = (settings.webnet.url, settings.slack.api_url)
    problems += sorted({said for said in (tls.problem(), *map(proxies.problem, addresses)) if said})
    if problems:
        raise ConfigError(problems)
    redactor = Redactor(settings.secrets())
    log_setup.set_up(settings.logging.level, settings.logging.format, redactor)
    with RunLock(settings.store.url), opened(settings) as store:
        store.check_secrets()
        return _serve(build(settings, store, redactor), ready)


def _http_is_installed() -> bool:
    from importlib.util import find_spec

    return all(find_spec(name) is not None for name in ("fastapi", "uvicorn", "prometheus_client"))


def opened(settings: Settings) -> Store:
    """Opens the store of a running bot, with a connection for each of its threads."""
    from store.database import open_store

    connections = settings.commands.workers + OTHER_THREADS + (HTTP_THREADS if settings.http.enabled else 0)
    return open_store(settings.store.url, keys=settings.store.encryption_keys, max_connections=connections)


def _serve(bot: Bot, ready: Callable[[], None] | None) -> int:
    sys.setswitchinterval(SWITCH_S)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    bot.start()
    _log_running(bot)
    if ready is not None:
        ready()
    # Waiting on the event would hold its lock for a moment, and a signal at that moment would wait for the lock.
    while not ended.is_set():
        time.sleep(LOOK_S)
    log.info("stopping: answering what is running")
    left = bot.stop()
    if left:
        log.error("%d commands were not answered before the stop", left)
    return 1 if left else 0


def _log_running(bot: Bot) -> None:
    from bot.app.slack_part import SlackPart

    enabled = len(bot.common.store.workspaces.list(enabled=True))
    if not bot.common.settings.slack.socket_mode:
        log.info("running; %d workspaces, by HTTP alone", enabled)
    elif connections := bot.part(SlackPart).connections(CONNECT_S):
        log.info("running; %d workspaces, %d connections to Slack so far", enabled, connections)
    else:
        log.warning("running; %d workspaces, but no connection to Slack yet; `check` says what may be wrong", enabled)


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
    """Returns usage, summary and example of each command, for the lab's page to complete."""
    import handlers

    return [{"usage": c.usage, "summary": c.summary, "example": c.example} for c in handlers.discover().values()]


@command(notify, "test", example="notify test C0123456789")
def notify_test(console: Console, channel: ChannelArgument, team: TeamOption = None) -> None:
    """Post one sample of each kind of notice to a configured channel, whatever its flags say."""
    import handlers.notices
    from bot.cli.notify import send_samples

    send_samples(console, handlers.notices.discover(), channel, team)


def _demo_settings(variables: Mapping[str, str], folder: Path) -> Settings:
    """Returns the defaults with the labs' addresses, and with a key and a store that end with the demo."""
    from bot.settings.load import load
    from store.secrets import generate_key

    own = {
        "WEBNET_BOT_STORE__URL": f"sqlite:///{folder / 'demo.db'}",
        "WEBNET_BOT_STORE__ENCRYPTION_KEYS": generate_key(),
    }
    return load(Path(__file__).with_name("config.toml"), {**variables, **own})


def _seed(settings: Settings, file: Path) -> None:
    from bot.cli.seed import SeedFile, SeedWriter
    from bot.cli.users import WebNetUsers
    from bot.webnet.client import WebNet
    from store.database import open_store

    seed = SeedFile(file, {})
    seed.look_up(WebNetUsers.of(WebNet.from_settings(settings.webnet)).find)
    with open_store(settings.store.url, keys=settings.store.encryption_keys) as store:
        SeedWriter(store).write(seed.workspaces)


def main() -> None:
    """Starts `run` without the parser of the command line, which would hold 8 MiB (pydantic) as long as the bot runs."""
    match sys.argv[1:]:
        case ["run"]:
            _run_plainly(DEFAULT_CONFIG)
        case ["run", "--config", file]:
            _run_plainly(Path(file))
        case _:
            app()


def _run_plainly(config: Path) -> NoReturn:
    try:
        with errors_reported():
            code = run(Console(config, os.environ).settings)
    except typer.Exit as ended:
        code = ended.exit_code
    sys.exit(code)


if __name__ == "__main__":
    main()
