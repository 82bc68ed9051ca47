"""Every command has a Console with settings, store, WebNet and the terminal, and `command` gives each command
`--config`, an example in its help, and errors as one sentence with the right exit code."""

from __future__ import annotations

import contextlib
import functools
import inspect
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, get_type_hints

import typer

# What is heavy is imported where it is used: `--help` must be quick.
if TYPE_CHECKING:
    from bot.settings.table import Settings
    from bot.webnet.client import WebNet
    from store.database import Store
    from store.workspaces import Workspace

DEFAULT_CONFIG = Path("config.toml")
PIPED_WIDTH = 1000  # columns of a table that nobody looks at: nothing is cut

ConfigOption = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Settings file; default config.toml.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


class Failed(Exception):
    """Ends a command with exit code 1. The text is shown as it is, and says why it failed and what to do."""


def visible(text: str) -> str:
    """Returns a text from outside as one line, with whatever could steer the terminal or reorder the line escaped."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode() for char in text
    )


class Console:
    """Opens what a command needs, when it needs it. Store and WebNet are closed at the end of their `with` block."""

    def __init__(self, config: Path, environ: Mapping[str, str]) -> None:
        self._config = config
        self.environ = environ

    @functools.cached_property
    def settings(self) -> Settings:
        """Raises ConfigError."""
        from bot.settings.load import load

        return load(self._config, self.environ)

    @property
    def has_settings(self) -> bool:
        return self._config.exists()

    @contextlib.contextmanager
    def store(self, *, may_migrate: bool = True) -> Iterator[Store]:
        from store.database import open_store

        store = self.settings.store
        with open_store(store.url, keys=store.encryption_keys, may_migrate=may_migrate) as opened:
            yield opened

    @contextlib.contextmanager
    def webnet(self) -> Iterator[WebNet]:
        from bot.webnet.client import WebNet

        with contextlib.closing(WebNet.from_settings(self.settings.webnet)) as client:
            yield client

    def say(self, text: str) -> None:
        typer.echo(visible(text))

    def warn(self, text: str) -> None:
        typer.echo(f"Warning: {visible(text)}", err=True)

    def json(self, value: Any) -> None:
        """Prints JSON with times as ISO 8601, and in ASCII alone, so that nothing in it steers a terminal."""
        typer.echo(json.dumps(value, indent=2, default=str))

    def table(
        self, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], *, as_json: bool, empty: str
    ) -> None:
        """`columns` maps the keys of the rows to headings; JSON shows the rows as they are. `empty` is printed if there are none."""
        if as_json:
            self.json(rows)
        elif not rows:
            self.say(empty)
        else:
            _print_table([[visible(cell(row[key])) for key in columns] for row in rows], list(columns.values()))

    def confirm(self, question: str, *, yes: bool) -> None:
        """Raises Failed unless the answer is yes."""
        if not yes and not typer.confirm(visible(question), err=True):
            raise Failed("Nothing was changed.")


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
            with errors_reported():
                function(Console(config or context.obj or DEFAULT_CONFIG, os.environ), **given)

        shared = [_keyword("context", typer.Context), _keyword("config", ConfigOption, None)]
        signature = inspect.Signature([*own, *hidden_parameters, *shared])
        call.__signature__ = signature  # type: ignore[attr-defined]
        call.__annotations__ = {key: parameter.annotation for key, parameter in signature.parameters.items()}
        group.command(name, help=inspect.getdoc(function), epilog=f"Example: webnet-bot {example}")(call)
        return function

    return register


def _keyword(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


@contextlib.contextmanager
def errors_reported() -> Iterator[None]:
    """Ends the program with the sentence of a known error on standard error: exit code 2 for the settings, 1 otherwise."""
    try:
        yield
    except (Failed, OSError) as error:
        if isinstance(error, BrokenPipeError):
            raise
        _end(str(error), 1)
    except Exception as error:
        from bot.core.errors import BotError
        from bot.settings.load import ConfigError
        from store.errors import StoreError

        if isinstance(error, ConfigError):
            _end("\n".join(error.problems), 2)
        if isinstance(error, BotError | StoreError):
            _end(error.words, 1)
        raise


def _end(text: str, code: int) -> NoReturn:
    for line in text.splitlines():
        typer.echo(visible(line), err=True)
    raise typer.Exit(code)


def _print_table(rows: Sequence[Sequence[str]], headings: Sequence[str]) -> None:
    from rich import box
    from rich.console import Console as Terminal
    from rich.table import Table
    from rich.text import Text

    terminal = Terminal(
        file=sys.stdout, width=None if sys.stdout.isatty() else PIPED_WIDTH, highlight=False, emoji=False
    )
    table = Table(*headings, box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(text) for text in row))
    terminal.print(table)
