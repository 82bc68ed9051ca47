"""`/workspaces/` holds the workspaces of Slack and Microsoft Teams. Callers read those of their customers; admins change them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from bot.core.commands import Role
from bot.core.errors import ChatError
from bot.http.guard import caller, least
from bot.http.paging import LARGEST_ID, Page, PageNumber, PageSize, link, numbered
from bot.http.parts import Parts, named, router
from bot.http.problems import Invalid, Problem, missing
from bot.http.workspace_schemas import NewWorkspace, Workspace, WorkspaceChange, WorkspaceRow
from bot.ids.chats import CHATS, OWN, SECRETS, chat_of
from store.errors import Duplicate
from store.workspaces import Workspace as Row

WRONG = {  # the words for a field that the chat says is another one's
    "bot_token": "This token is another workspace's.",
    "bot_user_id": "This token is another bot user's.",
    "app_id": "Microsoft's login knows no such app in this tenant.",
    "app_password": "Microsoft's login does not take this password of the app.",
    "team_id": "Microsoft's login knows no such tenant.",
}

RowId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Verify = Annotated[bool, Query(description="Ask the chat whether the credentials are this workspace's.")]


def routes(parts: Parts) -> APIRouter:
    api = router("workspaces")
    _reading(api, parts)
    _adding(api, parts)
    _changing(api, parts)
    return api


def _reading(api: APIRouter, parts: Parts) -> None:
    workspaces, read = parts.store.workspaces, least(Role.viewer)

    @api.get("/", summary="List workspaces", response_model=Page[WorkspaceRow], openapi_extra=read)
    def listed(request: Request, page: PageNumber = 1, page_size: PageSize = 50) -> Any:
        count, rows = workspaces.page(
            customers=caller(request).customers, offset=(page - 1) * page_size, limit=page_size
        )
        return numbered(request, count, rows, page, page_size)

    @api.get("/{id}/", summary="Get workspace details", response_model=WorkspaceRow, openapi_extra=read)
    def shown(request: Request, id: RowId) -> Any:
        return parts.of_workspace(caller(request), id)


def _adding(api: APIRouter, parts: Parts) -> None:
    workspaces, change = parts.store.workspaces, least(Role.admin)

    @api.post("/", summary="Create workspace", status_code=201, response_model=WorkspaceRow, openapi_extra=change)
    def create(request: Request, response: Response, body: NewWorkspace, verify: Verify = False) -> Any:
        _known_customer(parts, body.customer)
        if verify:
            _verified(parts, body.model_dump())
        with parts.store.transaction():
            row = _once(lambda: workspaces.add(**body.model_dump()))
            parts.note(caller(request), f"workspace {row.team_id} created", row)
        parts.changed()
        response.headers["Location"] = link(request, verify=None).partition("?")[0] + f"{row.id}/"
        return row


def _changing(api: APIRouter, parts: Parts) -> None:
    workspaces, change = parts.store.workspaces, least(Role.admin)

    @api.put("/{id}/", summary="Update workspace", response_model=WorkspaceRow, openapi_extra=change)
    def replace(request: Request, id: RowId, body: Workspace, verify: Verify = False) -> Any:
        # Secrets that were left out stay; all else that was left out gets its default.
        return _change(parts, request, id, _with_defaults(body), verify=verify)

    @api.patch("/{id}/", summary="Change some fields of a workspace", response_model=WorkspaceRow, openapi_extra=change)
    def amend(request: Request, id: RowId, body: WorkspaceChange, verify: Verify = False) -> Any:
        return _change(parts, request, id, body.model_dump(exclude_unset=True), verify=verify)

    @api.delete("/{id}/", summary="Delete workspace", status_code=204, openapi_extra=change)
    def delete(request: Request, id: RowId) -> Response:
        """Removes the workspace with its channels and mappings; the audit log stays."""
        with parts.store.transaction():
            row = parts.of_workspace(caller(request), id)
            workspaces.remove(id)
            parts.note(caller(request), f"workspace {row.team_id} deleted", row)
        parts.changed()
        return Response(status_code=204)


def _change(parts: Parts, request: Request, id: int, changes: dict[str, Any], *, verify: bool) -> Any:
    who = caller(request)
    before = parts.of_workspace(who, id)
    _of_its_chat(before, changes)
    if changes.get("customer", before.customer) != before.customer:
        _known_customer(parts, changes["customer"])
    if verify:
        _verified(parts, {**asdict(before), **changes})
    with parts.store.transaction():
        before = parts.of_workspace(who, id)
        row = _once(lambda: parts.store.workspaces.update(id, **changes))
        if row is None:
            raise missing()
        different = [name for name, value in changes.items() if getattr(before, name) != value]
        if different:
            parts.note(who, f"workspace {before.team_id} changed: {named(different)}", before)
    parts.changed()
    return row


def _with_defaults(body: Workspace) -> dict[str, Any]:
    secrets = set(SECRETS)
    return body.model_dump(exclude=secrets) | body.model_dump(include=secrets, exclude_unset=True)


def _once(write: Any) -> Any:
    try:
        return write()
    except Duplicate as error:
        raise Invalid(error.field, "A workspace with this team id is there already.") from None


def _known_customer(parts: Parts, customer: int) -> None:
    if customer not in {found.id for found in parts.webnet.customers()}:
        raise Invalid("customer", "WebNet has no customer with this id.")


def _of_its_chat(before: Row, changes: Mapping[str, Any]) -> None:
    """Raises Invalid for a field that a workspace of this chat does not have, or cannot be without, and for another chat."""
    chat = CHATS[before.chat]
    for name, value in changes.items():
        if value and name in OWN and name not in chat.fields:
            raise Invalid(name, f"A workspace of {chat.name} has none.")
        if not value and name in chat.needed:
            raise Invalid(name, "This field may not be blank.")
    if {before.chat} != {changes.get("chat", before.chat), chat_of(changes.get("team_id", before.team_id))}:
        raise Invalid("chat", f"This workspace is one of {chat.name}: add another one for another chat.")


def _verified(parts: Parts, values: Mapping[str, Any]) -> None:
    try:
        wrong = parts.wrong_in(values)
    except ChatError as error:
        if error.may_pass:
            raise Problem(503, error.words, {"Retry-After": "5"}) from None
        raise Invalid("bot_token", f"Slack does not accept this token ({error.reason}).") from None
    if wrong:
        raise Invalid(wrong, WRONG[wrong])
