"""`approval` shows the requests that wait for a second person, and denies one. A shell approves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.console import Console, JsonOption, YesOption, command
from bot.cli.failures import Failed
from bot.core.text import in_one_line

if TYPE_CHECKING:
    from bot.approvals.requests import Kept
    from store.database import Store

approvals = typer.Typer(name="approval", help="Requests that wait for a second person.", no_args_is_help=True)

COLUMNS = {
    "id": "#",
    "state": "State",
    "customer": "Customer",
    "username": "Asked by",
    "what": "What",
    "devices": "Devices",
    "expires_at": "Expires (UTC)",
    "decided_name": "Decided by",
    "hash": "Hash",
}
WAY = "shell"
NumberArgument = Annotated[int, typer.Argument(metavar="REQUEST", help="Number of a request.", min=1, max=2**63 - 1)]


@command(approvals, "list", example="approval list --all")
def list_requests(
    console: Console,
    everything: Annotated[bool, typer.Option("--all", help="Those that were decided, too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the requests that can still be decided, the newest first."""
    from bot.approvals.requests import Requests

    with console.store() as store:
        found = Requests(store.requests).listed(None, waiting=not everything)
        rows = [{**_row(kept), "devices": len(kept.payload.devices)} for kept in found]
    console.table(rows, COLUMNS, as_json=as_json, empty="No request waits.")


@command(approvals, "show", example="approval show 17")
def show_request(console: Console, number: NumberArgument, as_json: JsonOption = False) -> None:
    """Show a request with all its devices, and who decided on it and why."""
    with console.store() as store:
        row = _row(_kept(store, number))
    if as_json:
        console.json(row)
        return
    for name, value in row.items():
        if name != "devices" and value not in ("", None):
            console.say(f"{name.replace('_', ' ')}: {value}")
    for device, hostname, address, _ in row["devices"]:
        console.say(f"  #{device} {hostname} {address}".rstrip())


@command(approvals, "deny", example='approval deny 17 "Not during the freeze"')
def deny_request(
    console: Console,
    number: NumberArgument,
    reason: Annotated[str, typer.Argument(metavar="REASON", help="Why; whoever asked reads it.")],
    yes: YesOption = False,
) -> None:
    """Deny a request. The running bot says so in its messages; the audit log has the host and the user of the system."""
    from bot.approvals.access import stands
    from bot.approvals.requests import Requests

    by = shell_user()
    with console.store() as store:
        kept = _kept(store, number)
        if kept.row.state == "requested":
            console.confirm(f"Deny request #{number} of {kept.payload.username}?", yes=yes)
        reason = in_one_line(console.redactor()(reason))
        with store.transaction():
            if not Requests(store.requests).decide(kept, "denied", by=None, name=by, reason=reason):
                raise Failed(stands(_kept(store, number)))
            words = f"Request #{number} of {kept.payload.username} (hash {kept.short}) was denied by {by}: {reason}"
            note(store, kept, by, "deny", f"approval deny {number}", words)
    console.say(f"Request #{number} is denied.")


def shell_user() -> str:
    """Names who decides in a shell: the user of the system on this host."""
    import getpass
    import platform

    return f"{getpass.getuser()} on {platform.node()}"


def note(store: Store, kept: Kept, by: str, name: str, line: str, words: str) -> None:
    """Writes the audit row of a decision of the subcommand `name`, inside the transaction of the decision."""
    from store.audit import AuditRow

    store.audit.write(
        AuditRow(
            workspace=kept.row.workspace,
            customer=kept.row.customer,
            team_id=kept.payload.request.place.workspace,
            username=by,
            command=name,
            text=line,
            way=WAY,
            status="success",
            response=words,
            delivered=True,
        )
    )


def _kept(store: Store, number: int) -> Kept:
    from bot.approvals.requests import Requests

    kept = Requests(store.requests).read(number)
    if kept is None or kept.payload.purpose == "mapping":
        raise Failed(f"There is no request #{number}: `webnet-bot approval list --all` shows those there are.")
    return kept


def _row(kept: Kept) -> dict[str, Any]:
    row, payload = kept.row, kept.payload
    return {
        "id": row.id,
        "purpose": row.purpose,
        "state": row.state,
        "workspace": row.workspace,
        "customer": row.customer,
        "username": payload.username,
        "line": payload.request.text,
        "what": payload.what,
        "why": payload.why,
        "devices": payload.devices,
        "hidden": payload.hidden,
        "hash": row.mac,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "decided_name": row.decided_name,
        "decided_at": row.decided_at,
        "reason": row.reason,
        "outcome": row.outcome,
    }
