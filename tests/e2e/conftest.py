from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.settings.table import Logging
from lab.slack import SlackLab
from lab.webnet import WebNetLab
from store.database import migrate_store, open_store
from tests.conftest import STORE_KEY
from tests.e2e.process import Surroundings
from tests.e2e.rig import Rig, add_people, rig, settings_for


@pytest.fixture
def bot(store_url: str) -> Iterator[Rig]:
    with rig(store_url) as running:
        yield running


@pytest.fixture
def around(store_url: str, tmp_path: Path) -> Iterator[Surroundings]:
    with WebNetLab(job_seconds=0.3) as webnet, SlackLab() as slack:
        settings = replace(settings_for(slack, webnet, store_url), logging=Logging(level="debug"))
        migrate_store(store_url)
        with open_store(store_url, keys=[STORE_KEY]) as store:
            add_people(store)
            yield Surroundings(slack, webnet, store, settings, tmp_path)
        assert webnet.gate_violations() == []
