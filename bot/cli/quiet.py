"""`channel quiet` sets when notices of a channel are held."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.channels import ChannelArgument
from bot.cli.console import Console, channel_in, command
from bot.cli.rules import TeamOption, note

HoursArgument = Annotated[
    str | None,
    typer.Argument(metavar="HOURS", help="Days, from-to and time zone on one line, or off. Nothing: they are shown."),
]
HolidayOption = Annotated[
    list[str] | None,
    typer.Option(
        "--holiday", metavar="DATE", help="A date that is quiet as a whole, such as 2026-12-25; again for more."
    ),
]


def register(channels: typer.Typer) -> None:
    example = 'channel quiet C0123456789 "mon-fri 22:00-06:00 Europe/Berlin" --holiday 2026-12-25'
    command(channels, "quiet", example=example)(quiet)


def quiet(
    console: Console,
    channel: ChannelArgument,
    hours: HoursArgument = None,
    holiday: HolidayOption = None,
    team: TeamOption = None,
) -> None:
    """Show or change the quiet hours of a channel. What comes then is held, and sent as one message at their end."""
    from bot.core.quiet import dump, parsed, spelled

    with console.store() as store:
        found, _ = channel_in(store, channel, team)
        text = " ".join((spelled(found.quiet) if hours is None else hours, *(holiday or ())))
        try:
            after = dump(parsed(text))
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
        if after != found.quiet:
            with store.transaction():
                store.channels.update(found.id, quiet=after)
                note(store, found, f"channel quiet {channel} {spelled(after) or 'off'}")
    console.say(
        f"Channel {channel} is quiet {spelled(after)}." if parsed(text) else f"Channel {channel} is never quiet."
    )
