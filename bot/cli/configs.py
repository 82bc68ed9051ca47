"""`configs` fills the redacted copy of the devices' configs, which `search` reads, and tries out redaction on files."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.console import Console, command
from bot.cli.failures import Failed
from bot.cli.tables import terminal

if TYPE_CHECKING:
    from bot.configs.diff import Diff
    from bot.configs.search_copy import Copying
    from bot.redaction.redactor import Redactor
    from bot.webnet.client import WebNet
    from store.config_progress import Progress
    from store.database import Store

configs = typer.Typer(
    name="configs",
    help="The redacted copy of the devices' configs, and its index; redaction tried out.",
    no_args_is_help=True,
)


def _known_platform(name: str) -> str:
    from bot.redaction.platforms import PLATFORMS

    if name and name.lower() not in PLATFORMS:
        raise typer.BadParameter(f"{name} is not known; known are {', '.join(PLATFORMS)}.")
    return name.lower()


Config = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]
PlatformOption = Annotated[
    str,
    typer.Option("--platform", metavar="NAME", callback=_known_platform, help="What the config is of, such as ios."),
]


@command(configs, "sync", example="configs sync")
def sync(
    console: Console,
    again: Annotated[
        bool, typer.Option("--again", help="Read every device, also those that were read before.")
    ] = False,
) -> None:
    """Read the configs that the copy does not have yet. A running bot does that by itself, and follows what is new."""
    from bot.core.text import count

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
            f"{progress.have:,} of {count(progress.of, 'device')} were looked at, {filled.read:,} of them just now; "
            f"{count(progress.have - progress.without, 'config')} can be searched."
        )
        if filled.failed:
            raise Failed(f"{filled.failed:,} could not be read (the log says why): run this again later.")


@command(configs, "check", example="configs check")
def check(console: Console) -> None:
    """Compare the index that `search` uses with the configs that it was made of. The exit code is 1 where they differ."""
    from bot.core.text import count

    with console.store() as store:
        faults = store.configs.check().faults()
    if faults:
        verb = "is" if faults == 1 else "are"
        raise Failed(f"{count(faults, 'line')} {verb} wrong in the index: `webnet-bot configs rebuild` makes it again.")
    console.say("The index holds each line of the configs, and where it stands.")


@command(configs, "rebuild", example="configs rebuild")
def rebuild(console: Console) -> None:
    """Make the index that `search` uses again, of the configs in the store. A bot may run meanwhile."""
    from bot.core.text import count

    with console.store() as store:
        damaged = store.configs.check().rebuild()
        for device in damaged:
            store.configs.forget(device)
    console.say("The index was made again.")
    if damaged:
        console.say(f"The configs of {count(len(damaged), 'device')} were damaged, and are read from WebNet again.")


def _copying(console: Console, store: Store, webnet: WebNet) -> Copying:
    import uuid

    from bot.configs.follower import Follower
    from bot.configs.keeper import Keeper
    from bot.configs.search_copy import Copying
    from bot.devices.directory import Directory
    from bot.redaction.redactor import Redactor

    redactor = Redactor(console.settings.secrets(), console.settings.redaction.own)
    for workspace in store.workspaces.list():
        redactor.add(workspace.secrets)
    instance = f"configs-sync-{uuid.uuid4().hex[:12]}"
    directory = Directory(webnet, store.directory, store.cursors)
    follower, keeper = Follower(webnet, store, instance), Keeper(store, redactor)
    return Copying(webnet, store, directory, follower, keeper, instance, rest=lambda _: None)


@contextlib.contextmanager
def _shown(progress: Callable[[], Progress]) -> Iterator[Callable[[], object]]:
    """Shows a bar on standard error, if that is a terminal; the function that it gives moves the bar on."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    screen = terminal(sys.stderr)
    columns = (TextColumn("Configs"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=screen, disable=not screen.is_terminal) as bar:
        task = bar.add_task("configs")

        def move_on() -> None:
            now = progress()
            bar.update(task, completed=now.have, total=now.of)

        move_on()
        yield move_on


@command(configs, "redact", example="configs redact running-config.txt")
def redact(
    console: Console,
    file: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, readable=True, help="Standard input if not given.")
    ] = None,
    platform: PlatformOption = "",  # noqa: ARG001  # checked, and otherwise no condition of anything
    log: Annotated[bool, typer.Option("--log", help="It is the log of a job, or an error.")] = False,
) -> None:
    """Print a config without its secrets, as the bot would keep and show it. The platform is never needed: what is
    hidden is hidden on every one."""
    from bot.core.text import count

    redactor = _redactor(console)
    given = _text(file.read_bytes() if file else sys.stdin.buffer.read())
    text = redactor.config(given)
    _write(redactor(text) if log else text)
    for name, places in redactor.own.fitted(given).items():
        typer.echo(f"{name} of [redaction] fits in {count(places, 'place')}.", err=True)


@command(configs, "diff", example="configs diff old.txt new.txt")
def diff(
    console: Console,
    old: Config,
    new: Config,
    platform: PlatformOption = "",
    every: Annotated[bool, typer.Option("--all", help="Show volatile lines, too.")] = False,
) -> None:
    """Print what changed between two configs of a device, without their secrets, as the bot would show it. The exit code is
    0 where nothing differs but volatile lines, such as the time of the last change, else 1."""
    from bot.configs.diff import diff as compared
    from bot.configs.sections import lines_of
    from bot.configs.volatile import Volatile

    volatile = Volatile(console.settings.drift.patterns, platform)
    before, after = _redactor(console).pair(_text(old.read_bytes()), _text(new.read_bytes()))
    found = compared(lines_of(before), lines_of(after), None if every else volatile)
    _write("".join(f"{line}\n" for line in _shown_diff(found)))
    if found.hunks:
        raise typer.Exit(1)


def _redactor(console: Console) -> Redactor:
    """That of a bot with these settings."""
    from bot.redaction.redactor import Redactor

    return Redactor(console.settings.secrets(), console.settings.redaction.own)


def _text(raw: bytes) -> str:
    """Bytes that are no UTF-8 come out of `_write` as they were. Raises BadParameter for what is no text at all."""
    if b"\0" in raw:
        raise typer.BadParameter("This is no text: it holds a NUL byte. Name a config.")
    return raw.decode(errors="surrogateescape")


def _write(text: str) -> None:
    sys.stdout.buffer.write(text.encode(errors="surrogateescape"))
    sys.stdout.buffer.flush()


def _shown_diff(found: Diff) -> Iterator[str]:
    from bot.core.text import count

    for hunk in found.hunks:
        yield f"From line {hunk.new:,}, in {hunk.section}" if hunk.section else f"From line {hunk.new:,}"
        yield from (f"{line.sign} {line.text}" for line in hunk.lines)
        yield ""
    if found.hunks:
        yield f"+{found.added:,} −{found.removed:,} in {count(len(found.hunks), 'place')}."
    elif not found.left_out and not found.salted:
        yield "Nothing differs."
    if found.left_out:
        verb = "differs" if found.left_out == 1 else "differ"
        yield f"{count(found.left_out, 'volatile line')} {verb}{', too' if found.hunks else ''}: --all shows them."
    if found.salted:
        yield f"{count(found.salted, 'secret')} {'was' if found.salted == 1 else 'were'} salted again and may have changed."
