"""The order in which a bot starts, drains and stops its parts, and what a part that fails changes about it."""

from __future__ import annotations

import logging
from typing import Literal

import pytest

import main
from bot.app.lifecycle import Bot
from bot.app.part import Common, Part, Task
from bot.app.scheduler import Scheduler
from bot.core.metrics import Metrics
from bot.redaction.redactor import Redactor
from bot.settings.table import Http, Settings
from bot.settings.table import Store as StoreSettings
from store.database import Store
from tests.conftest import STORE_KEY

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)

Step = Literal["start", "drain", "stop"]


class Noted(Part):
    """Notes its steps, and fails at those of `fails`."""

    def __init__(self, name: str, steps: list[str], *fails: Step, left: int = 0) -> None:
        self.name, self._steps, self._fails, self._left = name, steps, fails, left

    @property
    def tasks(self) -> tuple[Task, ...]:
        return (Task(self.name, 3600, lambda: self._steps.append(f"task {self.name}"), at_once=False),)

    def _note(self, step: Step) -> None:
        self._steps.append(f"{step} {self.name}")
        if step in self._fails:
            raise OSError(f"{step} of {self.name}")

    def start(self) -> None:
        self._note("start")

    def drain(self) -> int:
        self._note("drain")
        return self._left

    def stop(self) -> None:
        self._note("stop")


@pytest.fixture
def common(store: Store, store_url: str) -> Common:
    settings = Settings(store=StoreSettings(url=store_url, encryption_keys=(STORE_KEY,)))
    return Common(settings, store, Redactor(settings.secrets()), Metrics(), "here", lambda _: None)


def test_parts_start_in_order_are_all_drained_and_then_stopped_backwards(common: Common) -> None:
    steps: list[str] = []
    bot = Bot(common, [Noted("a", steps, left=2), Noted("b", steps), Noted("c", steps, left=1)], Scheduler())
    bot.start()
    assert bot.stop() == 3
    assert steps == [f"start {name}" for name in "abc"] + [
        f"{step} {name}" for step in ("drain", "stop") for name in "cba"
    ]


def test_a_step_that_fails_keeps_no_later_one_from_being_done(common: Common, caplog: pytest.LogCaptureFixture) -> None:
    steps: list[str] = []
    parts = [Noted("a", steps, left=2), Noted("b", steps, "drain", "stop"), Noted("c", steps, "stop")]
    bot = Bot(common, parts, Scheduler())
    bot.start()
    with caplog.at_level(logging.ERROR):
        assert bot.stop() == 2
    assert steps[3:] == [f"{step} {name}" for step in ("drain", "stop") for name in "cba"]
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == [
        "drain of b",
        "stop of c",
        "stop of b",
    ]


def test_a_start_that_fails_stops_what_has_started(common: Common) -> None:
    steps: list[str] = []
    bot = Bot(common, [Noted("a", steps), Noted("b", steps, "start"), Noted("c", steps)], Scheduler())
    with pytest.raises(OSError, match="start of b"):
        bot.start()
    assert steps[:2] == ["start a", "start b"]
    assert steps[-1] == "stop a"
    assert "start c" not in steps


def test_a_whole_bot_that_never_started_can_be_stopped(store: Store, store_url: str) -> None:
    settings = Settings(store=StoreSettings(url=store_url, encryption_keys=(STORE_KEY,)), http=Http(enabled=True))
    bot = main.build(settings, store, Redactor(settings.secrets()))
    assert bot.stop() == 0


def test_the_edges_stop_first_and_the_clients_last(store: Store, store_url: str) -> None:
    """The order of a stop: no new requests, the commands are answered, what reads WebNet ends, and only then the rest."""
    settings = Settings(store=StoreSettings(url=store_url, encryption_keys=(STORE_KEY,)), http=Http(enabled=True))
    bot = main.build(settings, store, Redactor(settings.secrets()))
    backwards = [type(part).__name__ for part in reversed(bot.parts)]
    bot.stop()
    edges, clients = ["DeliveryPart", "HttpPart", "SlackPart", "HomePart"], ["SlackClient", "WebNetPart"]
    work = ["SnoozesPart", "SuggestionsPart", "ReportsPart", "DeploysPart", "RequestsPart"]
    readers = [*work, "LiveLogsPart", "CardsPart", "ConfigsPart", "FeedsPart"]
    assert backwards == [*edges, "CommandQueue", "Housekeeping", *readers, *clients]
