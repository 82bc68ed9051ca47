"""Messages without what only some chats can show: their parts as simple ones, and the whole of them as plain text. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.core.message import (
    Alert,
    Bold,
    Buttons,
    Cell,
    Code,
    Fields,
    Fold,
    Line,
    Message,
    Note,
    Part,
    Simple,
    Steps,
    Table,
    Text,
    line_text,
)
from bot.core.text import count, cut

SIGNS = {"info": "ℹ️", "success": "✅", "warning": "⚠️", "error": "❌"}


def simple(parts: Iterable[Part]) -> Iterator[Simple]:
    """Yields the parts as texts: a table as a line for each row, and a fold open below its title."""
    for part in parts:
        match part:
            case Table():
                yield Text(tuple(joined(part.columns, row) for row in part.rows))
            case Fold():
                yield Text(((Bold(part.title),),))
                yield from part.parts
            case Alert():
                yield Text(((f"{SIGNS[part.level]} ", *part.line),))
            case Steps():
                yield Text(tuple(_steps(part)))
            case _:
                yield part


def joined(columns: Sequence[str], cells: Sequence[Cell], *, named: bool = False) -> Line:
    """Joins the cells that hold something, with the names of their columns if these are wanted. A bare number says nothing without."""
    line: Line = ()
    for column, cell in zip(columns, cells, strict=True):
        spans: Line = cell if isinstance(cell, tuple) else (f"{cell:,}",)
        if not line_text(spans).strip():
            continue
        if named or not isinstance(cell, tuple):
            spans = (f"{column}: ", *spans)
        line = (*line, " · ", *spans) if line else spans
    return line


def _steps(part: Steps) -> Iterator[Line]:
    if part.title:
        yield part.title
    for step in part.steps:
        yield (f"{step.sign} ", *step.line) if step.sign else step.line
        yield from step.details


def plain(message: Message, limit: int = 4_000) -> str:
    """Returns the whole message as plain text, for the audit log; cut at `limit` characters."""
    lines: list[str] = []
    room = limit
    for line in _lines(message):
        lines.append(cut(line, room + 1))
        room -= len(lines[-1]) + 1
        if room < 0:
            break
    return cut("\n".join(lines).strip(), limit)


def _lines(message: Message) -> Iterator[str]:
    if message.title or not message.parts:
        yield message.title or message.summary
    for part in simple(message.parts):
        match part:
            case Text():
                yield from map(line_text, part.lines)
            case Fields():
                yield from (f"{label}: {line_text(line)}" for label, line in part.pairs)
            case Code():
                yield part.text
            case Note():
                yield line_text(part.line)
            case Buttons():
                yield " ".join(f"[{button.label}]" for button in part.buttons)
    if message.detail:
        yield f"({message.detail.title}: {count(len(message.detail.pages), 'page')})"
    if message.file:
        yield f"({message.file.name})"
