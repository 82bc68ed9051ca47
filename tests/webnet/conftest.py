from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.webnet.client import WebNet
from bot.webnet.transport import Transport
from lab.webnet import BOT_KEY, WebNetLab


@pytest.fixture
def lab() -> Iterator[WebNetLab]:
    with WebNetLab(devices=60, job_seconds=0.0) as running:
        yield running
        assert running.gate_violations() == []


@pytest.fixture
def webnet(lab: WebNetLab) -> Iterator[WebNet]:
    client = WebNet(Transport(lab.url, BOT_KEY, timeout_s=2.0))
    yield client
    client.close()
