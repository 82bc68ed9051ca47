"""Counts the pages of a result. It is pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """Is the page `number`, counted from 1, of `count` pages; `first` is the place of its first row among all, counted from 0."""

    number: int
    count: int
    first: int

    @classmethod
    def of(cls, asked: int, rows: int, size: int) -> Page:
        """Makes the page that was asked for, or the last one for a page behind it; of no rows there is one page."""
        count = max(1, -(-rows // size))
        number = min(asked, count)
        return cls(number, count, (number - 1) * size)
