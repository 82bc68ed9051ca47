"""Which devices a search finds."""

from __future__ import annotations

from bot.configs.query import Query
from bot.configs.search import Look
from store.database import Store
from tests.handlers.configs import every_one


def found(store: Store, customer: int, *words: str) -> list[int]:
    """Returns the devices with a line that holds every word, by id."""
    look = Look(store.configs, customer, Query(words), store.directory, every_one, lambda: 0.0, 1.0).count()
    return sorted(on.target.id for on in look.everything())
