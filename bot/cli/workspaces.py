"""`workspace` and `channel` change Slack workspaces, and the channels that get notices."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli import secrets
from bot.cli.console import Console, Failed, JsonOption, YesOption, command, workspace_of
from bot.core.notice_kinds import KINDS, initial_flags, switches
from bot.slack import ids

if TYPE_CHECKING:
    from store.channels import Channel
    from store.database import Store
    from store.workspaces import Workspace

workspaces = typer.Typer(name="workspace", help="Slack workspaces.", no_args_is_help=True)
channels = typer.Typer(name="channel", help="Channels that get notices, and which.", no_args_is_help=True)


def shaped(shape: Callable[[str], str]) -> Callable[[str | None], str | None]:
    def check(text: str | None) -> str | None:
        try:
            return None if text is None else shape(text)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None

    return check


TeamArgument = Annotated[str, typer.Argument(metavar="TEAM", help="Team id, such as T0123456789.")]
NewTeamArgument = Annotated[
    str, typer.Argument(metavar="TEAM", help="Team id, such as T0123456789.", callback=shaped(ids.team_id))
]
ChannelArgument = Annotated[
    str, typer.Argument(metavar="CHANNEL", help="Channel id, such as C0123456789.", callback=shaped(ids.channel_id))
]
TeamOption = Annotated[str | None, typer.Option("--workspace", metavar="TEAM", help="Only this workspace.")]
NameOption = Annotated[str | None, typer.Option("--name", help="Its name, as lists show it.")]
CustomerOption = Annotated[int | None, typer.Option("--customer", min=1, help="WebNet customer id.")]
BotUserOption = Annotated[
    str | None,
    typer.Option("--bot-user", metavar="U…", help="Slack user id of the bot.", callback=shaped(ids.user_id)),
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

WORKSPACE_COLUMNS = {
    "id": "#",
    "team_id": "Team",
    "team_name": "Name",
    "customer": "Customer",
    "bot_user_id": "Bot user",
    "enabled": "Enabled",
    "updated_at": "Changed (UTC)",
}
CHANNEL_COLUMNS = {
    "team_id": "Team",
    "channel_id": "Channel",
    "channel_name": "Name",
} | {kind.flag: kind.key.capitalize() for kind in KINDS}


def public(workspace: Workspace) -> dict[str, Any]:
    """Returns everything but the secrets; of those it says whether they are set."""
    row = asdict(workspace)
    return {key: value for key, value in row.items() if key not in secrets.SHAPES} | {
        "own_app_token": row["app_token"] is not None
    }


def given(**values: Any) -> dict[str, Any]:
    """Returns the options that were named on the command line."""
    return {key: value for key, value in values.items() if value is not None}


@command(
    workspaces,
    "add",
    example="workspace add T0123456789 --name Acme --customer 1 --bot-user U0123456789",
    hidden_parameters=secrets.OPTIONS,
)
def add_workspace(
    console: Console,
    *,
    team: NewTeamArgument,
    customer: Annotated[int, typer.Option("--customer", min=1, help="WebNet customer id.")],
    name: Annotated[str, typer.Option("--name", help="Its name, as lists show it.")],
    bot_user: Annotated[
        str, typer.Option("--bot-user", metavar="U…", help="Slack user id of the bot.", callback=shaped(ids.user_id))
    ],
    options: Mapping[str, Any],
    disabled: Annotated[bool, typer.Option("--disabled", help="Add it, but do not connect yet.")] = False,
) -> None:
    """Add a Slack workspace. Bot token and signing secret are asked for unless a file or variable is named."""
    with console.store() as store:
        if store.workspaces.by_team(team) is not None:
            raise Failed(f"The workspace {team} is there already: change it with `webnet-bot workspace set {team}`.")
        read = secrets.read(options, console.environ, needed=("bot_token", "signing_secret"))
        store.workspaces.add(
            customer=customer,
            team_id=team,
            team_name=name,
            bot_user_id=bot_user,
            bot_token=read["bot_token"],
            signing_secret=read["signing_secret"],
            app_token=read.get("app_token"),
            enabled=not disabled,
        )
    console.say(f"Added workspace {team}. A running bot connects it within 10 seconds; `webnet-bot check` tests it.")


@command(workspaces, "list", example="workspace list --json")
def list_workspaces(console: Console, as_json: JsonOption = False) -> None:
    """List the Slack workspaces."""
    with console.store() as store:
        rows = [public(workspace) for workspace in store.workspaces.list()]
    console.table(rows, WORKSPACE_COLUMNS, as_json=as_json, empty="No workspace yet: `webnet-bot workspace add`.")


@command(workspaces, "show", example="workspace show T0123456789")
def show_workspace(console: Console, team: TeamArgument, as_json: JsonOption = False) -> None:
    """Show a workspace and what belongs to it; never its secrets."""
    with console.store() as store:
        workspace = workspace_of(store, team)
        row = public(workspace) | asdict(store.workspaces.counts(workspace.id))
    if as_json:
        console.json(row)
    else:
        rows = [{"key": key.replace("_", " "), "value": value} for key, value in row.items()]
        console.table(rows, {"key": "Workspace", "value": workspace.team_id}, as_json=False, empty="")


@command(workspaces, "set", example="workspace set T0123456789 --bot-token-prompt", hidden_parameters=secrets.OPTIONS)
def set_workspace(
    console: Console,
    *,
    team: TeamArgument,
    options: Mapping[str, Any],
    name: NameOption = None,
    customer: CustomerOption = None,
    bot_user: BotUserOption = None,
    no_app_token: Annotated[bool, typer.Option("--no-app-token", help="Use the app token of the settings.")] = False,
) -> None:
    """Change a workspace; what is not named stays. Use --bot-token-prompt and the like to replace a secret."""
    changes = given(team_name=name, customer=customer, bot_user_id=bot_user)
    changes |= secrets.read(options, console.environ)
    if no_app_token:
        changes["app_token"] = None
    if not changes:
        raise typer.BadParameter("name something to change")
    _change(console, team, changes)


@command(workspaces, "enable", example="workspace enable T0123456789")
def enable_workspace(console: Console, team: TeamArgument) -> None:
    """Connect a workspace that was disabled."""
    _change(console, team, {"enabled": True})


@command(workspaces, "disable", example="workspace disable T0123456789")
def disable_workspace(console: Console, team: TeamArgument) -> None:
    """Stop answering and notifying a workspace; nothing is removed."""
    _change(console, team, {"enabled": False})


@command(workspaces, "remove", example="workspace remove T0123456789")
def remove_workspace(console: Console, team: TeamArgument, yes: YesOption = False) -> None:
    """Remove a workspace with its channels and mappings. The audit log stays."""
    from bot.core.text import count

    with console.store() as store:
        workspace = workspace_of(store, team)
        counts = store.workspaces.counts(workspace.id)
        console.confirm(
            f"Remove workspace {workspace.team_id} ({workspace.team_name}) with {count(counts.channels, 'channel')} and "
            f"{count(counts.mappings, 'user mapping')}? What the audit log says of it stays "
            f"({count(counts.audit_rows, 'row')}).",
            yes=yes,
        )
        store.workspaces.remove(workspace.id)
    console.say(f"Removed workspace {workspace.team_id}.")


def _change(console: Console, team: str, changes: Mapping[str, Any]) -> None:
    with console.store() as store:
        before = workspace_of(store, team)
        after = store.workspaces.update(before.id, **changes)
    console.say(
        f"Changed workspace {before.team_id}."
        if after != before
        else f"Workspace {before.team_id} had these values already."
    )


def _channel_of(store: Store, team: str, channel: str) -> Channel:
    workspace = workspace_of(store, team)
    found = store.channels.find(workspace.id, channel)
    if found is None:
        raise Failed(
            f"The workspace {team} has no channel {channel}: add it with `webnet-bot channel add {team} {channel}`."
        )
    return found


def _shown(channel: Channel) -> dict[str, Any]:
    """Returns the channel with a field for each flag, as the management API shows it."""
    row = asdict(channel)
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
        flags = initial_flags(_flags(options))
        store.channels.add(workspace=workspace.id, channel_id=channel, **given(channel_name=name), flags=flags)
    console.say(f"Added channel {channel}.")


@command(channels, "list", example="channel list --workspace T0123456789")
def list_channels(console: Console, team: TeamOption = None, as_json: JsonOption = False) -> None:
    """List the channels and what they get."""
    with console.store() as store:
        teams = {workspace.id: workspace.team_id for workspace in store.workspaces.list()}
        only = None if team is None else workspace_of(store, team).id
        rows = [
            _shown(channel) | {"team_id": teams[channel.workspace]} for channel in store.channels.list(workspace=only)
        ]
    console.table(rows, CHANNEL_COLUMNS, as_json=as_json, empty="No channel yet: `webnet-bot channel add`.")


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
) -> None:
    """Change what a channel gets; what is not named stays."""
    changes, flags = given(channel_name=name), _flags(options)
    if not changes and not flags:
        raise typer.BadParameter("name something to change")
    with console.store() as store:
        before = _channel_of(store, team, channel)
        after = store.channels.update(before.id, flags=flags, **changes)
    console.say(f"Changed channel {channel}." if after != before else f"Channel {channel} had these values already.")


@command(channels, "remove", example="channel remove T0123456789 C0123456789")
def remove_channel(console: Console, team: TeamArgument, channel: ChannelArgument, yes: YesOption = False) -> None:
    """Remove a channel: it gets no more notices."""
    with console.store() as store:
        found = _channel_of(store, team, channel)
        console.confirm(f"Remove channel {channel} {found.channel_name}?", yes=yes)
        store.channels.remove(found.id)
    console.say(f"Removed channel {channel}.")
