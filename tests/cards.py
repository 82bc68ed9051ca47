"""Asks the store about cards what only tests want to know."""

from __future__ import annotations

from peewee import fn

from store.database import Store
from store.models import CardRow


def open_cards(store: Store) -> int:
    """How many are still to change."""
    return store.database.count(CardRow.select(fn.COUNT(CardRow.id)).where(CardRow.ended_at.is_null()))
