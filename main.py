"""WebNet Bot enters here from the command line. `bot.app.assemble` joins the parts of a bot with what `handlers` brings."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from bot.cli import DEFAULT_CONFIG, Console, Failed, app, command, errors_reported, notify
from bot.cli.configs import redact
from bot.cli.notify import ChannelArgument, TeamOption

# Imports of the parts stand inside the functions: `--help` and the small commands need none of them.
if TYPE_CHECKING:
    from bot.app.lifecycle import Bot
    from bot.redaction.redactor import Redactor
    from bot.settings.table import Settings
    from store.database import Store

DEFAULTS = Path(__file__).with_name("config.toml")  # comes with the program
OTHER_THREADS = 21  # threads beside the workers that may each need a connection to the store
NEEDED_BY_HTTP = ("fastapi", "uvicorn", "prometheus_client")  # what an extra installs, by the names that are imported
NEEDED_BY_TEAMS = ("jwt",)
HTTP_THREADS = 20  # threads of the HTTP adapter that may need one
INTERRUPTED = 130  # the exit code of a command that Ctrl-C ended, as shells give it


def build(settings: Settings, store: Store, redactor: Redactor) -> Bot:
    """Joins a bot with everything in `handlers`; nothing runs yet."""
    import handlers
    import handlers.notices
    from bot.app import assemble
    from bot.approvals.messages import RequestViews
    from bot.delivery.cards import Views
    from bot.deploys.cards import DeployViews
    from handlers import _deploy_card, _live_log, _report, _requests, _views

    brought = assemble.Handlers(
        handlers.discover(),
        handlers.notices.discover(),
        Views(_views.card, _views.card_ended, _views.card_found),
        RequestViews(_requests.card, _requests.ended),
        DeployViews(_deploy_card.card, _deploy_card.end),
        _live_log.view,
        _report.read,
    )
    return assemble.build(settings, store, redactor, brought)


def run(settings: Settings, *, ready: Callable[[], None] | None = None) -> int:
    """Runs until SIGTERM or SIGINT. Returns 0 if every command that was begun was also answered. Raises StoreError."""
    from bot import log_setup, proxies, tls
    from bot.redaction.redactor import Redactor
    from bot.settings.load import ConfigError
    from bot.settings.table import NO_API_KEY
    from store.drivers import load_only_for

    load_only_for(settings.store.url)
    from store.lock import RunLock

    problems = []
    if settings.http.enabled and not _are_installed(*NEEDED_BY_HTTP):
        problems.append("http.enabled needs an extra: pip install 'webnet-bot[http]'.")
    if settings.teams.enabled and not _are_installed(*NEEDED_BY_TEAMS):
        problems.append("teams.enabled needs an extra: pip install 'webnet-bot[teams]'.")
    if not settings.webnet.api_key:
        problems.append(NO_API_KEY)
    of_teams = (settings.teams.login_url, settings.teams.openid_url) if settings.teams.enabled else ()
    addresses = (settings.webnet.url, settings.slack.api_url, *of_teams)
    problems += sorted({said for said in (tls.problem(), *map(proxies.problem, addresses)) if said})
    if problems:
        raise ConfigError(problems)
    from bot.app.serve import serve

    redactor = Redactor(settings.secrets(), settings.redaction.own)
    log_setup.set_up(settings.logging.level, settings.logging.format, redactor)
    with RunLock(settings.store.url), opened(settings) as store:
        store.check_secrets()
        return serve(build(settings, store, redactor), ready)


def _are_installed(*names: str) -> bool:
    from importlib.util import find_spec

    return all(find_spec(name) is not None for name in names)


def opened(settings: Settings) -> Store:
    """Opens the store of a running bot, with a connection for each of its threads."""
    from store.database import open_store

    connections = settings.commands.workers + OTHER_THREADS + (HTTP_THREADS if settings.http.enabled else 0)
    return open_store(settings.store.url, keys=settings.store.encryption_keys, max_connections=connections)


# -- the commands that join the parts


@command(app, "run", example="run --config config.toml")
def run_command(console: Console) -> None:
    """Connect every enabled workspace and answer, until SIGTERM or Ctrl-C."""
    if code := run(console.settings):
        raise typer.Exit(code)


def _port(help_: str) -> Any:
    return typer.Option(min=0, max=65_535, help=help_)


def _require_free(option: str, port: int) -> None:
    """Raises Failed for a port that cannot be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            remedy = "Another demo may run: end it, or name another port; 0 takes a free one."
            raise Failed(f"{option} {port}: {error.strerror}. {remedy}") from None


def _program() -> str:
    """Returns how this program is called."""
    return ".venv/bin/python main.py" if Path(sys.argv[0]).name == "main.py" else "webnet-bot"


