"""The command line. `app` is complete but for the commands that join the parts, which `main` adds with `command`.

Importing this imports no more than Typer: `--help` must be quick, so commands import what they need when they run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli import check, manifest, mapping_requests, quiet, rules, seed
from bot.cli.approvals import approvals
from bot.cli.audit import audit
from bot.cli.channels import channels
from bot.cli.configs import configs
from bot.cli.console import DEFAULT_CONFIG, Console, command
from bot.cli.database import database
from bot.cli.failures import Failed, Root, errors_reported
from bot.cli.keys import keys
from bot.cli.notify import notify
from bot.cli.reports import reports
from bot.cli.users import users
from bot.cli.workspaces import workspaces

__all__ = ["DEFAULT_CONFIG", "Console", "Failed", "app", "command", "errors_reported", "notify"]

app = typer.Typer(
    name="webnet-bot",
    cls=Root,
    help="WebNet Bot: run network automation from Slack and Microsoft Teams.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from bot.version import version

        typer.echo(f"webnet-bot {version()}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001  # its callback has ended the program
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version.")
    ] = False,
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="Settings file.")] = DEFAULT_CONFIG,
) -> None:
    context.obj = config


mapping_requests.register(users)
rules.register(channels)
quiet.register(channels)
for group in (workspaces, channels, users):
    app.add_typer(group)
for single in (seed, check, manifest):
    single.register(app)
for group in (audit, approvals, notify, reports, configs, database, keys):
    app.add_typer(group)
