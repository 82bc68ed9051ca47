"""The two kinds of tables, and what all tables of a message may hold together."""

from __future__ import annotations

from typing import Any

from lab.slack.rich_text import RICH_TEXT
from lab.slack.shapes import Check, Probe, array, block, boolean, enum, integer, one_of, shape, string

TABLE_CHARS = 10_000
DATA_TABLE_CHARS = 20_000
COLUMNS = 20


def _number(probe: Probe, path: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        probe.wrong(path, "must be a number")


_WORDS = string(least=1, counted=True)
_CELLS: dict[str, Check] = {
    "raw_text": shape({"text": _WORDS}),
    "raw_number": shape({"value": _number, "text": _WORDS}),
    "rich_text": RICH_TEXT,
}
_ROW = array(one_of(_CELLS), COLUMNS)
_COLUMN = shape(optional={"align": enum("left", "center", "right"), "is_wrapped": boolean})
_ROWS = array(_ROW, 100)
_DATA_ROWS = array(_ROW, 201, least=2)


def _cells(probe: Probe, path: str, value: Any) -> None:
    """Counts what the cells of all tables hold together."""
    before = probe.text_chars
    _ROWS(probe, path, value)
    probe.table_chars += probe.text_chars - before
    if probe.table_chars > TABLE_CHARS:
        probe.wrong(path, f"{probe.table_chars} characters in the cells of all tables, at most {TABLE_CHARS}")


def _one_table(probe: Probe, path: str, _: Any) -> None:
    probe.tables += 1
    if probe.tables > 1:
        probe.wrong(path, "only one table in a message")


def _data_cells(probe: Probe, path: str, value: Any) -> None:
    """A data table holds more than all texts of a message may hold together, so that its cells cannot count as such."""
    before = probe.text_chars
    _DATA_ROWS(probe, path, value)
    held, probe.text_chars = probe.text_chars - before, before
    if held > DATA_TABLE_CHARS:
        probe.wrong(path, f"{held} characters in the cells, at most {DATA_TABLE_CHARS}")
    rows = [row for row in value if isinstance(row, list)] if isinstance(value, list) else []
    if len({len(row) for row in rows}) > 1:
        probe.wrong(path, "rows of different lengths")
    for cell in rows[0] if rows else []:
        if isinstance(cell, dict) and cell.get("type") == "rich_text":
            probe.wrong(f"{path}[0]", "a cell of the header cannot be rich_text")


def _row_header(probe: Probe, path: str, value: Any) -> None:
    rows, column = value.get("rows"), value.get("row_header_column_index", 0)
    first = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], list) else []
    if isinstance(column, int) and first and column >= len(first):
        probe.wrong(path, f"row_header_column_index: there is no column {column}")


TABLE = block({"rows": _cells}, {"column_settings": array(_COLUMN, COLUMNS)}, _one_table)
DATA_TABLE = block(
    {"rows": _data_cells, "caption": string(least=1)},
    {"page_size": integer(1, 100), "row_header_column_index": integer(0, COLUMNS - 1)},
    _row_header,
)
