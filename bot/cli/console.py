"""Every command has a Console with settings, store, WebNet and the terminal, and `command` gives each command
`--config`, an example in its help, and errors as one sentence with the right exit code."""

from __future__ import annotations

import contextlib
import functools
import inspect
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from bot.cli.failures import Failed, errors_reported, redactor_of, visible
from bot.cli.tables import print_rows

# What is heavy is imported where it is used: `--help` must be quick.
if TYPE_CHECKING:
    from bot.redaction.redactor import Redactor
    from bot.settings.table import Settings
    from bot.webnet.client import WebNet
    from store.channels import Channel
    from store.database import Store
    from store.workspaces import Workspace

DEFAULT_CONFIG = Path("config.toml")

ConfigOption = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Settings file; default config.toml.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


class Console:
    """Opens what a command needs, when it needs it. Store and WebNet are closed at the end of their `with` block."""

    def __init__(self, config: Path, environ: MutableMapping[str, str]) -> None:
        self._config = config
        self._environ = environ

    @functools.cached_property
    def environ(self) -> Mapping[str, str]:
        """The environment, and what `.env` beside the settings file adds to it. Raises ConfigError."""
        from bot.settings.files import load_env
        from bot.settings.load import ConfigError

        try:
            load_env(self._config.with_name(".env"), self._environ)
        except ValueError as problem:
            raise ConfigError([str(problem)]) from None
        return self._environ

    @functools.cached_property
    def settings(self) -> Settings:
        """Raises ConfigError."""
        from bot.settings.load import load

        return load(self._config, self.environ)

    @contextlib.contextmanager
    def store(self, *, may_migrate: bool = True) -> Iterator[Store]:
        from store.database import open_store

        store = self.settings.store
        with open_store(store.url, keys=store.encryption_keys, may_migrate=may_migrate) as opened:
            yield opened

    @contextlib.contextmanager
    def webnet(self) -> Iterator[WebNet]:
        """Raises Failed with WebNet's address, which may be the default that nobody meant."""
        from bot.core.errors import WebNetError
        from bot.settings.table import NO_API_KEY
        from bot.webnet.client import WebNet

        settings = self.settings.webnet
        if not settings.api_key:
            raise Failed(NO_API_KEY)
        with contextlib.closing(WebNet.from_settings(settings)) as client:
            try:
                yield client
            except WebNetError as error:
                raise Failed(f"WebNet at {settings.url} (`webnet.url`): {error.words}") from None

    def redactor(self) -> Redactor:
        """Knows the secrets of the settings, if they were read, and every variable that is named like a secret."""
        redactor, settings = redactor_of(self._environ), vars(self).get("settings")
        redactor.add(settings.secrets() if settings else ())
        return redactor

    def say(self, text: str) -> None:
        typer.echo(visible(text))

    def warn(self, text: str) -> None:
        typer.echo(f"Warning: {visible(text)}", err=True)

    def json(self, value: Any) -> None:
        """Prints JSON with times as ISO 8601, and in ASCII alone, so that nothing in it steers a terminal."""
        typer.echo(json.dumps(value, indent=2, default=iso))

    def table(
        self, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], *, as_json: bool, empty: str
    ) -> None:
        """`columns` maps the keys of the rows to headings; JSON shows the rows as they are. `empty` is printed if there are none."""
        if as_json:
            self.json(rows)
        elif not rows:
            self.say(empty)
        else:
            print_rows([[visible(cell(row[key])) for key in columns] for row in rows], list(columns.values()))

    def confirm(self, question: str, *, yes: bool) -> None:
        """Raises Failed unless the answer is yes."""
        try:
            if not yes and not typer.confirm(visible(question), err=True):
                raise Failed("Nothing was changed.")
        except typer.Abort:
            if has_terminal():
                raise
            raise Failed("\nThere is no terminal to ask on, so nothing was changed: name --yes.") from None


def has_terminal() -> bool:
    """Whether somebody can be asked, which does not depend on what standard input is."""
    try:
        os.close(os.open(os.ctermid(), os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return sys.stdin.isatty()
    return True


def iso(value: Any) -> str:
    """Returns a time as JSON has it, in UTC and whole seconds, which jq's `fromdate` can read."""
    from datetime import UTC, datetime

    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else str(value)


def cell(value: Any) -> str:
    """Returns a value as a table shows it."""
    from datetime import datetime

    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.strftime("%Y-%m-%d %H:%M:%S") if isinstance(value, datetime) else str(value)


def workspace_of(store: Store, team: str) -> Workspace:
    """Finds a workspace by its team id or by the store's own number. Raises Failed."""
    found = store.workspaces.get(int(team)) if team.isdecimal() and len(team) < 19 else store.workspaces.by_team(team)
    if found is None:
        raise Failed(f"There is no workspace {team}: `webnet-bot workspace list` shows those there are.")
    return found


def asked_teams(store: Store, team: str | None) -> tuple[dict[int, str], int | None]:
    """Returns the team id of each workspace by the store's number, and the number of the one that was asked for, None for all. Raises
    Failed."""
    teams = {workspace.id: workspace.team_id for workspace in store.workspaces.list()}
    return teams, None if team is None else workspace_of(store, team).id


def channel_in(store: Store, channel_id: str, team: str | None) -> tuple[Channel, Workspace]:
    """Finds a channel by the chat's id of it, with its workspace. Raises Failed where there is none, or several workspaces have it
    and none is named by `team`."""
    asked = [workspace_of(store, team)] if team else store.workspaces.list()
    found = [(channel, row) for row in asked if (channel := store.channels.find(row.id, channel_id))]
    if not found:
        raise Failed(f"There is no channel {channel_id}: `webnet-bot channel list` shows those there are.")
    if len(found) > 1:
        raise Failed(f"Several workspaces have the channel {channel_id}: name one with --workspace.")
    return found[0]


def audit_stays(rows: int) -> str:
    """Returns what follows the question whether to remove something that the audit log has rows of."""
    from bot.core.text import count

    return f" What the audit log says of it stays ({count(rows, 'row')})." if rows else ""


def shaped(shape: Callable[[str], str]) -> Callable[[str | None], str | None]:
    def check(text: str | None) -> str | None:
        try:
            return None if text is None else shape(text)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None

    return check


def command(
    group: typer.Typer, name: str, *, example: str, hidden_parameters: Sequence[inspect.Parameter] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Registers `function(console, …)` as a command of `group`; its docstring is the help.

    `hidden_parameters` are further options, handed to the function together as the mapping `options`.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(function, include_extras=True)
        own = [
            parameter.replace(annotation=hints[parameter.name], kind=inspect.Parameter.KEYWORD_ONLY)
            for parameter in list(inspect.signature(function).parameters.values())[1:]
            if parameter.name != "options"
        ]
        extra = {parameter.name for parameter in hidden_parameters}

        def call(**given: Any) -> None:
            context, config = given.pop("context"), given.pop("config")
            if extra:
                given["options"] = {key: given.pop(key) for key in extra}
            console = Console(config or context.obj or DEFAULT_CONFIG, os.environ)
            with errors_reported(console.redactor):
                function(console, **given)

        shared = [_keyword("context", typer.Context), _keyword("config", ConfigOption, None)]
        signature = inspect.Signature([*own, *hidden_parameters, *shared])
        call.__signature__ = signature  # type: ignore[attr-defined]
        call.__annotations__ = {key: parameter.annotation for key, parameter in signature.parameters.items()}
        group.command(name, help=inspect.getdoc(function), epilog=f"Example: webnet-bot {example}")(call)
        return function

    return register


def _keyword(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
