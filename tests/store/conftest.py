from __future__ import annotations

from collections.abc import Iterator

import pytest

from store.database import Store, open_store
from tests.conftest import STORE_KEY


@pytest.fixture
def second_store(store_url: str) -> Iterator[Store]:
    """A replica: another store object on the same database."""
    with open_store(store_url, keys=[STORE_KEY]) as opened:
        yield opened
