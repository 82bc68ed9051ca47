"""Tables as lists on an Adaptive Card. Pure.

On a phone a card is about 300 pixels wide, where even a table of three columns breaks words. So each row has a line for its first
cells, the first of them bold, and small print below for the others, by the names of their columns.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.message import Cell, Line, Table
from bot.core.plain_text import joined
from bot.teams.inlines import NOTHING, Element, merged, plain_run, rich, run

MAX_ROWS = 100
FIRST_CELLS = 4


def table(part: Table) -> list[Element]:
    """Returns the element that shows the table, none if that has no rows or too many."""
    if not 0 < len(part.rows) <= MAX_ROWS:
        return []
    first, *others = (_row(part.columns, row) for row in part.rows)
    return [{"type": "Container", "items": [first, *({**row, "separator": True} for row in others)]}]


def _row(columns: Sequence[str], cells: Sequence[Cell]) -> Element:
    bold = _runs(joined(columns[:1], cells[:1]), weight="Bolder")
    plain = _runs(joined(columns[1:FIRST_CELLS], cells[1:FIRST_CELLS]))
    small = _runs(joined(columns[FIRST_CELLS:], cells[FIRST_CELLS:], named=True), size="Small", isSubtle=True)
    dot = [plain_run(" · ")] if bold and plain else []
    newline = [plain_run("\n")] if small and (bold or plain) else []
    return rich([*bold, *dot, *plain, *newline, *small] or [plain_run(NOTHING)])


def _runs(line: Line, **look: object) -> list[Element]:
    """Returns the runs of the line, none if it shows nothing."""
    runs = merged({**run(each), **look} for each in line)
    return runs if any(each["text"].strip() for each in runs) else []
