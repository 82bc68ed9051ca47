"""Parts are what the adapter is made from; every resource of the API uses them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

from fastapi import APIRouter, Response

from bot.core.audit import Status
from bot.core.commands import Role
from bot.core.metrics import Metrics
from bot.core.webhook import PREFIX, Webhook
from bot.http.auth import Caller
from bot.http.guard import GuardedRoute
from bot.http.problems import Invalid, missing
from bot.http.schemas import Detail, Fields
from bot.ids.chats import CHATS
from bot.log_setup import request_id
from bot.vitals import Vitals
from bot.webnet.client import WebNet
from store.audit import AuditRow
from store.database import Store
from store.records import Records
from store.workspaces import Workspace

WAY = "api"  # of the audit row


class Belonging(Protocol):
    """A row that belongs to a workspace."""

    @property
    def workspace(self) -> int: ...


Row = TypeVar("Row", bound=Belonging)


@dataclass(frozen=True, slots=True)
class Parts:
    """`wrong_in(the fields of a workspace)` asks its chat, names the field that does not fit, and raises ChatError. `changed` is called after a workspace was changed. `webhooks` stand by
    path. `vitals` say what only a new start mends, for `/healthz`; `trouble()` names what keeps the bot from working, for `/readyz`, and `degraded()` what only limits it."""

    store: Store
    webnet: WebNet
    metrics: Metrics
    wrong_in: Callable[[Mapping[str, Any]], str]
    changed: Callable[[], object]
    webhooks: Mapping[str, Webhook]
    vitals: Vitals
    trouble: Callable[[], Mapping[str, str]]
    degraded: Callable[[], Mapping[str, str]]
    redact: Callable[[str], str]
    instance: str

    def note(
        self,
        caller: Caller,
        text: str,
        workspace: Workspace | None = None,
        *,
        status: Status = "success",
        code: str = "",
    ) -> None:
        """Writes the audit row of a change, inside the transaction of that change."""
        self.store.audit.write(
            AuditRow(
                workspace=workspace.id if workspace else None,
                customer=workspace.customer if workspace else None,
                team_id=workspace.team_id if workspace else "",
                team_name=workspace.team_name if workspace else "",
                user=caller.id,
                username=caller.username,
                text=self.redact(text),
                way=WAY,
                status=status,
                code=code,
                request_id=request_id.get(),
                instance=self.instance,
                delivered=True,
            )
        )

    def denied(self, caller: Caller, method: str, path: str, needed: Role) -> None:
        """Writes the audit row of a refusal."""
        self.note(caller, f"{method} {path} needs the role {needed.name}", status="denied", code="role")

    def workspace(self, caller: Caller, id: int) -> Workspace:
        """Returns the workspace that a body names. Raises Invalid, alike for one that is missing and one of another customer."""
        found = self.store.workspaces.get(id)
        if found is None or not caller.may_see(found.customer):
            raise Invalid("workspace", "There is no workspace with this id.")
        return found

    def of_workspace(self, caller: Caller, workspace: int) -> Workspace:
        """Returns the workspace of a row that a path names. Raises Problem."""
        found = self.store.workspaces.get(workspace)
        if found is None or not caller.may_see(found.customer):
            raise missing()
        return found

    def shown(self, caller: Caller, rows: Records[Row], id: int) -> Row:
        """Returns the row that a path names. Raises Problem, alike for one that is missing and one of another customer."""
        row = rows.get(id)
        if row is None or not caller.may_see(self.store.workspaces.customer(row.workspace)):
            raise missing()
        return row

    def to_change(self, caller: Caller, rows: Records[Row], id: int) -> tuple[Row, Workspace]:
        """Returns the row that a path names and, for the audit row, its workspace; inside the transaction. Raises Problem as `shown` does."""
        row = rows.get(id)
        if row is None:
            raise missing()
        return row, self.of_workspace(caller, row.workspace)

    def delete(self, caller: Caller, rows: Records[Row], id: int, called: Callable[[Row], str]) -> Response:
        """Removes the row; `called` names it in the audit row. Raises Problem as `shown` does."""
        with self.store.transaction():
            row, workspace = self.to_change(caller, rows, id)
            rows.remove(id)
            self.note(caller, f"{called(row)} deleted", workspace)
        return Response(status_code=204)


def of_chat(workspace: Workspace, field: Literal["channel_id", "slack_user_id"], id: str) -> None:
    """Raises Invalid for the id of another chat than the workspace's."""
    chat = CHATS[workspace.chat]
    try:
        (chat.channel if field == "channel_id" else chat.user)(id)
    except ValueError:
        raise Invalid(field, f"The workspace is one of {chat.name}, whose ids look otherwise.") from None


def router(name: str) -> APIRouter:
    """Returns the router of one resource, with the responses that each of its endpoints may give."""
    refusals: dict[int | str, dict[str, Any]] = {
        400: {"model": Fields | Detail, "description": "What is wrong, by field; or that the body is not JSON."},
        401: {"model": Detail, "description": "No credentials, or none that WebNet takes."},
        403: {"model": Detail, "description": "The role does not suffice."},
        404: {"model": Detail, "description": "Not there, or not yours."},
        413: {"model": Detail, "description": "More than 1 MiB."},
        415: {"model": Detail, "description": "Not JSON."},
        429: {"model": Detail, "description": "Too many requests; Retry-After says when to come back."},
        503: {"model": Detail, "description": "WebNet or the bot's store does not answer."},
    }
    return APIRouter(
        prefix=f"{PREFIX}/{name}", tags=[name], route_class=GuardedRoute, responses=refusals, redirect_slashes=False
    )


def named(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
