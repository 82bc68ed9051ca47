"""`/commands/` is the audit log, read only and newest first by id. A page begins where the last one ended, so that every page is
as quick."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BeforeValidator, WithJsonSchema
from starlette.responses import StreamingResponse

from bot.core.audit import Status
from bot.core.commands import Role
from bot.core.csv_cells import safe_cell
from bot.http.guard import caller, least
from bot.http.paging import LARGEST_ID, MOST_A_PAGE, Page, PageNumber, PageSize, link
from bot.http.parts import Parts, router
from bot.http.problems import Problem, missing
from bot.http.schemas import CommandRow
from bot.http.workspaces import RowId
from store.audit import Audit, AuditFilter, AuditRow

MOST_COUNTED = 1000  # rows; counting them all would make every page as slow as the log is long
COLUMNS = {
    name: str(field.validation_alias or name) for name, field in CommandRow.model_fields.items()
}  # and their values
_CURSOR = r"^(before|after)-[1-9][0-9]{0,18}$"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _moment(text: Any) -> datetime:
    if not isinstance(text, str) or not _MOMENT.fullmatch(text):
        raise ValueError("This should be a time such as 2026-11-23T12:00:00Z.")
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        raise ValueError("This should be a time such as 2026-11-23T12:00:00Z.") from None


Moment = Annotated[datetime | None, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
Id = Annotated[int | None, Query(ge=1, le=LARGEST_ID)]
Word = Annotated[str | None, Query(max_length=255)]


def _filters(
    request: Request,
    workspace: Id = None,
    user: Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="WebNet user id.")] = None,
    slack_user_id: Word = None,
    status: Annotated[Status | None, Query()] = None,
    command: Word = None,
    since: Annotated[Moment, Query(description="From this time on.")] = None,
    until: Annotated[Moment, Query(description="Before this time.")] = None,
) -> AuditFilter:
    return AuditFilter(
        customers=caller(request).customers,
        workspace=workspace,
        user=user,
        slack_user_id=slack_user_id,
        status=status,
        command=command,
        since=since,
        until=until,
    )


def routes(parts: Parts) -> APIRouter:
    api, audit, read = router("commands"), parts.store.audit, least(Role.viewer)

    @api.get(
        "/",
        summary="List command audit log",
        response_model=Page[CommandRow],
        openapi_extra=read,
        responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    )
    def listed(
        request: Request,
        filters: Annotated[AuditFilter, Depends(_filters)],
        cursor: Annotated[str | None, Query(pattern=_CURSOR, description="As in `next` and `previous`.")] = None,
        page: PageNumber = 1,
        page_size: PageSize = 50,
        format: Annotated[Literal["json", "csv"], Query(description="CSV has all that match.")] = "json",
    ) -> Any:
        """`count` counts no further than 1000. Follow `next`, which is as quick for the last row as for the first."""
        if format == "csv":
            headers = {"Content-Disposition": 'attachment; filename="commands.csv"'}
            return StreamingResponse(_csv(audit.each(filters)), media_type="text/csv", headers=headers)
        rows, more = _rows(audit, filters, cursor, page, page_size)
        first = page == 1 and (cursor is None or (cursor.startswith("after") and not more))
        forward = not (cursor or "").startswith("after")
        return Page(
            count=audit.count(filters, MOST_COUNTED),
            next=_link(request, "before", rows[-1]) if rows and (more or not forward) else None,
            previous=_link(request, "after", rows[0]) if rows and not first else None,
            results=rows,
        )

    @api.get("/{id}/", summary="Get a row of the audit log", response_model=CommandRow, openapi_extra=read)
    def shown(request: Request, id: RowId) -> Any:
        row = audit.get(id)
        if row is None or not caller(request).may_see(row.customer):
            raise missing()
        return row

    return api


def _rows(audit: Audit, filters: AuditFilter, cursor: str | None, page: int, size: int) -> tuple[list[AuditRow], bool]:
    """Returns the rows of a page, and whether there are more in the direction of the cursor."""
    way, _, number = (cursor or "").partition("-")
    offset = 0 if cursor else (page - 1) * size
    if offset + size > MOST_COUNTED + MOST_A_PAGE:
        raise Problem(404, "Invalid page. Follow `next` to go further than 1000 rows.")
    before_id = min(int(number), LARGEST_ID) if way == "before" else None
    after_id = min(int(number), LARGEST_ID) if way == "after" else None
    found = audit.list(filters, before_id=before_id, after_id=after_id, limit=size + 1, offset=offset)
    if offset and not found:
        raise Problem(404, "Invalid page.")
    more = len(found) > size
    return (found[-size:] if way == "after" else found[:size]), more


def _link(request: Request, way: str, row: AuditRow) -> str:
    return link(request, cursor=f"{way}-{row.id}", page=None)


def _csv(rows: Iterator[AuditRow]) -> Iterator[str]:
    """Yields the lines in pieces, since each piece costs a call in a thread."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for number, row in enumerate(rows, start=1):
        writer.writerow([safe_cell(getattr(row, name)) for name in COLUMNS.values()])
        if number % 500 == 0:
            yield file.getvalue()
            file.seek(0)
            file.truncate()
    yield file.getvalue()
