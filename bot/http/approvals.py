"""`/approvals/` lists the requests that wait for a decision, and those that were decided; read only, the newest first."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from bot.approvals.requests import Kept, Requests
from bot.core.commands import Role
from bot.http.guard import caller, least
from bot.http.paging import Page, PageNumber, PageSize, numbered
from bot.http.parts import Parts, router
from bot.http.problems import missing
from bot.http.schemas import ApprovalRow
from bot.http.workspaces import RowId


def routes(parts: Parts) -> APIRouter:
    api, requests, read = router("approvals"), Requests(parts.store.requests), least(Role.viewer)

    @api.get("/", summary="List requests for approval", response_model=Page[ApprovalRow], openapi_extra=read)
    def listed(request: Request, page: PageNumber = 1, page_size: PageSize = 50) -> Any:
        count, found = requests.page(caller(request).customers, offset=(page - 1) * page_size, limit=page_size)
        return numbered(request, count, [_row(kept) for kept in found], page, page_size)

    @api.get("/{id}/", summary="Get a request for approval", response_model=ApprovalRow, openapi_extra=read)
    def shown(request: Request, id: RowId) -> Any:
        kept = requests.read(id)
        if kept is None or kept.payload.purpose != "approval" or not caller(request).may_see(kept.row.customer):
            raise missing()
        return _row(kept)

    return api


def _row(kept: Kept) -> ApprovalRow:
    row, payload = kept.row, kept.payload
    return ApprovalRow(
        id=row.id,
        workspace=row.workspace,
        customer=row.customer,
        state=row.state,
        command=payload.command,
        line=payload.request.text,
        devices=[device for device, *_ in payload.devices],
        hidden=payload.hidden,
        user=payload.requester,
        username=payload.username,
        hash=row.mac,
        decided_by=row.decided_by,
        decided_name=row.decided_name,
        reason=row.reason,
        outcome=row.outcome,
        created_at=row.created_at,
        expires_at=row.expires_at,
        decided_at=row.decided_at,
    )
