"""Rows on a terminal: a table where it fits, else a paragraph for each row; in a pipe a table of which nothing is cut."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console as Terminal

PIPED_WIDTH = 1000  # columns of a table that nobody looks at
_COLUMN = (
    14  # columns of the terminal that each column of a table needs at least, to be read when its cells are wrapped
)
_GAP = 2


def terminal(file: TextIO) -> Terminal:
    """Without colours and bold where NO_COLOR asks for that (no-color.org)."""
    from rich.console import Console

    width = None if file.isatty() else PIPED_WIDTH
    return Console(
        file=file,
        width=width,
        color_system=None if os.environ.get("NO_COLOR") else "auto",
        highlight=False,
        emoji=False,
    )


def print_rows(rows: Sequence[Sequence[str]], headings: Sequence[str]) -> None:
    from rich.text import Text

    screen = terminal(sys.stdout)
    widths = [max(Text(cell).cell_len for cell in column) for column in zip(headings, *rows, strict=True)]
    if sum(widths) + _GAP * len(widths) > screen.width < _COLUMN * len(widths):
        _print_paragraphs(rows, headings, screen)
    else:
        _print_table(rows, headings, screen)


def _print_paragraphs(rows: Sequence[Sequence[str]], headings: Sequence[str], screen: Terminal) -> None:
    from rich.text import Text

    for number, row in enumerate(rows):
        if number:
            screen.print()
        for heading, cell in zip(headings, row, strict=True):
            if cell:
                screen.print(Text.assemble((f"{heading}: ", "bold"), cell))


def _print_table(rows: Sequence[Sequence[str]], headings: Sequence[str], screen: Terminal) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(*headings, box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(text) for text in row))
    screen.print(table)
