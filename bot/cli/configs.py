"""`configs` fills the redacted copy of the devices' configs, which `search` reads."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.console import Console, Failed, command

if TYPE_CHECKING:
    from bot.configs.search_copy import Copying
    from bot.webnet.client import WebNet
    from store.configs import Progress
    from store.database import Store

configs = typer.Typer(name="configs", help="The redacted copy of the devices' configs.", no_args_is_help=True)


@command(configs, "sync", example="configs sync")
def sync(
    console: Console,
    again: Annotated[
        bool, typer.Option("--again", help="Read every device, also those that were read before.")
    ] = False,
) -> None:
    """Read the configs that the copy does not have yet. A running bot does that by itself, and follows what is new."""
    with console.store() as store, console.webnet() as webnet:
        copying = _copying(console, store, webnet)
        console.say("Reading WebNet's devices.")
        copying.prepare()
        with _shown(copying.progress) as read_more:
            filled = copying.fill(read_more, again=again)
        if filled is None:
            raise Failed("Another process reads the configs right now: `webnet-bot check` shows how far it is.")
        progress = copying.progress()
        console.say(
            f"Configs of {progress.have:,} of {progress.of:,} devices are in the copy, {filled.read:,} of them read just now; "
            f"{progress.without:,} have none in WebNet."
        )
        if filled.failed:
            raise Failed(f"{filled.failed:,} could not be read (the log says why): run this again later.")


def _copying(console: Console, store: Store, webnet: WebNet) -> Copying:
    import uuid

    from bot.configs.follower import Follower
    from bot.configs.search_copy import Copying
    from bot.devices.directory import Directory
    from bot.redaction.redactor import Redactor

    redactor = Redactor(console.settings.secrets())
    for workspace in store.workspaces.list():
        redactor.add(filter(None, (workspace.bot_token, workspace.signing_secret, workspace.app_token)))
    instance = f"configs-sync-{uuid.uuid4().hex[:12]}"
    directory = Directory(webnet, store.directory, store.cursors)
    return Copying(webnet, store, directory, Follower(webnet, store, instance), redactor.config, instance)


@contextlib.contextmanager
def _shown(progress: Callable[[], Progress]) -> Iterator[Callable[[], object]]:
    """Shows a bar on standard error, if that is a terminal; the function that it gives moves the bar on."""
    from rich.console import Console as Terminal
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    terminal = Terminal(stderr=True)
    columns = (TextColumn("Configs"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=terminal, disable=not terminal.is_terminal) as bar:
        task = bar.add_task("configs")

        def move_on() -> None:
            now = progress()
            bar.update(task, completed=now.have, total=now.of)

        move_on()
        yield move_on
