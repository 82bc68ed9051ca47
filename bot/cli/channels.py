"""`channel` changes the channels that get notices."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.console import Console, JsonOption, YesOption, asked_teams, command, shaped, workspace_of
from bot.cli.failures import Failed
from bot.cli.workspaces import NameOption, TeamArgument, TeamOption, given, shape_of
from bot.core.notice_kinds import KINDS, initial_flags, switches
from bot.ids import chats

if TYPE_CHECKING:
    from store.channels import Channel
    from store.database import Store

channels = typer.Typer(name="channel", help="Channels that get notices, and which.", no_args_is_help=True)

ChannelArgument = Annotated[
    str, typer.Argument(metavar="CHANNEL", help="Channel id, such as C0123456789.", callback=shaped(chats.channel_id))
]
NewIdOption = Annotated[
    str | None,
    typer.Option("--id", metavar="C…", help="Its new id, where Slack changed it.", callback=shaped(chats.channel_id)),
]
FLAG_OPTIONS = tuple(
    inspect.Parameter(
        kind.key,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[bool | None, typer.Option(f"--{kind.key}/--no-{kind.key}", help=kind.label)],
    )
    for kind in KINDS
)
COLUMNS = {
    "team_id": "Team",
    "channel_id": "Channel",
    "channel_name": "Name",
} | {kind.flag: kind.key.capitalize() for kind in KINDS}


def channel_of(store: Store, team: str, channel: str) -> Channel:
    workspace = workspace_of(store, team)
    found = store.channels.find(workspace.id, channel)
    if found is None:
        raise Failed(
            f"The workspace {team} has no channel {channel}: "
            f"`webnet-bot channel list --workspace {team}` shows those it has."
        )
    return found


def _shown(channel: Channel) -> dict[str, Any]:
    """Returns the channel with a field for each flag, as the management API shows it."""
    from bot.core import quiet, rule_text

    row = asdict(channel)
    row["rules"] = rule_text.written(rule_text.load(channel.rules))
    row["quiet"] = quiet.spelled(channel.quiet)
    times = {name: row.pop(name) for name in ("created_at", "updated_at")}
    return row | switches(row.pop("flags")) | times


def _flags(options: Mapping[str, bool | None]) -> dict[str, bool]:
    """Returns the flags that were named, by the names that the store uses."""
    return {kind.flag: on for kind in KINDS if (on := options[kind.key]) is not None}


@command(
    channels,
    "add",
    example="channel add T0123456789 C0123456789 --name alerts --drift",
    hidden_parameters=FLAG_OPTIONS,
)
def add_channel(
    console: Console,
    *,
    team: TeamArgument,
    channel: ChannelArgument,
    options: Mapping[str, bool | None],
    name: NameOption = None,
) -> None:
    """Add a channel. Unless said otherwise it gets job completions and failures."""
    with console.store() as store:
        workspace = workspace_of(store, team)
        shape_of(workspace, channel, lambda chat: chat.channel)
        flags = initial_flags(_flags(options))
        store.channels.add(workspace=workspace.id, channel_id=channel, **given(channel_name=name), flags=flags)
    console.say(f"Added channel {channel}.")


@command(channels, "list", example="channel list --workspace T0123456789")
def list_channels(console: Console, team: TeamOption = None, as_json: JsonOption = False) -> None:
    """List the channels and what they get."""
    with console.store() as store:
        teams, only = asked_teams(store, team)
        rows = [
            _shown(channel) | {"team_id": teams[channel.workspace]} for channel in store.channels.list(workspace=only)
        ]
    console.table(rows, COLUMNS, as_json=as_json, empty="No channel yet: `webnet-bot channel add`.")


@command(
    channels,
    "set",
    example="channel set T0123456789 C0123456789 --compliance --no-completion",
    hidden_parameters=FLAG_OPTIONS,
)
def set_channel(
    console: Console,
    *,
    team: TeamArgument,
    channel: ChannelArgument,
    options: Mapping[str, bool | None],
    name: NameOption = None,
    new_id: NewIdOption = None,
) -> None:
    """Change what a channel gets, or its id; what is not named stays. With a new id all that waits for it goes along."""
    changes, flags = given(channel_name=name, channel_id=new_id), _flags(options)
    if not changes and not flags:
        raise typer.BadParameter("name something to change")
    with console.store() as store:
        before = channel_of(store, team, channel)
        if new_id:
            shape_of(workspace_of(store, team), new_id, lambda chat: chat.channel)
        after = store.channels.update(before.id, flags=flags, **changes)
    moved = f" Its id is {new_id} now, and what waits for it goes there." if new_id not in {None, channel} else ""
    console.say(
        f"Changed channel {channel}.{moved}" if after != before else f"Channel {channel} had these values already."
    )


@command(channels, "remove", example="channel remove T0123456789 C0123456789")
def remove_channel(console: Console, team: TeamArgument, channel: ChannelArgument, yes: YesOption = False) -> None:
    """Remove a channel: it gets no more notices."""
    with console.store() as store:
        found = channel_of(store, team, channel)
        console.confirm(f"Remove channel {channel} {found.channel_name}?", yes=yes)
        store.channels.remove(found.id)
    console.say(f"Removed channel {channel}.")
