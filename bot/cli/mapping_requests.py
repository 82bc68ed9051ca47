"""`user requests` shows who asks to be mapped, and decides. A shell is trusted as for `user map`, and has no request of its own."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.approvals import note, shell_user
from bot.cli.console import Console, JsonOption, YesOption, command
from bot.cli.failures import Failed

if TYPE_CHECKING:
    from bot.approvals.requests import Kept
    from store.database import Store

COLUMNS = {
    "id": "#",
    "state": "State",
    "team_id": "Team",
    "slack_user_id": "Slack user",
    "name": "Name in Slack",
    "expires_at": "Expires (UTC)",
    "decided_name": "Decided by",
    "outcome": "Outcome",
}


class Decision(StrEnum):
    approve = "approve"
    deny = "deny"


DecisionArgument = Annotated[
    Decision | None, typer.Argument(metavar="DECISION", help="approve or deny; else they are listed.")
]
NumberArgument = Annotated[
    int | None, typer.Argument(metavar="REQUEST", help="Number of a request.", min=1, max=2**63 - 1)
]
UserArgument = Annotated[
    str | None, typer.Argument(metavar="WEBNET_USER", help="To approve: WebNet user, by id or username.")
]
AllOption = Annotated[bool, typer.Option("--all", help="List those that were decided, too.")]


def register(users: typer.Typer) -> None:
    command(users, "requests", example="user requests approve 17 alice")(requests)


def requests(
    console: Console,
    decision: DecisionArgument = None,
    number: NumberArgument = None,
    webnet_user: UserArgument = None,
    everything: AllOption = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """List who asks to be mapped, or decide. The running bot notifies whoever asked, and changes the messages."""
    if decision is None:
        _list(console, everything=everything, as_json=as_json)
    elif number is None or (webnet_user is None) == (decision is Decision.approve):
        raise typer.BadParameter("name a request, and to approve it the WebNet user: approve 17 alice, or deny 17")
    elif webnet_user is None:
        _deny(console, number, yes=yes)
    else:
        _approve(console, number, webnet_user, yes=yes)


def _list(console: Console, *, everything: bool, as_json: bool) -> None:
    from bot.approvals.requests import Requests
    from store.requests import OF_MAPPING

    with console.store() as store:
        found = Requests(store.requests).listed(None, waiting=not everything, purposes=OF_MAPPING)
        rows = [_row(kept) for kept in found]
    console.table(rows, COLUMNS, as_json=as_json, empty="Nobody waits to be mapped.")


def _approve(console: Console, number: int, webnet_user: str, *, yes: bool) -> None:
    from bot.approvals.mapping import described, grant, mappable
    from bot.approvals.requests import Requests
    from bot.webnet.users import WebNetUsers

    by = shell_user()
    with console.store() as store, console.webnet() as webnet:
        kept = _waiting(store, number)
        customer, chat_user = kept.payload.customer, kept.payload.request.chat_user
        try:
            found = WebNetUsers.of(webnet).of_customer(customer).find(webnet_user)
        except ValueError as error:
            raise Failed(f"{error}.") from None
        user = mappable(webnet, found, customer)
        console.confirm(f"{described(user)}. Map {chat_user} ({kept.payload.username}) to this user?", yes=yes)
        with store.transaction():
            grant(store, Requests(store.requests), kept, user, by=None, name=by)
            words = f"{chat_user} was mapped to {user.username} ({user.role}), WebNet user {user.id}, by {by}."
            note(store, kept, by, "map", f"user requests approve {number} {user.username}", words)
    console.say(f"{chat_user} is {user.username} (WebNet user {user.id}).")


def _deny(console: Console, number: int, *, yes: bool) -> None:
    from bot.approvals.access import stands
    from bot.approvals.requests import Requests

    by = shell_user()
    with console.store() as store:
        kept = _waiting(store, number)
        console.confirm(
            f"Deny request #{number} of {kept.payload.request.chat_user} ({kept.payload.username})?", yes=yes
        )
        with store.transaction():
            if not Requests(store.requests).decide(kept, "denied", by=None, name=by):
                raise Failed(stands(_read(store, number)))
            words = f"Request #{number} of {kept.payload.request.chat_user} to be mapped was denied by {by}."
            note(store, kept, by, "map", f"user requests deny {number}", words)
    console.say(f"Request #{number} is denied.")


def _waiting(store: Store, number: int) -> Kept:
    from bot.approvals.access import stands

    kept = _read(store, number)
    if kept.row.state != "requested":
        raise Failed(stands(kept))
    return kept


def _read(store: Store, number: int) -> Kept:
    from bot.approvals.requests import Requests

    kept = Requests(store.requests).read(number)
    if kept is None or kept.payload.purpose != "mapping":
        raise Failed(f"There is no request #{number} to be mapped: `webnet-bot user requests` shows those there are.")
    return kept


def _row(kept: Kept) -> dict[str, Any]:
    row, request = kept.row, kept.payload.request
    return {
        "id": row.id,
        "state": row.state,
        "workspace": row.workspace,
        "team_id": request.place.workspace,
        "customer": row.customer,
        "slack_user_id": request.chat_user,
        "name": kept.payload.username,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "decided_by": row.decided_by,
        "decided_name": row.decided_name,
        "decided_at": row.decided_at,
        "outcome": row.outcome,
    }
