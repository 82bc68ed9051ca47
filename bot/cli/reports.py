"""`report` changes when channels get a report by themselves."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.channels import ChannelArgument, channel_of
from bot.cli.console import Console, JsonOption, YesOption, asked_teams, command
from bot.cli.failures import Failed
from bot.cli.rules import note
from bot.cli.workspaces import TeamArgument, TeamOption

reports = typer.Typer(name="report", help="Channels that get a report at a set time.", no_args_is_help=True)

COLUMNS = {"team_id": "Team", "channel_id": "Channel", "channel_name": "Name", "report": "Report", "last": "Last (UTC)"}


def _time(words: str) -> str:
    from bot.core.report_times import ReportTime

    try:
        return str(ReportTime.read(words))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@command(reports, "add", example='report add T0123456789 C0123456789 "daily 07:30 Europe/Berlin"')
def add_report(
    console: Console,
    team: TeamArgument,
    channel: ChannelArgument,
    when: Annotated[
        str,
        typer.Argument(metavar="WHEN", help="Such as `weekly mon 07:30 Europe/Berlin`.", callback=_time),
    ],
) -> None:
    """Let a channel get a report from now on, every day or once a week; one that it has is replaced."""
    with console.store() as store:
        found = channel_of(store, team, channel)
        with store.transaction():
            store.channels.update(found.id, report=when)
            note(store, found, f"report add {team} {channel} {when}")
    console.say(f"Channel {channel} gets a report {when}.")


@command(reports, "list", example="report list --workspace T0123456789")
def list_reports(console: Console, team: TeamOption = None, as_json: JsonOption = False) -> None:
    """List the channels that get a report, and when the last one was made."""
    with console.store() as store:
        teams, only = asked_teams(store, team)
        rows = [
            {
                "team_id": teams[channel.workspace],
                "channel_id": channel.channel_id,
                "channel_name": channel.channel_name,
                "report": channel.report,
                "last": store.reports.last_made(channel.id),
            }
            for channel in store.channels.list(workspace=only)
            if channel.report
        ]
    console.table(rows, COLUMNS, as_json=as_json, empty="No channel gets a report: `webnet-bot report add`.")


@command(reports, "remove", example="report remove T0123456789 C0123456789")
def remove_report(console: Console, team: TeamArgument, channel: ChannelArgument, yes: YesOption = False) -> None:
    """Let a channel get no report any more; its notices stay."""
    with console.store() as store:
        found = channel_of(store, team, channel)
        if not found.report:
            raise Failed(f"The channel {channel} gets no report.")
        console.confirm(f"Let {channel} {found.channel_name} get no report any more?", yes=yes)
        with store.transaction():
            store.channels.update(found.id, report="")
            note(store, found, f"report remove {team} {channel}")
    console.say(f"Channel {channel} gets no report any more.")
