"""Pages have the fields that clients of WebNet know: `count`, `next`, `previous`, `results`."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar
from urllib.parse import urlencode

from fastapi import Query, Request
from pydantic import BaseModel

from bot.http.addresses import Proxies
from bot.http.problems import Problem

Row = TypeVar("Row")

LARGEST_ID = 2**63 - 1
MOST_A_PAGE = 200
PageNumber = Annotated[int, Query(ge=1, le=10_000_000, description="Which page, from 1.")]
PageSize = Annotated[int, Query(ge=1, le=MOST_A_PAGE, description="How many a page.")]


class Page(BaseModel, Generic[Row]):
    count: int
    next: str | None
    previous: str | None
    results: list[Row]


def link(request: Request, **changes: object) -> str:
    """Returns this request's address with other parameters; None leaves one out."""
    proxies: Proxies = request.app.state.proxies
    given = dict(request.query_params) | {name: str(value) for name, value in changes.items() if value is not None}
    kept = {name: value for name, value in given.items() if changes.get(name, "") is not None}
    return f"{proxies.base_url(request)}{request.url.path}?{urlencode(kept)}"


def numbered(request: Request, count: int, rows: list[Row], page: int, size: int) -> Page[Row]:
    """Returns the page of this number. Raises Problem past the last page; the first is always there."""
    if page > 1 and not rows:
        raise Problem(404, "Invalid page.")
    return Page(
        count=count,
        next=link(request, page=page + 1) if page * size < count else None,
        previous=link(request, page=page - 1) if page > 1 else None,
        results=rows,
    )
