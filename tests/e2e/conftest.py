from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.rig import Rig, rig


@pytest.fixture
def bot(store_url: str) -> Iterator[Rig]:
    with rig(store_url) as running:
        yield running
