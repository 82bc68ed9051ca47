"""`/channels/` holds the channels that get notices, and which notices. Operators change them, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from bot.core.commands import Role
from bot.core.notice_kinds import FLAGS, initial_flags, switches
from bot.http.guard import caller, least
from bot.http.paging import LARGEST_ID, Page, PageNumber, PageSize, link, numbered
from bot.http.parts import Parts, named, router
from bot.http.problems import missing, once
from bot.http.schemas import Channel, ChannelChange, ChannelRow
from bot.http.workspaces import RowId
from store.channels import Channel as Row

OfWorkspace = Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="Only of this workspace.")]

ALREADY = "This channel of this workspace is there already."


def routes(parts: Parts) -> APIRouter:
    api = router("channels")
    _reading(api, parts)
    _adding(api, parts)
    _changing(api, parts)
    return api


def _reading(api: APIRouter, parts: Parts) -> None:
    channels, read = parts.store.channels, least(Role.viewer)

    @api.get("/", summary="List channels", response_model=Page[ChannelRow], openapi_extra=read)
    def listed(request: Request, workspace: OfWorkspace = None, page: PageNumber = 1, page_size: PageSize = 50) -> Any:
        count, rows = channels.page(
            customers=caller(request).customers, workspace=workspace, offset=(page - 1) * page_size, limit=page_size
        )
        return numbered(request, count, [_shown(row) for row in rows], page, page_size)

    @api.get("/{id}/", summary="Get channel details", response_model=ChannelRow, openapi_extra=read)
    def shown(request: Request, id: RowId) -> Any:
        return _shown(parts.shown(caller(request), channels, id))


def _adding(api: APIRouter, parts: Parts) -> None:
    channels, change = parts.store.channels, least(Role.operator)

    @api.post("/", summary="Create channel", status_code=201, response_model=ChannelRow, openapi_extra=change)
    def create(request: Request, response: Response, body: Channel) -> Any:
        who = caller(request)
        with parts.store.transaction():
            workspace = parts.workspace(who, body.workspace)
            own, flags = _split(body.model_dump())
            row = once(lambda: channels.add(**own, flags=initial_flags(flags)), ALREADY)
            parts.note(who, f"{_called(row)} created", workspace)
        response.headers["Location"] = link(request).partition("?")[0] + f"{row.id}/"
        return _shown(row)


def _changing(api: APIRouter, parts: Parts) -> None:
    channels, change = parts.store.channels, least(Role.operator)

    @api.put("/{id}/", summary="Update channel", response_model=ChannelRow, openapi_extra=change)
    def replace(request: Request, id: RowId, body: Channel) -> Any:
        return _change(request, id, body.model_dump())

    @api.patch("/{id}/", summary="Change some fields of a channel", response_model=ChannelRow, openapi_extra=change)
    def amend(request: Request, id: RowId, body: ChannelChange) -> Any:
        return _change(request, id, body.model_dump(exclude_unset=True))

    def _change(request: Request, id: int, changes: dict[str, Any]) -> Any:
        who = caller(request)
        with parts.store.transaction():
            before, workspace = parts.to_change(who, channels, id)
            if changes.get("workspace", workspace.id) != workspace.id:
                parts.workspace(who, changes["workspace"])
            own, flags = _split(changes)
            row = once(lambda: channels.update(id, flags=flags, **own), ALREADY)
            if row is None:
                raise missing()
            old = _shown(before)
            different = [name for name, value in changes.items() if old[name] != value]
            if different:
                parts.note(who, f"{_called(before)} changed: {named(different)}", workspace)
        return _shown(row)

    @api.delete("/{id}/", summary="Delete channel", status_code=204, openapi_extra=change)
    def delete(request: Request, id: RowId) -> Response:
        return parts.delete(caller(request), channels, id, _called)


def _split(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, bool]]:
    """Returns (fields of the channel itself, flags) of a body."""
    flags = {name: value for name, value in values.items() if name in FLAGS}
    return {name: value for name, value in values.items() if name not in FLAGS}, flags


def _shown(row: Row) -> dict[str, Any]:
    return {**vars(row), **switches(row.flags)}


def _called(row: Row) -> str:
    return f"channel {row.channel_id}"
