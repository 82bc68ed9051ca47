"""`user` maps users of the chats to WebNet users, who are looked up in WebNet."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.console import Console, JsonOption, YesOption, asked_teams, audit_stays, command, shaped, workspace_of
from bot.cli.failures import Failed
from bot.cli.workspaces import TeamArgument, TeamOption, shape_of
from bot.ids import chats

if TYPE_CHECKING:
    from bot.webnet.models import User
    from store.workspaces import Workspace

users = typer.Typer(name="user", help="Which WebNet user a user of the chat is.", no_args_is_help=True)

ChatUserArgument = Annotated[
    str,
    typer.Argument(
        metavar="CHAT_USER",
        help="User id of Slack, such as U0123456789, or object id of a user in Microsoft Entra.",
        callback=shaped(chats.user_id),
    ),
]
WebNetUserArgument = Annotated[str, typer.Argument(metavar="WEBNET_USER", help="WebNet user: id or username.")]
COLUMNS = {
    "team_id": "Team",
    "slack_user_id": "Chat user",
    "user": "WebNet id",
    "username": "WebNet user",
    "updated_at": "Changed (UTC)",
    "changed_by": "By (WebNet id)",
}


def doubts(user: User, customer: int) -> list[str]:
    """Says why this user cannot run commands now; every command checks that again."""
    from bot.core import permissions
    from bot.core.commands import Role

    found = []
    if not user.is_active:
        found.append(f"{user.username} is inactive in WebNet and is refused until that changes.")
    if not permissions.may_act_for(Role.of(user.role), user.customers, customer):
        found.append(f"{user.username} does not belong to customer {customer} and is refused until that changes.")
    return found


@command(users, "map", example="user map T0123456789 U0123456789 alice")
def map_user(
    console: Console, team: TeamArgument, chat_user: ChatUserArgument, webnet_user: WebNetUserArgument
) -> None:
    """Map a user of the chat to a WebNet user, or to another one than before."""
    from bot.webnet.users import WebNetUsers

    with console.store() as store, console.webnet() as webnet:
        workspace: Workspace = workspace_of(store, team)
        shape_of(workspace, chat_user, lambda chat: chat.user)
        try:
            person = WebNetUsers.of(webnet).find(webnet_user)
        except ValueError as error:
            raise Failed(f"{error}.") from None
        for doubt in doubts(person, workspace.customer):
            console.warn(doubt)
        before = store.users.find(workspace.id, chat_user)
        if before is None:
            store.users.add(workspace=workspace.id, slack_user_id=chat_user, user=person.id, username=person.username)
        else:
            store.users.update(before.id, user=person.id, username=person.username, changed_by=None)
    was = f", who was {before.username} before" if before is not None and before.user != person.id else ""
    console.say(f"{chat_user}{was} is {person.username} (WebNet user {person.id}).")


@command(users, "list", example="user list --workspace T0123456789")
def list_users(console: Console, team: TeamOption = None, as_json: JsonOption = False) -> None:
    """List the mappings."""
    with console.store() as store:
        teams, only = asked_teams(store, team)
        rows = [asdict(mapping) | {"team_id": teams[mapping.workspace]} for mapping in store.users.list(workspace=only)]
    console.table(rows, COLUMNS, as_json=as_json, empty="Nobody is mapped yet: `webnet-bot user map`.")


@command(users, "unmap", example="user unmap T0123456789 U0123456789")
def unmap_user(console: Console, team: TeamArgument, chat_user: ChatUserArgument, yes: YesOption = False) -> None:
    """Remove a mapping: that user can run no more commands. The audit log stays."""
    with console.store() as store:
        found = store.users.find(workspace_of(store, team).id, chat_user)
        if found is None:
            raise Failed(f"{chat_user} is not mapped in {team}: `webnet-bot user list` shows who is.")
        stays = audit_stays(store.users.counts(found).audit_rows)
        console.confirm(f"Remove the mapping of {chat_user} to {found.username}?{stays}", yes=yes)
        store.users.remove(found.id)
    console.say(f"{chat_user} is no longer mapped.")
