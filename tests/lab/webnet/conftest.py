from collections.abc import Iterator

import pytest

from lab.webnet import BOT_KEY, ManualClock, WebNetLab
from tests.lab.webnet.api import Api


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def lab(clock: ManualClock) -> Iterator[WebNetLab]:
    with WebNetLab(clock=clock) as running:
        yield running


@pytest.fixture
def bot(lab: WebNetLab) -> Iterator[Api]:
    with Api(lab, BOT_KEY) as api:
        yield api


@pytest.fixture
def oscar(lab: WebNetLab) -> Iterator[Api]:
    with Api(lab, lab.api_key(3)) as api:
        yield api
