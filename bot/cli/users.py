"""`user` maps Slack users to WebNet users, who are looked up in WebNet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Self

import typer

from bot.cli.console import Console, Failed, JsonOption, YesOption, command, workspace_of
from bot.cli.workspaces import TeamArgument, TeamOption, shaped
from bot.slack import ids

if TYPE_CHECKING:
    from bot.webnet.client import WebNet
    from bot.webnet.models import User
    from store.workspaces import Workspace

users = typer.Typer(name="user", help="Which WebNet user a Slack user is.", no_args_is_help=True)

SlackUserArgument = Annotated[
    str,
    typer.Argument(metavar="SLACK_USER", help="Slack user id, such as U0123456789.", callback=shaped(ids.user_id)),
]
WebNetUserArgument = Annotated[str, typer.Argument(metavar="WEBNET_USER", help="WebNet user: id or username.")]
COLUMNS = {
    "team_id": "Team",
    "slack_user_id": "Slack user",
    "user": "WebNet id",
    "username": "WebNet user",
    "updated_at": "Changed (UTC)",
}


class WebNetUsers:
    """Holds WebNet's users as they are now, and which of them the bot itself is."""

    def __init__(self, users: Iterable[User], service_account: User) -> None:
        self._users = list(users)
        self._service_account = service_account

    @classmethod
    def of(cls, webnet: WebNet) -> Self:
        """Raises WebNetError."""
        return cls(webnet.users(), webnet.me())

    def find(self, who: str | int) -> User:
        """Finds a user by id or username. Raises ValueError with a sentence if there is none who could be mapped."""
        found = self._by_id(who) or self._by_name(str(who))
        if found is None:
            raise ValueError(f"WebNet has no user {who}{self._meant(str(who))}")
        if found.id == self._service_account.id:
            raise ValueError(f"{found.username} is the bot's own service account, which nobody may act as")
        return found

    def _by_id(self, who: str | int) -> User | None:
        if isinstance(who, str) and not (who.isascii() and who.isdecimal() and len(who) < 19):
            return None
        return next((user for user in self._users if user.id == int(who)), None)

    def _by_name(self, name: str) -> User | None:
        exact = [user for user in self._users if user.username == name]
        alike = [user for user in self._users if user.username.casefold() == name.casefold()]
        return next(iter(exact), alike[0] if len(alike) == 1 else None)

    def _meant(self, name: str) -> str:
        from bot.core.text import nearest

        names = nearest(name, (user.username for user in self._users if user.id != self._service_account.id))
        return f"; did you mean {' or '.join(names)}?" if names else ""


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
    console: Console, team: TeamArgument, slack_user: SlackUserArgument, webnet_user: WebNetUserArgument
) -> None:
    """Map a Slack user to a WebNet user, or to another one than before."""
    with console.store() as store, console.webnet() as webnet:
        workspace: Workspace = workspace_of(store, team)
        try:
            person = WebNetUsers.of(webnet).find(webnet_user)
        except ValueError as error:
            raise Failed(f"{error}.") from None
        for doubt in doubts(person, workspace.customer):
            console.warn(doubt)
        before = store.users.find(workspace.id, slack_user)
        if before is None:
            store.users.add(workspace=workspace.id, slack_user_id=slack_user, user=person.id, username=person.username)
        else:
            store.users.update(before.id, user=person.id, username=person.username)
    was = f", who was {before.username} before" if before is not None and before.user != person.id else ""
    console.say(f"{slack_user}{was} is {person.username} (WebNet user {person.id}).")


@command(users, "list", example="user list --workspace T0123456789")
def list_users(console: Console, team: TeamOption = None, as_json: JsonOption = False) -> None:
    """List the mappings."""
    with console.store() as store:
        teams = {workspace.id: workspace.team_id for workspace in store.workspaces.list()}
        only = None if team is None else workspace_of(store, team).id
        rows = [asdict(mapping) | {"team_id": teams[mapping.workspace]} for mapping in store.users.list(workspace=only)]
    console.table(rows, COLUMNS, as_json=as_json, empty="Nobody is mapped yet: `webnet-bot user map`.")


@command(users, "unmap", example="user unmap T0123456789 U0123456789")
def unmap_user(console: Console, team: TeamArgument, slack_user: SlackUserArgument, yes: YesOption = False) -> None:
    """Remove a mapping: that user can run no more commands. The audit log stays."""
    from bot.core.text import count

    with console.store() as store:
        found = store.users.find(workspace_of(store, team).id, slack_user)
        if found is None:
            raise Failed(f"{slack_user} is not mapped in {team}: `webnet-bot user list` shows who is.")
        rows = count(store.users.counts(found).audit_rows, "row")
        words = f"Remove the mapping of {slack_user} to {found.username}? What the audit log says of it stays ({rows})."
        console.confirm(words, yes=yes)
        store.users.remove(found.id)
    console.say(f"{slack_user} is no longer mapped.")
