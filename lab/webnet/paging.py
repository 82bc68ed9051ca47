"""Serves lists: 50 rows a page, ordering by the row's own fields, and filters that are copied into `next` and ignored."""

import json
from typing import Any
from urllib.parse import urlencode

from lab.webnet.call import Call
from lab.webnet.clock import is_stamp
from lab.webnet.responses import Response, json_response, refuse
from lab.webnet.tables import JobTable, Row, Table

PAGE_SIZE = 50


def _sort_key(value: Any, nulls_low: bool) -> tuple[bool, Any]:
    """Null is the lowest in SQLite, the highest in PostgreSQL; times compare without their `Z`."""
    if isinstance(value, list | dict):
        value = json.dumps(value)
    if is_stamp(value):
        value = value.removesuffix("Z")
    return (value is not None) == nulls_low, value


def ordered(rows: list[Row], names: list[str], *, nulls_low: bool = True) -> list[Row]:
    for name in reversed(names):
        rows = sorted(rows, key=lambda row: _sort_key(row[name.lstrip("-")], nulls_low), reverse=name.startswith("-"))
    return rows


_BY_END = (["finished_at", "id"], ["-finished_at", "-id"])


def _part_of(call: Call, table: Table, ids: list[int], names: list[str], part: slice) -> list[Row]:
    """A million jobs are not sorted for one page."""
    nulls_low = call.state.nulls_low
    if isinstance(table, JobTable) and ids is table.ids and names in _BY_END:
        falling = names[0].startswith("-")
        return table.by_end(part.start, part.stop, falling=falling, nulls_first=nulls_low != falling)
    return ordered([table[key] for key in ids], names, nulls_low=nulls_low)[part]


def _valid_names(call: Call, row: Row, default: str) -> list[str]:
    """Returns the requested names that are fields of the row; without one of them the default."""
    asked = [name.strip() for name in (call.param("ordering") or "").split(",")]
    return [name for name in asked if name.removeprefix("-") in row] or ([default] if default else [])


def _link(call: Call, number: int) -> str:
    """WebNet builds links from the Host header it was given; the first page has no number."""
    scheme = call.headers.get("X-Forwarded-Proto", call.scheme)
    query = [pair for pair in call.query if pair[0] != "page"]
    if number > 1:
        query.append(("page", str(number)))
    tail = f"?{urlencode(sorted(query))}" if query else ""
    return f"{scheme}://{call.headers.get('Host', '')}{call.path}{tail}"


def _page_number(call: Call, last: int) -> int:
    text = call.param("page") or "1"
    number = last if text == "last" else int(text) if text.isdecimal() else 0
    if not 1 <= number <= last:
        raise refuse(404, "Invalid page.")
    return number


def paged(call: Call, ids: list[int], table: Table, default_order: str = "") -> Response:
    """Serves one page of the rows with these ids."""
    names = _valid_names(call, table[ids[0]], default_order) if ids else []
    number = _page_number(call, max(1, -(-len(ids) // PAGE_SIZE)))
    part = slice(PAGE_SIZE * (number - 1), PAGE_SIZE * number)
    if names[:1] in ([], ["id"], ["-id"]):  # the ids alone give the order, so that lazy rows stay unmade
        if names[:1] == ["-id"]:
            first, last = max(0, len(ids) - part.stop), len(ids) - part.start
            rows = [table[key] for key in ids[first:last][::-1]]
        else:
            rows = [table[key] for key in ids[part]]
    else:
        rows = _part_of(call, table, ids, names, part)
    more = PAGE_SIZE * number < len(ids)
    return json_response(
        {
            "count": len(ids),
            "next": _link(call, number + 1) if more else None,
            "previous": _link(call, number - 1) if number > 1 else None,
            "results": rows,
        }
    )


def listed(call: Call, table: Table, default_order: str = "") -> Response:
    """Serves one page of the rows of a table that the caller may see."""
    return paged(call, call.state.visible(table, call.caller), table, default_order)
