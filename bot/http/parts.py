"""What is handed to the adapter, and what every resource of the API needs of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from fastapi import APIRouter, Response

from bot.core.audit import Status
from bot.core.metrics import Metrics
from bot.core.webhook import Webhook
from bot.http.auth import Person
from bot.http.guard import GuardedRoute
from bot.http.problems import Invalid, missing
from bot.http.schemas import Detail, Fields
from bot.log_setup import request_id
from bot.webnet.client import WebNet
from store.audit import AuditRow
from store.database import Store
from store.records import Records
from store.workspaces import Workspace

WAY = "api"  # of the audit row
PREFIX = "/api/v1/chatops"


class Belonging(Protocol):
    """A row of a workspace."""

    @property
    def workspace(self) -> int: ...


Row = TypeVar("Row", bound=Belonging)


@dataclass(frozen=True, slots=True)
class Parts:
    """`auth_test(bot token)` asks Slack and raises ChatError. `changed` is called after a workspace was changed. `webhooks` by
    path. `trouble()` names what keeps the bot from working, for `/readyz`, and `degraded()` what only limits it."""

    store: Store
    webnet: WebNet
    metrics: Metrics
    auth_test: Callable[[str], Mapping[str, Any]]
    changed: Callable[[], object]
    webhooks: Mapping[str, Webhook]
    trouble: Callable[[], Mapping[str, str]]
    degraded: Callable[[], Mapping[str, str]]
    redact: Callable[[str], str]
    instance: str

    def note(
        self,
        person: Person,
        text: str,
        workspace: Workspace | None = None,
        *,
        status: Status = "success",
        code: str = "",
    ) -> None:
        """The audit row of a change; inside the transaction that makes it."""
        self.store.audit.write(
            AuditRow(
                workspace=workspace.id if workspace else None,
                customer=workspace.customer if workspace else None,
                team_id=workspace.team_id if workspace else "",
                team_name=workspace.team_name if workspace else "",
                user=person.id,
                username=person.username,
                text=self.redact(text),
                way=WAY,
                status=status,
                code=code,
                request_id=request_id.get(),
                instance=self.instance,
                delivered=True,
            )
        )

    def workspace(self, person: Person, id: int) -> Workspace:
        """The workspace that a body names. Raises Invalid, alike for one that is missing and a foreign one."""
        found = self.store.workspaces.get(id)
        if found is None or not person.may_see(found.customer):
            raise Invalid("workspace", "There is no workspace with this id.")
        return found

    def of_workspace(self, person: Person, workspace: int) -> Workspace:
        """The workspace of a row that a path names. Raises Problem."""
        found = self.store.workspaces.get(workspace)
        if found is None or not person.may_see(found.customer):
            raise missing()
        return found

    def shown(self, person: Person, rows: Records[Row], id: int) -> Row:
        """The row that a path names. Raises Problem, alike for one that is missing and a foreign one."""
        row = rows.get(id)
        if row is None or not person.may_see(self.store.workspaces.customer(row.workspace)):
            raise missing()
        return row

    def to_change(self, person: Person, rows: Records[Row], id: int) -> tuple[Row, Workspace]:
        """The row that a path names and its workspace, for the audit; inside the transaction. Raises Problem as `shown`."""
        row = rows.get(id)
        if row is None:
            raise missing()
        return row, self.of_workspace(person, row.workspace)

    def delete(self, person: Person, rows: Records[Row], id: int, called: Callable[[Row], str]) -> Response:
        """`called` is what the audit says of it. Raises Problem as `shown`."""
        with self.store.transaction():
            row, workspace = self.to_change(person, rows, id)
            rows.remove(id)
            self.note(person, f"{called(row)} deleted", workspace)
        return Response(status_code=204)


def router(name: str) -> APIRouter:
    """For one resource, with the answers that each of its endpoints may give."""
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
