"""The command line. `app` is complete but for the commands that join the parts, which `main` adds with `command`.

Importing this imports no more than Typer: `--help` must be quick, so commands import what they need when they run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli import check, manifest, seed
from bot.cli.audit import audit
from bot.cli.configs import configs
from bot.cli.console import DEFAULT_CONFIG, Console, Failed, command, errors_reported
from bot.cli.database import database
from bot.cli.keys import keys
from bot.cli.notify import notify
from bot.cli.users import users
from bot.cli.workspaces import channels, workspaces

__all__ = ["DEFAULT_CONFIG", "Console", "Failed", "app", "command", "errors_reported", "notify"]

app = typer.Typer(
    name="webnet-bot",
    help="WebNet Bot: run network automation from Slack.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def root(
    context: typer.Context,
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="Settings file.")] = DEFAULT_CONFIG,
) -> None:
    context.obj = config


for group in (workspaces, channels, users):
    app.add_typer(group)
for single in (seed, check, manifest):
    single.register(app)
for group in (audit, notify, configs, database, keys):
    app.add_typer(group)
