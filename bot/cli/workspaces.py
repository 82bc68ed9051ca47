"""`workspace` changes the workspaces of Slack and Microsoft Teams."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli import secrets
from bot.cli.console import Console, JsonOption, YesOption, audit_stays, command, shaped, workspace_of
from bot.cli.failures import Failed
from bot.cli.peers import require
from bot.ids import chats, slack, teams

if TYPE_CHECKING:
    from store.workspaces import Workspace

workspaces = typer.Typer(
    name="workspace", help="Workspaces of Slack, and tenants of Microsoft Teams.", no_args_is_help=True
)


_TEAM = "Team id of Slack, such as T0123456789, or tenant id of Microsoft Teams."
TeamArgument = Annotated[str, typer.Argument(metavar="TEAM", help=_TEAM)]
NewTeamArgument = Annotated[str, typer.Argument(metavar="TEAM", help=_TEAM, callback=shaped(chats.team_id))]
TeamOption = Annotated[str | None, typer.Option("--workspace", metavar="TEAM", help="Only this workspace.")]
NameOption = Annotated[str | None, typer.Option("--name", help="Its name, as lists show it.")]
CustomerOption = Annotated[int | None, typer.Option("--customer", min=1, help="WebNet customer id.")]
BotUserOption = Annotated[
    str | None,
    typer.Option("--bot-user", metavar="U…", help="Slack user id of the bot.", callback=shaped(slack.user_id)),
]
AppOption = Annotated[
    str | None,
    typer.Option("--app-id", metavar="ID", help="Microsoft App ID of the bot.", callback=shaped(teams.app_id)),
]

COLUMNS = {
    "id": "#",
    "team_id": "Team",
    "chat": "Chat",
    "team_name": "Name",
    "customer": "Customer",
    "bot_user_id": "Bot user",
    "enabled": "Enabled",
    "updated_at": "Changed (UTC)",
}


def public(workspace: Workspace) -> dict[str, Any]:
    """Returns everything but the secrets; of those it says whether they are set."""
    row = asdict(workspace)
    return {key: value for key, value in row.items() if key not in chats.SECRETS} | {
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
    options: Mapping[str, Any],
    bot_user: BotUserOption = None,
    app: AppOption = None,
    disabled: Annotated[bool, typer.Option("--disabled", help="Add it, but do not connect yet.")] = False,
) -> None:
    """Add a workspace of Slack (with --bot-user) or Microsoft Teams (with --app-id). Its secrets are asked for unless named."""
    with console.store() as store:
        if store.workspaces.by_team(team) is not None:
            raise Failed(f"The workspace {team} is there already: change it with `webnet-bot workspace set {team}`.")
        chat = chats.chat_of(team)
        of = chats.CHATS[chat]
        plain = given(bot_user_id=bot_user, app_id=app)
        if words := chats.trouble(chat, {"team_id": team, **dict.fromkeys(of.secrets, "asked for below"), **plain}):
            raise typer.BadParameter(words)
        values: dict[str, Any] = {"customer": customer, "team_id": team, "team_name": name, "chat": chat, **plain}
        values |= secrets.read(options, console.environ, needed=tuple(filter(of.secrets.__contains__, of.needed)))
        _whole(values)
        require(console, values, values)
        store.workspaces.add(**values, enabled=not disabled)
    console.say(f"Added workspace {team}. A running bot connects it within 10 seconds; `webnet-bot check` tests it.")


@command(workspaces, "list", example="workspace list --json")
def list_workspaces(console: Console, as_json: JsonOption = False) -> None:
    """List the workspaces."""
    with console.store() as store:
        rows = [public(workspace) for workspace in store.workspaces.list()]
    console.table(rows, COLUMNS, as_json=as_json, empty="No workspace yet: `webnet-bot workspace add`.")


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
    app: AppOption = None,
    no_app_token: Annotated[bool, typer.Option("--no-app-token", help="Use the app token of the settings.")] = False,
) -> None:
    """Change a workspace; what is not named stays. Use --bot-token-prompt and the like to replace a secret."""
    changes = given(team_name=name, customer=customer, bot_user_id=bot_user, app_id=app)
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
            f"{count(counts.mappings, 'user mapping')}?{audit_stays(counts.audit_rows)}",
            yes=yes,
        )
        store.workspaces.remove(workspace.id)
    console.say(f"Removed workspace {workspace.team_id}.")


def _change(console: Console, team: str, changes: Mapping[str, Any]) -> None:
    with console.store() as store:
        before = workspace_of(store, team)
        _whole({**asdict(before), **changes})
        require(console, {**asdict(before), **changes}, changes)
        after = store.workspaces.update(before.id, **changes)
    console.say(
        f"Changed workspace {before.team_id}."
        if after != before
        else f"Workspace {before.team_id} had these values already."
    )


def _whole(values: Mapping[str, Any]) -> None:
    """Raises BadParameter for a workspace that lacks what its chat needs, or has what that has not."""
    if words := chats.trouble(values["chat"], values):
        raise typer.BadParameter(words)


def shape_of(workspace: Workspace, text: str, shape: Callable[[chats.Chat], chats.Shape]) -> str:
    """Returns an id as the chat of the workspace has it. Raises BadParameter."""
    try:
        return shape(chats.CHATS[workspace.chat])(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
