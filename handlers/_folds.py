"""Folds what would be a wall of text in a channel."""

from __future__ import annotations

from collections.abc import Iterable

from bot.core.message import Code, Fold, Note, Part, Text

MOST_ROWS = 12  # that stand open


def folded(title: str, parts: Iterable[Text | Code | Note]) -> tuple[Part, ...]:
    """Returns the parts, folded below the title if they have many rows."""
    shown = tuple(parts)
    rows = sum(part.text.strip("\n").count("\n") + 1 for part in shown if isinstance(part, Code))
    return (Fold(title, shown),) if rows > MOST_ROWS else shown
