"""`db` migrates the schema and copies the store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.console import Console, YesOption, command

database = typer.Typer(name="db", help="The store: schema, backup, restore.", no_args_is_help=True)


@command(database, "migrate", example="db migrate")
def migrate(console: Console) -> None:
    """Bring the store to this version's schema. An SQLite store is migrated by every start as well."""
    from store.database import migrate_store

    applied = migrate_store(console.settings.store.url)
    console.say(f"Applied {', '.join(applied)}." if applied else "The store is up to date.")


@command(database, "backup", example="db backup webnet-bot-backup.db")
def backup(
    console: Console, file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.", show_default=False)]
) -> None:
    """Copy an SQLite store to a new file, also while the bot runs. Its secrets stay encrypted: keep the key, too."""
    from store.backup import backup_store

    backup_store(console.settings.store.url, file)
    console.say(f"Copied the store to {file}.")


@command(database, "restore", example="db restore webnet-bot-backup.db")
def restore(
    console: Console,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Made by `db backup`.", show_default=False)],
    yes: YesOption = False,
) -> None:
    """Replace an SQLite store by a backup. The bot must not run."""
    from store.backup import restore_store
    from store.engine import parse_url

    settings = console.settings.store
    console.confirm(f"Replace all that {parse_url(settings.url).shown} holds by {file}?", yes=yes)
    restore_store(settings.url, file, keys=settings.encryption_keys)
    console.say(f"Restored the store from {file}.")
