"""`/user-mappings/` says which WebNet user a user of the chat is. Only admins change it: an operator could map himself to an admin."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from bot.core import permissions
from bot.core.commands import Role
from bot.core.errors import WebNetMissing
from bot.http.channels import OfWorkspace
from bot.http.guard import caller, least
from bot.http.paging import Page, PageNumber, PageSize, link, numbered
from bot.http.parts import Parts, of_chat, router
from bot.http.problems import Invalid, once
from bot.http.schemas import Mapping, MappingRow
from bot.http.workspaces import RowId
from bot.webnet.models import User
from store.users import UserMapping

ALREADY = "This user is mapped already."


def routes(parts: Parts) -> APIRouter:
    api, users = router("user-mappings"), parts.store.users
    read, change = least(Role.viewer), least(Role.admin)

    @api.get("/", summary="List user mappings", response_model=Page[MappingRow], openapi_extra=read)
    def listed(request: Request, workspace: OfWorkspace = None, page: PageNumber = 1, page_size: PageSize = 50) -> Any:
        count, rows = users.page(
            customers=caller(request).customers, workspace=workspace, offset=(page - 1) * page_size, limit=page_size
        )
        return numbered(request, count, rows, page, page_size)

    @api.post("/", summary="Create user mapping", status_code=201, response_model=MappingRow, openapi_extra=change)
    def create(request: Request, response: Response, body: Mapping) -> Any:
        who = caller(request)
        customer = parts.workspace(who, body.workspace).customer
        user = _mappable(parts, body.user, customer)
        with parts.store.transaction():
            workspace = parts.workspace(who, body.workspace)
            of_chat(workspace, "slack_user_id", body.slack_user_id)
            if workspace.customer != customer:  # changed while WebNet was asked
                raise Invalid("workspace", "This workspace is being changed; try again.")
            row = once(lambda: users.add(**body.model_dump(), username=user.username, changed_by=who.id), ALREADY)
            parts.note(who, f"{_called(row)} created", workspace)
        response.headers["Location"] = link(request).partition("?")[0] + f"{row.id}/"
        return row

    @api.get("/{id}/", summary="Get user mapping", response_model=MappingRow, openapi_extra=read)
    def shown(request: Request, id: RowId) -> Any:
        return parts.shown(caller(request), users, id)

    @api.delete("/{id}/", summary="Delete user mapping", status_code=204, openapi_extra=change)
    def delete(request: Request, id: RowId) -> Response:
        return parts.delete(caller(request), users, id, _called)

    return api


def _called(row: UserMapping) -> str:
    return f"mapping of {row.slack_user_id} to WebNet user {row.user}"


def _mappable(parts: Parts, user_id: int, customer: int) -> User:
    """Raises Invalid unless this WebNet user could run commands there."""
    try:
        user = parts.webnet.user(user_id)
    except WebNetMissing:
        raise Invalid("user", "WebNet has no user with this id.") from None
    if user.id == parts.webnet.me().id:
        raise Invalid("user", "This is the bot's own service account, which nobody may act as.")
    if not user.is_active:
        raise Invalid("user", "This user is inactive in WebNet.")
    if not permissions.may_act_for(Role.of(user.role), user.customers, customer):
        raise Invalid("user", "This user does not belong to the workspace's customer.")
    return user
