from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.database import Store, open_store
from tests.conftest import DATABASES, STORE_KEY


@pytest.fixture
def second_store(store_url: str) -> Iterator[Store]:
    """Opens another store on the same database, as a replica does."""
    with open_store(store_url, keys=[STORE_KEY]) as opened:
        yield opened


@pytest.fixture(params=DATABASES)
def kind_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Opens an empty store on each database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    url: str = request.getfixturevalue("postgres_url")
    return url