@command(app, "demo", example="demo")
def demo_command(
    _: Console,
    webnet_port: Annotated[int, _port("Port of the simulated WebNet; 0 takes a free one.")] = 8100,
    slack_port: Annotated[int, _port("Port of the emulated Slack; 0 takes a free one.")] = 8200,
    teams_port: Annotated[int, _port("Port of the emulated Teams; 0 takes a free one.")] = 8300,
    report: Annotated[bool, typer.Option("--report", help="Let a report come to #noc after about a minute.")] = False,
) -> None:
    """Start an emulated Slack and Teams, a simulated WebNet and the bot between them; nothing else is needed, nothing is kept."""
    from bot.settings.load import load
    from lab.demo import labs
    from store.secrets import generate_key

    _require_free("--webnet-port", webnet_port)
    _require_free("--slack-port", slack_port)
    with_teams = _are_installed(*NEEDED_BY_HTTP, *NEEDED_BY_TEAMS)
    if with_teams:
        _require_free("--teams-port", teams_port)
    ports = (webnet_port, slack_port, teams_port if with_teams else None)
    with labs(*ports, _program(), hints(), shortcuts(), report=report) as demo:
        settings = load(DEFAULTS, {**demo.variables, "WEBNET_BOT_STORE__ENCRYPTION_KEYS": generate_key()})
        for file in demo.seeds:
            seed(settings, file)

        def ready() -> None:
            demo.begin()
            typer.echo(demo.greeting)

        if code := run(settings, ready=ready):
            raise typer.Exit(code)


@command(app, "config", example="config > config.toml")
def config_command(_: Console) -> None:
    """Print a config.toml with every setting and its default."""
    typer.echo(DEFAULTS.read_text(encoding="utf-8"), nl=False)


lab_group = typer.Typer(
    name="lab", help="The stand-ins for WebNet, Slack and Teams, one at a time.", no_args_is_help=True
)
app.add_typer(lab_group)


@command(lab_group, "webnet", example="lab webnet --port 8100")
def lab_webnet(_: Console, port: Annotated[int, _port("0 takes a free one.")] = 8100) -> None:
    """Run a simulated WebNet until Ctrl-C."""
    from lab.webnet import serve

    _require_free("--port", port)
    raise typer.Exit(serve(port))


@command(lab_group, "slack", example="lab slack --port 8200")
def lab_slack(_: Console, port: Annotated[int, _port("0 takes a free one.")] = 8200) -> None:
    """Run an emulated Slack until Ctrl-C."""
    from lab.slack import serve

    _require_free("--port", port)
    raise typer.Exit(serve(port))


@command(lab_group, "teams", example="lab teams --port 8300")
def lab_teams(
    _: Console,
    port: Annotated[int, _port("0 takes a free one.")] = 8300,
    bot: Annotated[
        str, typer.Option(metavar="URL", help="Where the bot takes what Teams sends.")
    ] = "http://127.0.0.1:8080/api/messages",
) -> None:
    """Run an emulated Microsoft Teams until Ctrl-C."""
    from lab.teams import serve

    _require_free("--port", port)
    raise typer.Exit(serve(port, bot, _program()))


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

    shown = (command for command in handlers.discover().values() if not command.hidden)
    return [{"usage": c.usage, "summary": c.summary, "example": c.example} for c in shown]


def shortcuts() -> list[dict[str, str]]:
    """Returns the shortcuts of the Slack app, for the lab's page to offer."""
    from bot.slack.manifest import manifest

    features: Any = manifest("/webnet")["features"]
    return list(features.get("shortcuts", []))


@command(notify, "test", example="notify test C0123456789")
def notify_test(console: Console, channel: ChannelArgument, team: TeamOption = None) -> None:
    """Post one sample of each kind of notice to a configured channel, whatever its flags say."""
    import handlers.notices
    from bot.cli.notify import send_samples

    send_samples(console, handlers.notices.discover(), channel, team)


def seed(settings: Settings, file: Path) -> None:
    """Writes what a file of the lab's holds into the store. Raises Failed for one that is wrong."""
    from bot.cli.seed import SeedWriter
    from bot.cli.seed_file import SeedFile
    from bot.webnet.client import WebNet
    from bot.webnet.users import WebNetUsers
    from store.database import open_store

    entries = SeedFile(file, {})
    entries.look_up(WebNetUsers.of(WebNet.from_settings(settings.webnet)).find)
    entries.require_right()
    with open_store(settings.store.url, keys=settings.store.encryption_keys) as store:
        SeedWriter(store).write(entries.workspaces)


def main() -> None:
    """Starts two commands without the parser of the command line, which loads pydantic: `run` would hold 8 MiB of it as long as
    it runs, and `configs redact` in a pipe would keep whoever waits for it waiting half as long again."""
    match sys.argv[1:]:
        case ["run"]:
            _plainly(DEFAULT_CONFIG, lambda console: run(console.settings))
        case ["run", "--config", file]:
            _plainly(Path(file), lambda console: run(console.settings))
        case ["configs", "redact"]:
            _plainly(DEFAULT_CONFIG, redact)
        case ["configs", "redact", file] if Path(file).is_file() and os.access(file, os.R_OK):
            _plainly(DEFAULT_CONFIG, lambda console: redact(console, Path(file)))
        case _:
            app()


def _plainly(config: Path, command: Callable[[Console], int | None]) -> NoReturn:
    console = Console(config, os.environ)
    try:
        with errors_reported(console.redactor):
            code = command(console)
    except typer.Exit as ended:
        code = ended.exit_code
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)


if __name__ == "__main__":
    main()
